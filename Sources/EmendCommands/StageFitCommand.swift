import ArgumentParser
import Foundation
import Pipeline
import Records
import Synchronization

extension StageCommand {
  struct Fit: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Writes the spaces in which neighbours are searched.",
      discussion: """
        Learns from all records what the whitened and the joint space need, and writes each space as a file of its \
        parts: 1.space, 2.space and, for records with texts, 3.space. Prints the names.
        """)

    @OptionGroup var dataset: StagedDataset
    @Option(
      help: ArgumentHelp(
        "The vectors that emend stage encode wrote; not needed for records with ready vectors.",
        valueName: "file"), completion: .file())
    var vectors: String?
    @Option(
      help: ArgumentHelp("Folder for the spaces; made where it is missing.", valueName: "dir"),
      completion: .directory)
    var spaces: String
    @Option(help: ArgumentHelp("Records in a part of a space.", valueName: "n"))
    var rowsPerPart = 4_096
    @OptionGroup var threads: ThreadOptions

    func validate() throws {
      guard rowsPerPart >= 1 else { throw ValidationError("--rows-per-part must be at least 1.") }
    }

    func run() throws {
      let models = StagedModels(
        LocalModels(threads: threads.count, usesCache: false),
        vectors: try vectors.map { try StageFile.encoder($0) }, neighbours: [])
      let (source, stages) = try dataset.opened(threads: threads.count, models: models)
      let folder = spaces
      do {
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
      } catch {
        throw Failure(
          "\(folder): the folder is not there and cannot be made; name another with --spaces")
      }
      let writer = SpaceWriter(folder: folder)
      let recorder = SpaceRecorder(rowsPerPart: rowsPerPart) { space, part in
        try writer.write(try part.bytes, toSpace: space)
      }
      try stages.recordSpaces(of: source, by: recorder)
      for space in 0..<recorder.count { try StandardOutput.say(writer.path(ofSpace: space + 1)) }
    }
  }
}

/// Writes the files of spaces, one after the other.
private final class SpaceWriter: Sendable {
  private let folder: String
  private let open = Mutex<(space: Int, handle: FileHandle)?>(nil)

  init(folder: String) { self.folder = folder }

  func path(ofSpace space: Int) -> String { "\(folder)/\(space).space" }

  func write(_ bytes: [UInt8], toSpace space: Int) throws {
    let path = path(ofSpace: space)
    try open.withLock { open in
      do {
        if open?.space != space {
          try open?.handle.close()
          try Data().write(to: URL(filePath: path))
          open = (space, try FileHandle(forWritingTo: URL(filePath: path)))
        }
        try open?.handle.write(contentsOf: Data(bytes))
      } catch {
        throw Failure(
          "\(path): cannot be written: \(error.localizedDescription); free space, or name another folder "
            + "with --spaces")
      }
    }
  }
}
