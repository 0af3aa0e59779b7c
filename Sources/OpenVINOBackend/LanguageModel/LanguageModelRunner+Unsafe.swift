import ModelCatalogue
import ModelInterfaces

/// Runs one sequence at a time through a language model, on one thread.
///
/// A prefix is computed by itself, and each continuation on top of the prefix's keys and values. That
/// is so for a prefix with a single continuation too: whole and divided runs round differently, and a
/// score must not depend on what else is asked. For the same reason a run ends one token before the end
/// of a scored segment, whether or not another follows.
final class LanguageModelRunner {
  /// Rows that the head computes at once; a row has a number for each token of the vocabulary.
  static let headRows = 64
  /// Tokens of a prompt that are computed at once: no slower than all of 7,000.
  static let pieceTokens = 512

  private let manifest: LanguageModelManifest
  private let prefixRequest: InferenceRequest
  /// They run in turn, each on what the other has left.
  private let continuationRequests: [InferenceRequest]
  private let headRequest: InferenceRequest
  /// An address for tensors that hold nothing.
  private let nothing: UnsafeMutablePointer<Float>
  /// The hidden state of the prefix's last token, which foretells the continuation's first.
  private var last: [Float] = []
  /// The continuation request that has run last; nil where the prefix has.
  private var turn: Int?

  init(
    manifest: LanguageModelManifest, body: CompiledGraph, head: CompiledGraph
  ) throws(ModelError) {
    self.manifest = manifest
    prefixRequest = try body.request()
    continuationRequests = [try body.request(), try body.request()]
    headRequest = try head.request()
    nothing = .allocate(capacity: 1)
    nothing.initialize(to: 0)
    let shape = [1, manifest.stateHeads, 0, manifest.stateWidth]
    for index in 1...manifest.states {
      try prefixRequest.set(index, .float32(nothing, shape: shape))
    }
  }

  deinit { nothing.deallocate() }

  /// Computes what the next continuations stand after; at least one token.
  func begin(_ prefix: [Int32]) throws {
    last = try hidden(of: prefix, on: prefixRequest).suffix(manifest.width)
    turn = nil
  }

  /// Computes what a reply stands after, at least one token, piece by piece: attention takes memory for
  /// each token of a piece times all before it. Prompts of 7,000 tokens took 2.1 GB at once, 1.7 so.
  func read(_ prompt: [Int32]) throws {
    try begin(Array(prompt.prefix(Self.pieceTokens)))
    for start in stride(from: Self.pieceTokens, to: prompt.count, by: Self.pieceTokens) {
      let piece = prompt[start..<min(start + Self.pieceTokens, prompt.count)]
      last = try advance(Array(piece)).suffix(manifest.width)
    }
  }

  /// Σ log P(token | all that stands before it) of every scored segment, which has a token at least.
  /// The prefix stays as it was, for another continuation.
  func logLikelihoods(of segments: [(tokens: [Int32], isScored: Bool)]) throws -> [Double] {
    var sums: [Double] = []
    turn = nil
    // What has to be read before the next segment's first token can be foretold.
    var unread: [Int32] = []
    for segment in segments {
      guard segment.isScored, let end = segment.tokens.last else {
        unread += segment.tokens
        continue
      }
      var states = unread.isEmpty ? last : []
      // The last token foretells nothing that is asked for yet.
      let run = unread + segment.tokens.dropLast()
      if !run.isEmpty { states += try advance(run) }
      sums.append(
        try sum(of: segment.tokens, after: states.suffix(segment.tokens.count * manifest.width)))
      unread = [end]
    }
    return sums
  }

  /// Writes on after what was read, always the likeliest token.
  /// - Parameters:
  ///   - stops: tokens that end the text and are no part of it.
  ///   - limit: the most tokens that are written.
  /// - Returns: the tokens, the sum of their log-probabilities, and whether the limit ended them.
  func write(
    stops: Set<Int32>, limit: Int
  ) throws -> (tokens: [Int32], sum: Double, wasCut: Bool) {
    var tokens: [Int32] = []
    var sum = 0.0
    var state = last
    while true {
      let next = try likeliest(after: state)
      if stops.contains(next.token) { return (tokens, sum, false) }
      // The limit is noticed here, so that a text which would have ended by itself is not called cut.
      if tokens.count == limit { return (tokens, sum, true) }
      tokens.append(next.token)
      sum += next.logProbability
      state = try advance([next.token])
    }
  }

  /// The hidden states of further tokens after what has run last.
  private func advance(_ tokens: [Int32]) throws -> [Float] {
    let next = turn.map { 1 - $0 } ?? 0
    let before = turn.map { continuationRequests[$0] } ?? prefixRequest
    for index in 1...manifest.states {
      try continuationRequests[next].feed(index, from: before, output: index)
    }
    turn = next
    return try hidden(of: tokens, on: continuationRequests[next])
  }

  private func hidden(of tokens: [Int32], on request: InferenceRequest) throws -> [Float] {
    try tokens.withUnsafeBufferPointer { tokens in
      guard let base = tokens.baseAddress else { preconditionFailure("a run has a token") }
      try request.run([.int32(base, shape: [1, tokens.count])])
    }
    return try request.withFloats(0, count: tokens.count * manifest.width) { Array($0) }
  }

  private func sum(of tokens: [Int32], after states: ArraySlice<Float>) throws -> Double {
    var sum = 0.0
    let states = Array(states)
    for start in stride(from: 0, to: tokens.count, by: Self.headRows) {
      let end = min(start + Self.headRows, tokens.count)
      try runHead(
        Array(states[start * manifest.width..<end * manifest.width]), Array(tokens[start..<end]))
      try headRequest.withFloats(0, count: end - start) { scores in
        for score in scores { sum += Double(score) }
      }
    }
    return try finite(sum)
  }

  private func likeliest(
    after state: [Float]
  ) throws -> (token: Int32, logProbability: Double) {
    // Which token is to be scored does not matter here; every vocabulary has a first.
    try runHead(state, [0])
    let tokens = try headRequest.integers(1)
    guard let token = tokens.first, (0..<Int32(manifest.vocabularySize)).contains(token) else {
      throw ModelError(
        .runtime, at: manifest.name, "it gave no token", remedy: "import the model again")
    }
    return (token, try finite(headRequest.withFloats(2, count: 1) { Double($0[0]) }))
  }

  private func runHead(_ states: [Float], _ tokens: [Int32]) throws {
    try states.withUnsafeBufferPointer { states in
      try tokens.withUnsafeBufferPointer { tokens in
        guard let state = states.baseAddress, let token = tokens.baseAddress else {
          preconditionFailure("the head has a row")
        }
        try headRequest.run([
          .float32(state, shape: [tokens.count, manifest.width]),
          .int32(token, shape: [tokens.count]),
        ])
      }
    }
  }

  private func finite(_ score: Double) throws(ModelError) -> Double {
    guard score.isFinite else {
      throw ModelError(
        .runtime, at: manifest.name, "a score is not a finite number",
        remedy: "`emend model verify` tells whether the model is intact; if so, use fp32")
    }
    return score
  }
}
