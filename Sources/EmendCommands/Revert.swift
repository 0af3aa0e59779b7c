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
      NAME.rejected.jsonl, which lies beside the output, back in their places. Where \
      NAME.report.json lies beside the output too, both files must be those of its run.

      Examples:
        emend revert outbox/intents.jsonl --to intents.jsonl
        emend revert outbox/intents.jsonl | cmp - intents.jsonl
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

  @Flag(
    help: "The output was edited after the run, so it need not be the one that its report names.")
  var edited = false

  func run() throws {
    let source = try Source.read(output)
    let files = try RunFiles(beside: output, rejected: rejected, canNameRejected: true)
    try files.checkBelongs(
      source, mayBeEdited: edited, remedy: "add --edited if it was edited on purpose")
    let reverted = try Reverter().revert(output: source, rejected: files.rejected)
    if !reverted.editedLines.isEmpty {
      let lines = reverted.editedLines.prefix(5).map(String.init).joined(separator: ", ")
      Terminal.warning(
        "\(String(counting: reverted.editedLines.count, "line")) edited after the run; the labels "
          + "there stay as edited (line \(lines)\(reverted.editedLines.count > 5 ? ", …" : ""))")
    }
    if let report = files.report, report.input.lines != reverted.lineCount {
      Terminal.warning(Self.difference(from: report.input.lines, to: reverted.lineCount))
    }
    guard to != "-" else { return try StandardOutput.write(reverted.bytes) }
    guard !FileManager.default.fileExists(atPath: to) else {
      throw Failure("\(to): there is such a file already; name another with --to")
    }
    let path = Path(to)
    _ = try? HiddenFile.removeAbandoned(in: FilePath(path.folder), files: Files())
    _ = try Interruption.shared.whilePublishing {
      try Publication(folder: FilePath(path.folder)).publish(
        name: FileName(path.name), parts: [Publication.Part(suffix: "", bytes: reverted.bytes)])
    }
  }

  /// What a person should know where an output had lines removed or added after the run.
  private static func difference(from input: Int, to given: Int) -> String {
    let count = abs(input - given)
    return given < input
      ? "\(count) of the input's \(String(counting: input, "record")) \(count == 1 ? "is" : "are") missing: "
        + "\(count == 1 ? "it was" : "they were") removed from the output after the run, and cannot be given back"
      : "\(String(counting: count, "record")) more than the input's \(input): "
        + "\(count == 1 ? "it was" : "they were") added to the output after the run"
  }
}
