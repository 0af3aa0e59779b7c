package import ModelInterfaces
package import Foundation
import Synchronization

/// A language model that keeps its scores on disk. A second run over the same continuations computes
/// nothing, and an interrupted run continues where it stopped.
package struct CachingLanguageModel: LanguageModel {
  private let model: any LanguageModel
  private let cache: ResultCache

  /// - Parameter cache: one with the model's identity.
  package init(wrapping model: any LanguageModel, cache: ResultCache) {
    self.model = model
    self.cache = cache
  }

  /// - Parameter directory: the cache's folder; made where it is missing.
  package init(wrapping model: any LanguageModel, directory: URL) {
    self.init(
      wrapping: model, cache: ResultCache(directory: directory, identity: model.identity))
  }

  package var identity: String { model.identity }
  package var contextTokens: Int { model.contextTokens }
  package func tokens(of text: String) throws -> [Int32] { try model.tokens(of: text) }

  package func scores(
    of continuations: [Continuation], each: (@Sendable (Int, [LogLikelihood]) -> Void)?
  ) throws -> [[LogLikelihood]] {
    var results = [[LogLikelihood]](repeating: [], count: continuations.count)
    // Equal continuations are computed once.
    var places: [Continuation: Int] = [:]
    var missing: [(continuation: Continuation, request: Data, indices: [Int])] = []
    for (index, continuation) in continuations.enumerated() {
      if let place = places[continuation] {
        missing[place].indices.append(index)
        continue
      }
      let request = Self.request(continuation)
      let known = cache.value(for: request).flatMap {
        Self.scores(in: $0, count: continuation.segments.count(where: \.isScored))
      }
      if let known {
        results[index] = known
        each?(index, known)
      } else {
        places[continuation] = missing.count
        missing.append((continuation, request, [index]))
      }
    }
    guard !missing.isEmpty else { return results }
    let computing = missing
    let cache = cache
    // So that a run that follows at once, or after a failure, finds everything that was computed.
    defer { cache.flush() }
    let computed: [[LogLikelihood]]
    do {
      computed = try model.scores(of: computing.map(\.continuation)) { place, scores in
        cache.store(Self.data(scores), for: computing[place].request)
        for index in computing[place].indices { each?(index, scores) }
      }
    } catch let error as ModelError where error.place.hasPrefix("continuation ") {
      throw Self.renumbered(error, by: computing.map { $0.indices[0] })
    }
    for (item, scores) in zip(computing, computed) {
      for index in item.indices { results[index] = scores }
    }
    return results
  }

  /// The same error with another number: the continuation's place among all, instead of its place among
  /// those that were not in the cache.
  /// - Parameter indices: the index among all of each continuation that was not in the cache.
  private static func renumbered(_ error: ModelError, by indices: [Int]) -> ModelError {
    guard let number = Int(error.place.dropFirst("continuation ".count)),
      indices.indices.contains(number - 1)
    else { return error }
    return ModelError(
      error.kind, at: "continuation \(indices[number - 1] + 1)", error.reason,
      remedy: error.remedy)
  }

  /// The key of a continuation in the cache: all its texts, each after its length.
  private static func request(_ continuation: Continuation) -> Data {
    var request = CacheRequest("score 1")
    request.append(continuation.prefix.text, mark: 0)
    request.append(continuation.prefix.ending, mark: 1)
    for segment in continuation.segments {
      request.append(segment.text, mark: segment.isScored ? 3 : 2)
    }
    return request.bytes
  }

  private static let scoreBytes = 20

  private static func data(_ scores: [LogLikelihood]) -> Data {
    var data = Data(capacity: scores.count * scoreBytes)
    for score in scores {
      withUnsafeBytes(of: score.sum.bitPattern.littleEndian) { data.append(contentsOf: $0) }
      for number in [score.tokens, score.cutPrefixTokens, score.cutTokens] {
        withUnsafeBytes(of: UInt32(number).littleEndian) { data.append(contentsOf: $0) }
      }
    }
    return data
  }

  /// The scores in a cached value; nil where it does not hold exactly `count` finite scores.
  private static func scores(in data: Data, count: Int) -> [LogLikelihood]? {
    guard data.count == count * scoreBytes else { return nil }
    let scores = data.withUnsafeBytes { bytes in
      stride(from: 0, to: bytes.count, by: scoreBytes).map { place in
        func number(_ offset: Int) -> Int {
          Int(
            UInt32(
              littleEndian: bytes.loadUnaligned(fromByteOffset: place + offset, as: UInt32.self)))
        }
        let bits = bytes.loadUnaligned(fromByteOffset: place, as: UInt64.self)
        return LogLikelihood(
          sum: Double(bitPattern: UInt64(littleEndian: bits)), tokens: number(8),
          cutPrefixTokens: number(12), cutTokens: number(16))
      }
    }
    return scores.allSatisfy(\.sum.isFinite) ? scores : nil
  }
}
