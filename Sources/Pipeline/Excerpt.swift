import Records
import Assessments

/// The beginning of a text, for a report.
enum Excerpt {
  /// Characters of a text shown in the report.
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
    // Of a text of megabytes only the beginning is looked at.
    let beginning = text.prefix(length * 4)
    let line = beginning.split(whereSeparator: \.isWhitespace).joined(separator: " ")
    return line.count > length || beginning.endIndex < text.endIndex
      ? line.prefix(length - 1) + "…" : line
  }
}
