import Foundation

/// A regular expression. Foundation's, because Swift's own takes many times as long in a debug build.
struct Pattern {
  /// One place where the expression matches.
  struct Match {
    /// Where it begins, in UTF-16 units.
    let offset: Int
    /// The whole match, then its groups; a group that took no part is empty.
    let groups: [String]
  }

  private let expression: NSRegularExpression

  init(_ pattern: String) throws { expression = try NSRegularExpression(pattern: pattern) }

  func matches(in text: String) -> [Match] {
    let whole = NSRange(text.startIndex..<text.endIndex, in: text)
    return expression.matches(in: text, range: whole).map { found in
      Match(
        offset: found.range.location,
        groups: (0..<found.numberOfRanges).map { group in
          Range(found.range(at: group), in: text).map { String(text[$0]) } ?? ""
        })
    }
  }

  /// The first group of every match.
  func names(in text: String) -> [String] { matches(in: text).map { $0.groups[1] } }
}
