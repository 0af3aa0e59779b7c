/// What docs/ARCHITECTURE.md says, as far as a test can compare it with the code.
struct Architecture {
  static let path = "docs/ARCHITECTURE.md"

  /// A row of a table, or an item of a list.
  struct Row {
    let line: Int
    let cells: [String]
  }

  private let lines: [String]
  private let quoted: Pattern

  init(_ tree: Tree) throws {
    lines = try tree.lines(Self.path)
    quoted = try Pattern("`([^`]+)`")
  }

  /// What a cell has in backticks.
  func quoted(_ cell: String) -> [String] { quoted.names(in: cell) }

  /// The lines under a heading, with their numbers.
  func section(_ heading: String) -> [(line: Int, text: String)] {
    guard let start = lines.firstIndex(of: "## \(heading)") else { return [] }
    return lines.indices[(start + 1)...].prefix { !lines[$0].hasPrefix("## ") }
      .map { ($0 + 1, lines[$0]) }
  }

  /// The rows of the table under a heading, without its head.
  func table(_ heading: String) -> [Row] {
    let rows = section(heading).filter { $0.text.hasPrefix("|") }.dropFirst(2)
    return rows.map { line, text in
      Row(
        line: line,
        cells: text.split(separator: "|").map {
          String($0.drop { $0 == " " }.reversed().drop { $0 == " " }.reversed())
        })
    }
  }
}
