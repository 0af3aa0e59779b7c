import Foundation
import Testing

/// docs/TUTORIAL.md and the walk of docs/RETRIEVAL.md, followed as they stand there.
struct TutorialTests {
  /// The lines of the blocks that a reader is to type in, in their order.
  static func commands(of document: String = "docs/TUTORIAL.md") throws -> [String] {
    let text = try String(contentsOf: Emend.package.appending(path: document), encoding: .utf8)
    let blocks = text.components(separatedBy: "```")
    return blocks.enumerated().filter { $0.offset % 2 == 1 && $0.element.hasPrefix("sh\n") }
      .flatMap { $0.element.split(separator: "\n").dropFirst().map(String.init) }
  }

  /// Where the shell finds the program.
  private static func path() throws -> String {
    let folder = URL(filePath: try Emend.program.get()).deletingLastPathComponent().path
    return "\(folder):\(ProcessInfo.processInfo.environment["PATH"] ?? "/usr/bin:/bin")"
  }

  @Test(
    "Every command of the tutorial does what the page says, and the last one finds the first bytes again"
  )
  func commands() throws {
    let commands = try Self.commands()
    #expect(commands.count > 12 && commands.last?.hasPrefix("cmp ") == true)
    let emend = try Emend()
    let sample = try Data(contentsOf: Emend.package.appending(path: "samples/tickets.csv"))
    try emend.write(sample, to: "samples/tickets.csv")
    for command in commands {
      let status: Int32 = command.contains("# exit status 1") ? 1 : 0
      let outcome = try emend.start(
        ["-c", command], variables: ["PATH": try Self.path()], program: "/bin/sh"
      ).finish()
      #expect(outcome.status == status, "\(command): \(outcome)")
    }
    let decided = try emend.objects("out/tickets.decisions.jsonl")
    #expect(decided.count >= 3 && decided.allSatisfy { $0["by"] as? String == "Anna" })
    // What was decided holds in the last run, too.
    let changed = decided.filter { $0["decision"] as? String == "change" }
    let table = try emend.text("again/tickets.csv")
    for decision in changed {
      let id = try #require(decision["id"] as? String)
      let label = try #require(decision["label"] as? String)
      let row = table.split(separator: "\n").first { $0.hasPrefix("\(id),") }
      #expect(row?.contains(",\(label),") == true, "\(id)")
    }
    #expect(try emend.text("again/tickets.report.json").contains("decisions_digest"))
  }

  @Test(
    "Every command of the walk from a corpus to a training set does what docs/RETRIEVAL.md says")
  func retrieval() throws {
    let commands = try Self.commands(of: "docs/RETRIEVAL.md")
    #expect(commands.count >= 6 && commands.last?.hasPrefix("cmp ") == true)
    let emend = try Emend()
    for name in ["corpus.jsonl", "queries.jsonl", "qrels/train.tsv", "qrels/test.tsv"] {
      let place = "samples/handbook/\(name)"
      try emend.write(Data(contentsOf: Emend.package.appending(path: place)), to: place)
    }
    var summary = ""
    for command in commands {
      let outcome = try emend.start(
        ["-c", command], variables: ["PATH": try Self.path()], program: "/bin/sh"
      ).finish()
      #expect(outcome.status == 0, "\(command): \(outcome)")
      if summary.isEmpty { summary = outcome.text }
    }
    // The figures that the page shows.
    let page = try String(
      contentsOf: Emend.package.appending(path: "docs/RETRIEVAL.md"), encoding: .utf8)
    for line in summary.split(separator: "\n") where !line.contains(" s)") {
      #expect(page.contains(line), "\(line)")
    }
    for file in ["triplets.jsonl", "tuples.jsonl", "flag-embedding.jsonl", "beir/qrels/train.tsv"] {
      #expect(try emend.text("out/handbook.\(file)").split(separator: "\n").count > 5, "\(file)")
    }
  }
}
