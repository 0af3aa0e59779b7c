import ArgumentParser
import AtomicFiles
import Foundation
import HTMLReport
import Records
import Report
import SystemPackage

struct ReportCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "report",
    abstract: "Makes the page of a run again.",
    discussion: """
      Writes NAME.report.html from NAME.report.json, which lies beside the output; the same page as the run \
      wrote, where the version is the same. The output must be the file that the report describes.

      Examples:
        emend report outbox/intents.jsonl
        emend report outbox/intents.jsonl --to /tmp/intents.html
      """)

  @Argument(help: "NAME.jsonl as emend wrote it.", completion: .file())
  var output: String

  @Option(
    help: ArgumentHelp(
      "File to write. It must not exist. Without it, NAME.report.html beside the output.",
      valueName: "file"),
    completion: .file())
  var to: String?

  func run() throws {
    let set = ResultSet.path(ofSetWith: output)
    let report = try report(set)
    let page = HTMLReport(report).bytes
    let target = to ?? "\(set).report.html"
    if let present = FileManager.default.contents(atPath: target) {
      guard to == nil, present.elementsEqual(page) else {
        throw Failure("\(target): there is such a file already; name another with --to")
      }
      return try StandardOutput.say(target)
    }
    guard !FileManager.default.fileExists(atPath: target) else {
      throw Failure(
        "\(target): there is a folder of this name, or a file that cannot be read; name a file with --to"
      )
    }
    let path = Path(target)
    let folder = FilePath(path.folder)
    _ = try? HiddenFile.removeAbandoned(in: folder, files: Files())
    let written = try Interruption.shared.whilePublishing {
      try Publication(folder: folder).publish(
        name: FileName(path.name), parts: [Publication.Part(suffix: "", bytes: page)])
    }
    // The path as the user gave it, unless somebody took the name in the meantime.
    let other = written.first.map(\.string).flatMap { Path($0).name == path.name ? nil : $0 }
    try StandardOutput.say(other ?? target)
  }

  /// The report beside the output.
  ///
  /// - Throws: `Failure` if it is not there or damaged, or describes another file.
  private func report(_ set: String) throws -> RunReport {
    let place = "\(set).report.json"
    guard
      let report = try RunFiles.report(ofSet: set, remedy: "run emend run again")
    else {
      throw Failure(
        "\(place): cannot be read; it must lie beside the output, as the run wrote it")
    }
    let source = try Source.read(output)
    guard report.output.map({ $0.digest == source.digest }) ?? true else {
      throw Failure(
        "\(output): this is not the file that the run's report (\(place)) names; take it from the "
          + "outbox again, or run emend run on the edited file")
    }
    return report
  }
}
