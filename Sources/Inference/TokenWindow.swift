/// A prefix and its continuation as tokens, cut to a limit.
struct TokenWindow: Sendable, Equatable {
  /// At least one token.
  let prefix: [Int32]
  let continuation: [Int32]
  let cutPrefixTokens: Int
  let cutTokens: Int

  /// Cuts the prefix's text at its end first; then, where that is not enough, the start of its ending;
  /// a continuation is cut at its end, and only where it alone takes more than half of the limit.
  /// - Parameters:
  ///   - opening: what the model wants before every text; never cut.
  ///   - beginToken: stands before a continuation that nothing else stands before.
  ///   - limit: tokens of everything together, at least four.
  init(
    opening: [Int32], text: [Int32], ending: [Int32], continuation: [Int32], beginToken: Int32,
    limit: Int
  ) {
    precondition(limit >= 4 && opening.count <= limit / 4, "a window has room for a token of each")
    let whole = opening.count + text.count + ending.count
    let first = whole == 0 ? [beginToken] : opening
    let fits = first.count + text.count + ending.count + continuation.count <= limit
    let kept = fits ? continuation.count : min(continuation.count, limit / 2)
    let room = limit - first.count - kept
    let keptEnding = min(ending.count, room)
    let keptText = min(text.count, room - keptEnding)
    prefix = first + text.prefix(keptText) + ending.suffix(keptEnding)
    self.continuation = Array(continuation.prefix(kept))
    cutPrefixTokens = text.count - keptText + ending.count - keptEnding
    cutTokens = continuation.count - kept
  }
}
