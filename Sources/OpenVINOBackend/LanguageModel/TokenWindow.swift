/// A prefix and the segments of its continuation as tokens, cut to a limit.
struct TokenWindow: Sendable, Equatable {
  /// At least one token.
  let prefix: [Int32]
  let segments: [[Int32]]
  let cutPrefixTokens: Int
  /// Tokens left out at the end of each segment.
  let cutSegmentTokens: [Int]

  /// Tokens of everything together.
  var count: Int { segments.reduce(prefix.count) { $0 + $1.count } }

  /// Cuts the prefix's text at its end first; then, where that is not enough, the start of its ending;
  /// segments are cut at their ends, the longest first, and only where they take more than half of the
  /// limit without the prefix.
  /// - Parameters:
  ///   - opening: what the model wants before every text; never cut.
  ///   - segments: no more than half of the limit, so that each keeps a token if it has one.
  ///   - beginToken: stands before a continuation that nothing else stands before.
  ///   - limit: tokens of everything together, at least four.
  init(
    opening: [Int32], text: [Int32], ending: [Int32], segments: [[Int32]], beginToken: Int32,
    limit: Int
  ) {
    precondition(limit >= 4 && opening.count <= limit / 4, "a window has room for a token of each")
    precondition(segments.count <= limit / 2, "a window has room for a token of each segment")
    let whole = opening.count + text.count + ending.count
    let first = whole == 0 ? [beginToken] : opening
    let wanted = segments.reduce(0) { $0 + $1.count }
    let fits = first.count + text.count + ending.count + wanted <= limit
    let kept = fits ? segments.map(\.count) : Self.shares(of: segments.map(\.count), in: limit / 2)
    let room = limit - first.count - kept.reduce(0, +)
    let keptEnding = min(ending.count, room)
    let keptText = min(text.count, room - keptEnding)
    prefix = first + text.prefix(keptText) + ending.suffix(keptEnding)
    self.segments = zip(segments, kept).map { Array($0.prefix($1)) }
    cutPrefixTokens = text.count - keptText + ending.count - keptEnding
    cutSegmentTokens = zip(segments, kept).map { $0.count - $1 }
  }

  /// What is left of each length where they may take `room` together: the longest give first.
  private static func shares(of lengths: [Int], in room: Int) -> [Int] {
    var shares = lengths
    var room = room
    var left = lengths.count
    for index in lengths.indices.sorted(by: { (lengths[$0], $0) < (lengths[$1], $1) }) {
      shares[index] = min(lengths[index], room / left)
      room -= shares[index]
      left -= 1
    }
    return shares
  }
}
