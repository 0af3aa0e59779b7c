import Records
import Assessments

/// Shortens texts for the report.
enum Excerpt {
  /// How many characters of a text the report shows at most.
  static let length = 160

  static func of(_ content: Content) -> String {
    switch content {
    case .text(let text): of(text)
    case .pair(let first, let second): of("\(first) | \(second)")
    case .relation(let relation):
      of("\(relation.head.text) / \(relation.tail.text): \(relation.text)")
    case .retrieval(let retrieval): of(retrieval.query)
    case .none: ""
    }
  }

  static func of(_ text: String) -> String {
    // Looks at the beginning alone, because a text may have megabytes.
    let beginning = text.prefix(length * 4)
    let line = beginning.split(whereSeparator: \.isWhitespace).joined(separator: " ")
    return line.count > length || beginning.endIndex < text.endIndex
      ? line.prefix(length - 1) + "…" : line
  }
}
