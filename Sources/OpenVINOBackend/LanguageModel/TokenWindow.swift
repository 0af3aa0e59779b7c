/// The tokens of a prefix and of its continuation's segments, cut to a limit.
struct TokenWindow: Sendable, Equatable {
  /// At least one token.
  let prefix: [Int32]
  let segments: [[Int32]]
  /// The number of tokens left out of the prefix.
  let cutPrefixTokens: Int
  /// The number of tokens left out at the end of each segment.
  let cutSegmentTokens: [Int]

  /// The number of tokens of prefix and segments together.
  var count: Int { segments.reduce(prefix.count) { $0 + $1.count } }

  /// Cuts the end of the prefix's text first and then, where that is not enough, the start of its ending.
  /// Segments are cut only where they alone take more than half of the limit: at their ends, the longest
  /// first.
  /// - Parameters:
  ///   - opening: the tokens that the model expects before every text; never cut.
  ///   - segments: at most half as many as `limit`, so that each keeps a token if it has one.
  ///   - beginToken: the prefix where there is neither opening, text nor ending.
  ///   - limit: the most tokens of prefix and segments together, at least four.
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

  /// Cuts lengths so that their sum is at most `room`, the longest first.
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
