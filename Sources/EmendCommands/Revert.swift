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
    let report = report()
    let rejected = try rejectedLines(report)
    try checkBelongs(source, rejected, to: report)
    let reverted = try Reverter().revert(output: source, rejected: rejected)
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
    _ = try? HiddenFile.removeAbandoned(in: FilePath(path.folder), files: Files())
    _ = try Interruption.shared.whilePublishing {
      try Publication(folder: FilePath(path.folder)).publish(
        name: FileName(path.name), parts: [Publication.Part(suffix: "", bytes: reverted.bytes)])
    }
  }

  /// The report beside the output; nil if there is none.
  private func report() -> RunReport? {
    guard output != "-" else { return nil }
    return FileManager.default.contents(atPath: "\(ResultSet.path(ofSetWith: output)).report.json")
      .flatMap { try? RunReport(json: $0) }
  }

  /// The lines that were rejected in the run that wrote the output; nil if there were none.
  ///
  /// - Throws: if the run's report counts rejected lines and their file is missing.
  private func rejectedLines(_ report: RunReport?) throws -> Source? {
    if let rejected { return try Source.read(rejected) }
    guard output != "-" else { return nil }
    let path = "\(ResultSet.path(ofSetWith: output)).rejected.jsonl"
    if FileManager.default.fileExists(atPath: path) { return try Source.read(path) }
    guard let count = report?.input.rejected, count > 0 else { return nil }
    throw Failure(
      "\(path): cannot be read, and \(String(counting: count, "line")) of the input must be in it; "
        + "put it back there, or name it with --rejected")
  }

  /// Compares the files with the digests in the run's report. Reports of versions before 0.6 have none.
  ///
  /// - Throws: if the output or the rejected lines are not those of that run.
  private func checkBelongs(_ source: Source, _ rejected: Source?, to report: RunReport?) throws {
    guard let report, let written = report.output else { return }
    let place = "\(ResultSet.path(ofSetWith: output)).report.json"
    if let rejected, rejected.digest != written.rejectedDigest {
      throw Failure(
        written.rejectedDigest == nil
          ? "\(rejected.file): these are not lines of this run, whose report (\(place)) says that none was "
            + "rejected; move the file elsewhere and try again"
          : "\(rejected.file): these are not the rejected lines that the run's report (\(place)) names; "
            + "put the right file there, or name it with --rejected")
    }
    guard edited || source.digest == written.digest else {
      throw Failure(
        "\(output): this is not the file that the run's report (\(place)) names; take it from the outbox "
          + "again, or add --edited if it was edited on purpose")
    }
  }
}
