import ModelCatalogue
import ModelInterfaces

/// Runs one sequence at a time through a language model, on one thread.
///
/// It computes a prefix by itself, and then each continuation from the prefix's keys and values. It does
/// so for a prefix with a single continuation too: one long run and two short ones round differently, and
/// a score must not depend on the other continuations of the call. For the same reason a run ends one
/// token before the end of a scored segment, whether or not another segment follows.
final class LanguageModelRunner {
  /// Rows that the head computes at once. A row has a number for each token of the vocabulary, so more
  /// rows need more memory.
  static let headRows = 64
  /// Tokens of a prompt that are computed at once. A prompt of 7,000 tokens is no slower in pieces of
  /// this size than at once.
  static let pieceTokens = 512

  private let manifest: LanguageModelManifest
  private let prefixRequest: InferenceRequest
  /// Two requests that run alternately: each reads the keys and values that the other computed.
  private let continuationRequests: [InferenceRequest]
  private let headRequest: InferenceRequest
  /// The address of tensors without elements, which need one too.
  private let emptyTensor: UnsafeMutablePointer<Float>
  /// The hidden state of the prefix's last token, from which the head computes the probabilities of the
  /// continuation's first token.
  private var lastState: [Float] = []
  /// The index of the continuation request that ran last; nil where the prefix's request ran last.
  private var lastContinuation: Int?

  init(
    manifest: LanguageModelManifest, body: CompiledGraph, head: CompiledGraph
  ) throws(ModelError) {
    self.manifest = manifest
    prefixRequest = try body.request()
    continuationRequests = [try body.request(), try body.request()]
    headRequest = try head.request()
    emptyTensor = .allocate(capacity: 1)
    emptyTensor.initialize(to: 0)
    let shape = [1, manifest.stateHeads, 0, manifest.stateWidth]
    for index in 1...manifest.states {
      try prefixRequest.set(index, .float32(emptyTensor, shape: shape))
    }
  }

  deinit { emptyTensor.deallocate() }

  /// Computes the prefix of the next continuations.
  /// - Parameter prefix: at least one token.
  func begin(_ prefix: [Int32]) throws {
    lastState = try hidden(of: prefix, on: prefixRequest).suffix(manifest.width)
    lastContinuation = nil
  }

  /// Computes the prompt of a reply in pieces of `pieceTokens`, because attention takes memory for each
  /// token of a piece times all tokens before it. A prompt of 7,000 tokens took 2.1 GB at once and 1.7 GB
  /// in pieces.
  /// - Parameter prompt: at least one token.
  func read(_ prompt: [Int32]) throws {
    try begin(Array(prompt.prefix(Self.pieceTokens)))
    for start in stride(from: Self.pieceTokens, to: prompt.count, by: Self.pieceTokens) {
      let piece = prompt[start..<min(start + Self.pieceTokens, prompt.count)]
      lastState = try advance(Array(piece)).suffix(manifest.width)
    }
  }

  /// Computes Σ log P(token | all tokens before it) of every scored segment, natural logarithm. The
  /// prefix's keys and values stay as they were, for another continuation.
  /// - Parameter segments: each scored one has at least one token.
  /// - Returns: one sum per scored segment, at most 0; higher is likelier.
  func logLikelihoods(of segments: [(tokens: [Int32], isScored: Bool)]) throws -> [Double] {
    var sums: [Double] = []
    lastContinuation = nil
    // Tokens that have to be computed before the next segment's first token can be scored.
    var unread: [Int32] = []
    for segment in segments {
      guard segment.isScored, let end = segment.tokens.last else {
        unread += segment.tokens
        continue
      }
      var states = unread.isEmpty ? lastState : []
      // The hidden state of the segment's last token is needed only for a segment that follows.
      let run = unread + segment.tokens.dropLast()
      if !run.isEmpty { states += try advance(run) }
      sums.append(
        try sum(of: segment.tokens, after: states.suffix(segment.tokens.count * manifest.width)))
      unread = [end]
    }
    return sums
  }

  /// Continues the prompt that was read, always with the likeliest token.
  /// - Parameters:
  ///   - stops: tokens that end the text and do not belong to it.
  ///   - limit: the most tokens that are written.
  /// - Returns: the tokens, the sum of their log-probabilities (natural logarithm), and whether the limit
  ///   ended the text.
  func write(
    stops: Set<Int32>, limit: Int
  ) throws -> (tokens: [Int32], sum: Double, wasCut: Bool) {
    var tokens: [Int32] = []
    var sum = 0.0
    var state = lastState
    while true {
      let next = try likeliest(after: state)
      if stops.contains(next.token) { return (tokens, sum, false) }
      // The limit is checked after the stop tokens, so that a text that ends exactly at the limit does
      // not count as cut.
      if tokens.count == limit { return (tokens, sum, true) }
      tokens.append(next.token)
      sum += next.logProbability
      state = try advance([next.token])
    }
  }

  /// Computes further tokens after those of the last run, and returns their hidden states.
  private func advance(_ tokens: [Int32]) throws -> [Float] {
    let next = lastContinuation.map { 1 - $0 } ?? 0
    let before = lastContinuation.map { continuationRequests[$0] } ?? prefixRequest
    for index in 1...manifest.states {
      try continuationRequests[next].feed(index, from: before, output: index)
    }
    lastContinuation = next
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
    // The head always scores a token too. The score is not used here, so any token will do, and every
    // vocabulary has a token 0.
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
