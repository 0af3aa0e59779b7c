import ArgumentParser
import Foundation
import Records
import Spool

struct Revert: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Gives back the input's bytes from an output.",
    discussion: """
      Takes every verdict off, puts replaced labels back, and puts the lines of \
      NAME.rejected.jsonl, which must lie beside the output, back in their places.
      """)

  @Argument(help: "NAME.jsonl as emend wrote it; - for standard input.")
  var output: String

  @Option(
    help: ArgumentHelp(
      "File to write; - or nothing for standard output. It must not exist.", valueName: "file"))
  var to: String = "-"

  func run() throws {
    let source = try Source.read(output)
    let rejectedPath = Self.rejectedPath(beside: output)
    let rejected =
      FileManager.default.fileExists(atPath: rejectedPath) && output != "-"
      ? try Source.read(rejectedPath) : nil
    let reverted = try Reverter().revert(output: source, rejected: rejected)
    if !reverted.editedLines.isEmpty {
      let lines = reverted.editedLines.prefix(5).map(String.init).joined(separator: ", ")
      Terminal.warning(
        "\(reverted.editedLines.count) lines were edited after the run; their labels stay as "
          + "edited (line \(lines)\(reverted.editedLines.count > 5 ? ", …" : ""))")
    }
    guard to != "-" else { return try StandardOutput.write(reverted.bytes) }
    guard !FileManager.default.fileExists(atPath: to) else {
      throw Failure("\(to): there is such a file already; name another with --to")
    }
    let path = to as NSString
    let folder = path.deletingLastPathComponent
    _ = try Publication(folder: folder.isEmpty ? "." : folder).publish(
      name: path.lastPathComponent,
      parts: [Publication.Part(suffix: "", bytes: reverted.bytes)])
  }

  /// `NAME.rejected.jsonl` for `NAME.jsonl`.
  private static func rejectedPath(beside output: String) -> String {
    let stem = output.hasSuffix(".jsonl") ? String(output.dropLast(6)) : output
    return "\(stem).rejected.jsonl"
  }
}
