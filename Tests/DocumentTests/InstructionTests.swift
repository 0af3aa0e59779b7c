import Foundation
import Testing

/// The instructions of the inner loops, as they are kept and as a document names them.
@Suite struct InstructionTests {
  private static let kept = "scripts/check/instructions.json"
  private static let document = "docs/SCALE.md"
  private static let script = "scripts/check/instructions.py"

  @Test func theTableOfInstructionsIsThatOfTheKeptCounts() throws {
    struct Counts: Decodable { var instructions: [String: Int] }
    let tree = try Tree.shared.get()
    let counts = try JSONDecoder().decode(Counts.self, from: Data(tree.text(Self.kept).utf8))
    let lines = try tree.lines(Self.document)
    let start = try #require(lines.firstIndex { $0 == "<!-- \(Self.script) --write -->" })
    var rows: [String: String] = [:]
    for line in lines[(start + 1)...].prefix(while: { $0.hasPrefix("|") }).dropFirst(2) {
      let cells = line.split(separator: "|").map { $0.trimmingCharacters(in: .whitespaces) }
      try #require(cells.count == 3, "\(line)")
      rows[cells[0]] = cells[2]
    }
    #expect(rows.count > 10)
    #expect(
      rows == counts.instructions.mapValues { String(format: "%.1f", Double($0) / 1e6) },
      "run \(Self.script) --write")
  }
}
