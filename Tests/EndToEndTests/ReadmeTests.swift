import Foundation
import Testing

/// The first commands of README.md, followed as they stand there.
struct ReadmeTests {
  /// A request with its given label.
  struct Request {
    let text: String
    let label: String
    let isWrong: Bool
  }

  private static let wrongEvery = 12

  /// Requests with four intents, of which every twelfth has the wrong one.
  static func requests() throws -> [Request] {
    struct Row: Decodable {
      let text: String
      let label: String
    }
    let file = Emend.package.appending(path: "scripts/check/formats.jsonl")
    let rows = try String(contentsOf: file, encoding: .utf8).split(separator: "\n").map {
      try JSONDecoder().decode(Row.self, from: Data($0.utf8))
    }
    let names = Array(Set(rows.map(\.label)).sorted().prefix(4))
    return rows.filter { names.contains($0.label) && !$0.text.contains("\"") }.prefix(96)
      .enumerated().map { index, row in
        let isWrong = index % wrongEvery == 5
        let place = names.firstIndex(of: row.label) ?? 0
        return Request(
          text: row.text, label: isWrong ? names[(place + 1) % 4] : row.label, isWrong: isWrong)
      }
  }

  /// The commands of the first block in README.md, as words without the program.
  static func commands() throws -> [[String]] {
    let readme = try String(
      contentsOf: Emend.package.appending(path: "README.md"), encoding: .utf8)
    let blocks = readme.components(separatedBy: "```")
    return blocks[1].split(separator: "\n").map {
      $0.split(separator: " ").dropFirst().map(String.init)
    }
  }

  private func write(_ requests: [Request], as file: String, _ emend: Emend) throws {
    func quoted(_ text: String) -> String { "\"\(text)\"" }
    let names = Set(requests.map(\.label)).sorted()
    let content: String
    switch file {
    case "reviews.csv":
      content =
        "number,review,sentiment\n"
        + requests.enumerated().map { "\($0),\(quoted($1.text)),\($1.label)\n" }.joined()
    case "label-studio-export.json":
      let tasks = requests.enumerated().map { index, request in
        "{\"id\": \(index), \"data\": {\"utterance\": \(quoted(request.text))}, \"annotations\": "
          + "[{\"completed_by\": 1, \"was_cancelled\": false, \"result\": [{\"from_name\": \"intent\", "
          + "\"type\": \"choices\", \"value\": {\"choices\": [\(quoted(request.label))]}}]}]}"
      }
      content = "[\(tasks.joined(separator: ",\n"))]"
    case "train.jsonl":
      try emend.write(Array(names.joined(separator: "\n").utf8), to: "classes.txt")
      content = requests.map { request in
        "{\"text\": \(quoted(request.text)), \"label\": \(names.firstIndex(of: request.label) ?? 0)}\n"
      }.joined()
    default:
      content = requests.map { request in
        "{\"text\": \(quoted(request.text)), \"options\": [], \"accept\": [\(quoted(request.label))], "
          + "\"answer\": \"accept\", \"_task_hash\": 1}\n"
      }.joined()
    }
    try emend.write(Array(content.utf8), to: file)
  }

  @Test("Each command of the first screen gives a result in which the wrong labels are flagged")
  func firstScreen() throws {
    let commands = try Self.commands()
    #expect(
      commands.map { $0.prefix(2) } == [
        ["run", "reviews.csv"], ["run", "label-studio-export.json"], ["run", "train.jsonl"],
        ["run", "prodigy.jsonl"],
      ])
    let requests = try Self.requests()
    let wrong = requests.count(where: \.isWrong)
    for command in commands {
      let emend = try Emend()
      try write(requests, as: command[1], emend)
      let outcome = try emend.start(command + ["--outbox", "out"]).finish()
      #expect(outcome.status == 0, "\(outcome)")
      let name = command[1]
      let output = try String(contentsOfFile: emend.path("out/\(name)"), encoding: .utf8)
      let isTable = name.hasSuffix(".csv")
      let lines = output.split(separator: "\n").filter { $0.contains(isTable ? ",true," : "emend") }
      let flagged = lines.count { $0.contains(isTable ? ",true," : "\"flagged\": true") }
      #expect((wrong - 2...wrong + 4).contains(flagged), "\(name): \(flagged) of \(wrong)")
    }
  }
}
