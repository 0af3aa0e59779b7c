package import Vectors

/// Turns texts into unit-length vectors.
package protocol Encoder: Sendable {
  /// How many numbers each vector has.
  var dimension: Int { get }
  /// Names everything that can change a vector: model digest, pooling, precision, token limit and
  /// instruction set. Two encoders with the same identity give the same bytes for the same text.
  var identity: String { get }
  /// Encodes texts in the order given.
  ///
  /// A vector depends on its own text alone, never on the other texts of the call.
  /// - Parameter progress: called from time to time with the number of texts done so far.
  func encode(
    _ texts: [String], progress: (@Sendable (Int) -> Void)?
  ) throws -> Encoding
  /// How many tokens each text has, and how many of them the encoder does not know; nil where it cannot tell.
  ///
  /// It encodes nothing. A text of which it is certain that all tokens are known may have 0 for both.
  func tokenCounts(of texts: [String]) throws -> [TokenCount]?
  /// Lets go of memory that can be filled again, such as a loaded graph. The next texts are encoded as before, after
  /// that time.
  func releaseMemory()
}

extension Encoder {
  package func tokenCounts(of texts: [String]) throws -> [TokenCount]? { nil }
  package func releaseMemory() {}
}

/// The tokens of one text.
package struct TokenCount: Sendable, Equatable {
  package let all: Int
  package let unknown: Int

  package init(all: Int, unknown: Int) {
    self.all = all
    self.unknown = unknown
  }
}

/// The vectors of a list of texts.
package struct Encoding: Sendable {
  /// One unit-length row per text (all zeros for a text with no tokens).
  package let embeddings: Matrix
  /// Whether the encoder cut a text because it was longer than the model's limit; one flag per text.
  package let truncated: [Bool]
  /// How many texts the model really encoded; the vectors of the others were already known.
  package let encodedCount: Int

  package init(embeddings: Matrix, truncated: [Bool], encodedCount: Int) {
    precondition(embeddings.rows == truncated.count)
    self.embeddings = embeddings
    self.truncated = truncated
    self.encodedCount = encodedCount
  }
}
