package import ModelCatalogue
package import ModelInterfaces
import Foundation
import Synchronization
import Concurrency

/// A causal language model that OpenVINO runs on the processor.
///
/// Every sequence runs by itself and on one thread, so that its score depends on its tokens alone:
/// OpenVINO's products of few rows round differently from those of many. Several threads compute several
/// sequences. The head computes the log-probabilities of the scored tokens only, in single precision
/// whatever the arithmetic of the layers.
package final class OpenVINOLanguageModel: LanguageModel {
  /// A prompt of a passage and a question has some hundreds of tokens. Attention's memory grows with the
  /// square of the length, and small models become unreliable long before their own limit.
  package static let defaultContextTokens = 2048

  package let identity: String
  package let contextTokens: Int
  package let model: InstalledLanguageModel
  package let precision: Precision
  /// The number of sequences that are computed side by side.
  package let threads: Int
  let tokenizer: LanguageModelTokenizer
  let pieces: TokenPieces
  private let body: CompiledGraph
  private let head: CompiledGraph

  /// Opens a model and loads it into memory, which takes seconds.
  /// - Parameters:
  ///   - threads: the number of sequences computed side by side; it changes only the time taken.
  ///   - contextTokens: the most tokens of a prefix and its continuation, at least four; the model's own
  ///     limit where that is less.
  package init(
    model: InstalledLanguageModel, runtime: OpenVINORuntime,
    precision choice: PrecisionChoice = .auto, threads: Int,
    contextTokens: Int = OpenVINOLanguageModel.defaultContextTokens
  ) throws(ModelError) {
    precondition(threads > 0, "a language model needs a thread")
    precondition(contextTokens >= 4, "a context has room for a prefix and a continuation")
    self.model = model
    self.threads = threads
    self.contextTokens = min(contextTokens, model.manifest.contextTokens)
    runtime.returnLargeBlocks()
    precision = try Precision(choice, on: runtime)
    pieces = try TokenPieces(model: model)
    tokenizer = try LanguageModelTokenizer(model: model, runtime: runtime)
    guard tokenizer.opening.count <= self.contextTokens / 4 else {
      throw ModelError(
        .modelUnsupported, at: model.directory.path,
        "it puts \(tokenizer.opening.count) tokens before every text",
        remedy: "choose a model with a plain tokenizer, or a longer context")
    }
    body = try runtime.compile(
      model.graph("body"),
      options: GraphOptions(precision: precision, streams: threads, threads: threads))
    head = try runtime.compile(
      model.graph("head"),
      options: GraphOptions(precision: .fp32, streams: threads, threads: threads))
    identity = [
      model.name, model.manifest.fingerprint, precision.rawValue, "context-\(self.contextTokens)",
      "openvino-\(runtime.version)", InstructionSet.name,
    ].joined(separator: "|")
  }

  package func tokens(of text: String) throws -> [Int32] { try tokenizer.tokens(of: [text])[0] }

  package func scores(
    of continuations: [Continuation], each: (@Sendable (Int, [LogLikelihood]) -> Void)?
  ) throws -> [[LogLikelihood]] {
    let groups = try plan(continuations)
    let results = Mutex([[LogLikelihood]](repeating: [], count: continuations.count))
    let next = Mutex(0)
    try onThreads(max(1, min(threads, groups.count))) { [self] _ in
      let runner = try runner()
      while let group = next.withLock({ next -> PrefixGroup? in
        guard next < groups.count else { return nil }
        next += 1
        return groups[next - 1]
      }) {
        var computedPrefix: [Int32]?
        for member in group.members {
          let window = member.window
          // A long prefix may be cut differently for continuations of different lengths.
          if computedPrefix != window.prefix {
            try runner.begin(window.prefix)
            computedPrefix = window.prefix
          }
          let isScored = continuations[member.index].segments.map(\.isScored)
          let sums = try runner.logLikelihoods(of: Array(zip(window.segments, isScored)))
          let scored = isScored.indices.filter { isScored[$0] }
          let scores = zip(scored, sums).map { segment, sum in
            LogLikelihood(
              sum: sum, tokens: window.segments[segment].count,
              cutPrefixTokens: window.cutPrefixTokens,
              cutTokens: window.cutSegmentTokens[segment])
          }
          results.withLock { $0[member.index] = scores }
          each?(member.index, scores)
        }
      }
    }
    return results.withLock { $0 }
  }

  /// Makes a runner of this model for one thread.
  func runner() throws(ModelError) -> LanguageModelRunner {
    try LanguageModelRunner(manifest: model.manifest, body: body, head: head)
  }

  /// The continuations of one prefix.
  private struct PrefixGroup {
    var members: [(index: Int, window: TokenWindow)] = []
    var tokens: Int {
      let prefix = members[0].window.prefix.count
      return members.reduce(prefix) { $0 + $1.window.count - $1.window.prefix.count }
    }
  }

  /// Turns all texts into tokens and groups the continuations by prefix. The groups with the most tokens
  /// come first, so that no thread computes a long one alone at the end.
  private func plan(_ continuations: [Continuation]) throws -> [PrefixGroup] {
    var numbers: [Prefix: Int] = [:]
    var prefixes: [Prefix] = []
    var groups: [PrefixGroup] = []
    let numbered = continuations.map { continuation in
      if let known = numbers[continuation.prefix] { return known }
      numbers[continuation.prefix] = prefixes.count
      prefixes.append(continuation.prefix)
      groups.append(PrefixGroup())
      return prefixes.count - 1
    }
    let texts = try tokenizer.tokens(of: prefixes.map(\.text))
    let endings = try tokenizer.tokens(of: prefixes.map(\.ending))
    var parts = try tokenizer.tokens(of: continuations.flatMap { $0.segments.map(\.text) })[...]
    for (index, continuation) in continuations.enumerated() {
      let segments = Array(parts.prefix(continuation.segments.count))
      parts = parts.dropFirst(segments.count)
      guard zip(continuation.segments, segments).allSatisfy({ !$0.isScored || !$1.isEmpty }) else {
        throw ModelError(
          .unusableText, at: "continuation \(index + 1)", "there is nothing in it to score",
          remedy: "leave empty texts out")
      }
      guard segments.count <= contextTokens / 2 else {
        throw ModelError(
          .unusableText, at: "continuation \(index + 1)", "it has \(segments.count) segments",
          remedy: "ask for fewer at once, or use a longer context")
      }
      let number = numbered[index]
      let window = TokenWindow(
        opening: tokenizer.opening, text: texts[number], ending: endings[number],
        segments: segments, beginToken: model.manifest.beginToken, limit: contextTokens)
      groups[number].members.append((index, window))
    }
    // Swift does not promise that sorting is stable, so the index breaks ties.
    return groups.enumerated().sorted {
      let left = $0.element.tokens
      let right = $1.element.tokens
      return left == right ? $0.offset < $1.offset : left > right
    }.map(\.element)
  }
}
