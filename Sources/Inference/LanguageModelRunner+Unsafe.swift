/// Runs one sequence at a time through a language model, on one thread.
///
/// A prefix is computed by itself, and each continuation on top of the prefix's keys and values. That
/// is so for a prefix with a single continuation too: whole and divided runs round differently, and a
/// score must not depend on what else is asked.
final class LanguageModelRunner {
  private let manifest: LanguageModelManifest
  private let prefixRequest: InferenceRequest
  private let continuationRequest: InferenceRequest
  private let headRequest: InferenceRequest
  /// An address for tensors that hold nothing.
  private let nothing: UnsafeMutablePointer<Float>
  /// The hidden state of the prefix's last token, which foretells the continuation's first.
  private var last: [Float] = []

  init(
    manifest: LanguageModelManifest, body: CompiledGraph, head: CompiledGraph
  ) throws(InferenceError) {
    self.manifest = manifest
    prefixRequest = try body.request()
    continuationRequest = try body.request()
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
    let width = manifest.width
    try prefix.withUnsafeBufferPointer { tokens in
      guard let base = tokens.baseAddress else { preconditionFailure("a prefix has a token") }
      try prefixRequest.run([.int32(base, shape: [1, tokens.count])])
    }
    last = try prefixRequest.withFloats(0, count: prefix.count * width) { Array($0.suffix(width)) }
    for index in 1...manifest.states {
      try continuationRequest.feed(index, from: prefixRequest, output: index)
    }
  }

  /// Σ log P(token | the prefix and the tokens before); at least one token.
  func logLikelihood(of continuation: [Int32]) throws -> Double {
    var hidden = last
    // The last token foretells nothing that is asked for.
    let context = continuation.dropLast()
    if !context.isEmpty {
      try context.withUnsafeBufferPointer { tokens in
        guard let base = tokens.baseAddress else { return }
        try continuationRequest.run([.int32(base, shape: [1, tokens.count])])
      }
      try continuationRequest.withFloats(0, count: context.count * manifest.width) {
        hidden.append(contentsOf: $0)
      }
    }
    let sum = try hidden.withUnsafeBufferPointer { hidden in
      try continuation.withUnsafeBufferPointer { tokens in
        guard let states = hidden.baseAddress, let base = tokens.baseAddress else {
          preconditionFailure("a continuation has a token")
        }
        return try headRequest.run(
          [
            .float32(states, shape: [tokens.count, manifest.width]),
            .int32(base, shape: [tokens.count]),
          ], count: tokens.count
        ) { scores in scores.reduce(0.0) { $0 + Double($1) } }
      }
    }
    guard sum.isFinite else {
      throw InferenceError(
        .runtime, at: manifest.name, "a score is not a finite number",
        remedy: "`emend model verify` tells whether the model is intact; if so, use fp32")
    }
    return sum
  }
}
