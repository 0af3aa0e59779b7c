import Tokenizers
package import ModelCatalogue
package import ModelInterfaces
import Foundation

/// Times the encoder, the language model and the search outside the pipeline. The hidden command
/// `emend bench` calls it, for the scripts in `scripts/bench`.
package enum BackendBenchmark {
  /// How much one timed run processed, and in what time.
  package struct Figure: Sendable, Codable {
    /// Tokens (special ones included, padding not) of `encode` and `read`, or rows of `search`.
    package let items: Int
    package let seconds: Double
    package var itemsPerSecond: Double { Double(items) / seconds }
  }

  /// Encodes the texts `rounds` times after one run that is not timed. The time includes turning them
  /// into tokens.
  package static func encode(
    texts: [String], model: InstalledModel, runtime: OpenVINORuntime,
    precision: PrecisionChoice = .auto, threads: Int, streams: Int? = nil, rounds: Int = 1
  ) throws -> [Figure] {
    let encoder = try OpenVINOEncoder(
      model: model, runtime: runtime, precision: precision, threads: threads, streams: streams)
    let tokens = try encoder.tokenise(texts).reduce(0) { $0 + $1.identifiers.count }
    _ = try encoder.encode(texts, progress: nil)
    return try (0..<rounds).map { _ in
      try timed(tokens) { _ = try encoder.encode(texts, progress: nil) }
    }
  }

  /// Scores one question after each text, `rounds` times after one run that is not timed. The time
  /// includes turning the texts into tokens. No text is scored twice in a run.
  package static func read(
    texts: [String], model: InstalledLanguageModel, runtime: OpenVINORuntime,
    precision: PrecisionChoice = .auto, threads: Int, rounds: Int = 1
  ) throws -> [Figure] {
    let languageModel = try OpenVINOLanguageModel(
      model: model, runtime: runtime, precision: precision, threads: threads)
    let continuations = texts.map {
      Continuation(" what is this about?", after: Prefix("Passage: \($0)", ending: "\nQuestion:"))
    }
    var tokens = 0
    for each in continuations {
      let parts = [each.prefix.text, each.prefix.ending] + each.segments.map(\.text)
      let count = try parts.reduce(0) { $0 + (try languageModel.tokens(of: $1).count) }
      tokens += min(count, languageModel.contextTokens)
    }
    _ = try languageModel.logLikelihoods(of: continuations)
    return try (0..<rounds).map { _ in
      try timed(tokens) { _ = try languageModel.logLikelihoods(of: continuations) }
    }
  }

  private static func timed(_ items: Int, _ body: () throws -> Void) rethrows -> Figure {
    let clock = ContinuousClock()
    let elapsed = try clock.measure(body).components
    return Figure(
      items: items, seconds: Double(elapsed.seconds) + Double(elapsed.attoseconds) * 1e-18)
  }
}
