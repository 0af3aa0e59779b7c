import Tokenizers
package import ModelCatalogue
package import ModelInterfaces
import Foundation
package import Vectors
import Concurrency

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

  /// Searches for the `k` nearest rows of every row, `rounds` times.
  /// - Parameter vectors: rows of unit length.
  package static func search(
    _ vectors: Matrix, k: Int, runtime: OpenVINORuntime, threads: Int, rounds: Int = 1
  ) throws -> [Figure] {
    let search = OpenVINONeighbourSearch(runtime: runtime, threads: threads)
    return try (0..<rounds).map { _ in
      try timed(vectors.rows) { _ = try search.neighbours(of: vectors, k: k) }
    }
  }

  /// Pseudo-random rows of unit length, for timing searches.
  package static func unitRows(_ rows: Int, columns: Int, seed: UInt64 = 42) -> Matrix {
    var state = seed
    var matrix = Matrix(rows: rows, columns: columns)
    for row in 0..<rows {
      var squares = 0.0
      for column in 0..<columns {
        // Knuth's MMIX generator, whose upper bits are the more random ones.
        state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
        let value = Float(Double(state >> 11) * 0x1p-52 - 1)
        matrix[row, column] = value
        squares += Double(value) * Double(value)
      }
      let scale = Float(1 / squares.squareRoot())
      for column in 0..<columns { matrix[row, column] *= scale }
    }
    return matrix
  }

  private static func timed(_ items: Int, _ body: () throws -> Void) rethrows -> Figure {
    let clock = ContinuousClock()
    let elapsed = try clock.measure(body).components
    return Figure(
      items: items, seconds: Double(elapsed.seconds) + Double(elapsed.attoseconds) * 1e-18)
  }
}
