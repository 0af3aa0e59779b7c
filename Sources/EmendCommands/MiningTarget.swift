import AtomicFiles
import Foundation
import Mining
import Records
import SystemPackage

/// Where the mined queries are written.
struct MiningTarget {
  private let folder: String
  private let name: FileName
  private let suffix: String
  private let isStandardOutput: Bool

  /// Checked before the work, which may take long and would be lost.
  ///
  /// - Throws: `Failure` where nothing can be written there.
  init(_ flags: Mine, _ input: MiningInput) throws {
    isStandardOutput = flags.to == "-" || flags.to == nil && input.queriesFile == "-"
    if let to = flags.to, to != "-" {
      guard !FileManager.default.fileExists(atPath: to) else {
        throw Failure("\(to): there is such a file already; name another with --to")
      }
      let path = Path(to)
      folder = path.folder
      name = FileName(path.name)
      suffix = ""
    } else if let collection = input.folder {
      // Beside the folder, which belongs to whoever made the collection; where the folder is the present one, in it.
      var path = collection
      while path.count > 1, path.hasSuffix("/") { path.removeLast() }
      let isNamed = !["", ".", ".."].contains(Path(path).name)
      folder = isNamed ? Path(path).folder : "."
      let own =
        isNamed ? Path(path).name : URL(filePath: path).standardizedFileURL.lastPathComponent
      name = FileName(own + (input.split.map { ".\($0)" } ?? "") + ".mined")
      suffix = ".jsonl"
    } else {
      folder = Path(input.queriesFile).folder
      name = FileName("\(Source.name(ofFile: input.queriesFile).name).mined")
      suffix = ".jsonl"
    }
    guard isStandardOutput || access(folder, W_OK | X_OK) == 0 else {
      throw Failure(
        "\(folder): nothing can be written there: \(String(cString: strerror(errno))); name another place with --to"
      )
    }
  }

  /// Publishes the queries' lines, whole or not at all. A large output takes no memory.
  ///
  /// - Returns: the path; nil for standard output.
  func publish(_ queries: [MinedQuery], of corpus: Corpus) throws -> String? {
    guard !isStandardOutput else {
      try Self.forEachPiece(queries, corpus) { try StandardOutput.write($0) }
      return nil
    }
    let files = Files()
    _ = try? HiddenFile.removeAbandoned(in: FilePath(folder), files: files)
    let lines = SpooledBytes(in: FilePath(folder), files: files)
    try Self.forEachPiece(queries, corpus) { try lines.append($0) }
    return try Interruption.shared.whilePublishing {
      try Publication(folder: FilePath(folder), files: files).publish(
        name: name, parts: [Publication.Part(suffix: suffix, spooled: lines)])
    }.first?.string
  }

  /// Pieces of about this many bytes: large enough that calls cost nothing.
  private static let pieceSize = 1 << 20

  private static func forEachPiece(
    _ queries: [MinedQuery], _ corpus: Corpus, _ body: ([UInt8]) throws -> Void
  ) throws {
    var piece: [UInt8] = []
    for query in queries {
      query.append(to: &piece, corpus: corpus)
      guard piece.count >= pieceSize else { continue }
      try body(piece)
      piece.removeAll(keepingCapacity: true)
    }
    if !piece.isEmpty { try body(piece) }
  }
}
