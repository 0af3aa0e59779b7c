import Records

/// A pattern for file names: `*` matches any number of characters, `?` any one character, `[a-z]` one of a
/// set, and `[!a-z]` one outside the set. It matches names without folders, and case matters.
package struct Glob: Sendable, Hashable {
  package let pattern: String

  private enum Piece: Hashable {
    case character(Unicode.Scalar)
    case any
    case run
    case set([ClosedRange<Unicode.Scalar>], isNegated: Bool)
  }

  private let pieces: [Piece]

  /// - Returns: `nil` where a `[` is not closed or encloses nothing.
  package init?(_ pattern: String) {
    var pieces: [Piece] = []
    let scalars = Array(pattern.unicodeScalars)
    var at = 0
    while at < scalars.count {
      switch scalars[at] {
      case "*": if pieces.last != .run { pieces.append(.run) }
      case "?": pieces.append(.any)
      case "[":
        guard let (set, end) = Self.set(scalars, from: at + 1) else { return nil }
        pieces.append(set)
        at = end
      default: pieces.append(.character(scalars[at]))
      }
      at += 1
    }
    self.pattern = pattern
    self.pieces = pieces
  }

  /// Reads the set that starts after a `[`, and returns it with the index of its `]`.
  private static func set(_ scalars: [Unicode.Scalar], from start: Int) -> (Piece, Int)? {
    var at = start
    let isNegated = at < scalars.count && scalars[at] == "!"
    if isNegated { at += 1 }
    var ranges: [ClosedRange<Unicode.Scalar>] = []
    while at < scalars.count, scalars[at] != "]" || ranges.isEmpty {
      if at + 2 < scalars.count, scalars[at + 1] == "-", scalars[at + 2] != "]" {
        guard scalars[at] <= scalars[at + 2] else { return nil }
        ranges.append(scalars[at]...scalars[at + 2])
        at += 3
      } else {
        ranges.append(scalars[at]...scalars[at])
        at += 1
      }
    }
    guard at < scalars.count, !ranges.isEmpty else { return nil }
    return (.set(ranges, isNegated: isNegated), at)
  }

  /// Whether the pattern matches the whole name.
  ///
  /// - Complexity: O(pattern × name).
  package func matches(_ name: String) -> Bool {
    fits(name.unicodeScalars.map(\.self), pieces, isRun: { $0 == .run }, isMatch: isMatch)
  }

  private func isMatch(_ piece: Piece, _ scalar: Unicode.Scalar) -> Bool {
    switch piece {
    case .character(let own): own == scalar
    case .any, .run: true
    case .set(let ranges, let isNegated): ranges.contains { $0.contains(scalar) } != isNegated
    }
  }
}

extension Glob {
  /// A pattern that starts with `text`, in which no character is special, and continues with `pattern`.
  static func literal(_ text: String, then pattern: String) -> Glob? {
    let escaped = text.unicodeScalars.map { scalar in
      ["*", "?", "["].contains(scalar) ? "[\(scalar)]" : String(scalar)
    }
    return Glob(escaped.joined() + pattern)
  }
}
