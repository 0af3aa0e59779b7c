import ArgumentParser
import Foundation
import Records
import Report
import AtomicFiles
import SystemPackage

struct Revert: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Gives back the input's bytes from an output.",
    discussion: """
      Removes every member emend, puts replaced labels back, and puts the lines of \
      NAME.rejected.jsonl, which lies beside the output, back in their places.
      """)

  @Argument(help: "NAME.jsonl as emend wrote it; - for standard input.", completion: .file())
  var output: String

  @Option(
    help: ArgumentHelp(
      "File to write; - or nothing for standard output. It must not exist.", valueName: "file"),
    completion: .file())
  var to: String = "-"

  @Option(
    help: ArgumentHelp(
      "The rejected lines, where they do not lie beside the output.", valueName: "file"),
    completion: .file())
  var rejected: String?

  func run() throws {
    let source = try Source.read(output)
    let reverted = try Reverter().revert(output: source, rejected: try rejectedLines())
    if !reverted.editedLines.isEmpty {
      let lines = reverted.editedLines.prefix(5).map(String.init).joined(separator: ", ")
      Terminal.warning(
        "\(String(counting: reverted.editedLines.count, "line")) edited after the run; the labels "
          + "there stay as edited (line \(lines)\(reverted.editedLines.count > 5 ? ", …" : ""))")
    }
    guard to != "-" else { return try StandardOutput.write(reverted.bytes) }
    guard !FileManager.default.fileExists(atPath: to) else {
      throw Failure("\(to): there is such a file already; name another with --to")
    }
    let path = Path(to)
    _ = try Interruption.shared.whilePublishing {
      try Publication(folder: FilePath(path.folder)).publish(
        name: FileName(path.name), parts: [Publication.Part(suffix: "", bytes: reverted.bytes)])
    }
  }

  /// The lines that were rejected in the run that wrote the output; nil if there were none.
  ///
  /// - Throws: if the run's report counts rejected lines and their file is missing.
  private func rejectedLines() throws -> Source? {
    if let rejected { return try Source.read(rejected) }
    guard output != "-" else { return nil }
    let set = Self.set(of: output)
    let path = "\(set).rejected.jsonl"
    if FileManager.default.fileExists(atPath: path) { return try Source.read(path) }
    guard let report = FileManager.default.contents(atPath: "\(set).report.json"),
      let count = try? RunReport(json: report).input.rejected, count > 0
    else { return nil }
    throw Failure(
      "\(path): cannot be read, and \(String(counting: count, "line")) of the input must be in it; "
        + "put it back there, or name it with --rejected")
  }

  /// `NAME` for `NAME.jsonl` or `NAME.csv`, also if the file was compressed since.
  private static func set(of output: String) -> String {
    let folder =
      output.hasSuffix("/") ? "" : String(output.prefix(output.count - Path(output).name.count))
    return folder + Source.name(ofFile: output).name
  }
}
