import Foundation
import Testing

/// docs/TUTORIAL.md, followed as it stands there.
struct TutorialTests {
  /// The lines of the blocks that a reader is to type in, in their order.
  static func commands() throws -> [String] {
    let text = try String(
      contentsOf: Emend.package.appending(path: "docs/TUTORIAL.md"), encoding: .utf8)
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
}
