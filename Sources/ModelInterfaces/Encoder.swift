// Inference owns models: their files, their tokenizers, and running them. It turns texts into
// vectors and knows nothing of records, labels or the spool. Implementations vary behind
// `Encoder`; OpenVINO is the one that ships.

package import Vectors

/// Turns texts into unit-length vectors.
package protocol Encoder: Sendable {
  /// Length of every vector.
  var dimension: Int { get }
  /// Names everything that can change a vector: model digest, pooling, precision, token limit and
  /// instruction set. Two encoders with one identity give the same bytes for the same text.
  var identity: String { get }
  /// Encodes texts in the order given.
  ///
  /// A vector depends on its own text alone, never on the other texts of the call.
  /// - Parameter progress: called now and then with the number of texts done so far.
  func encode(
    _ texts: [String], progress: (@Sendable (Int) -> Void)?
  ) throws -> Encoding
}

/// What an encoder makes of a list of texts.
package struct Encoding: Sendable {
  /// One unit-length row per text (all zeros for a text with no tokens).
  package let embeddings: Matrix
  /// Whether a text was longer than the model's limit and was cut; one flag per text.
  package let truncated: [Bool]
  /// How many texts were really run through the model, the rest being known already.
  package let encodedCount: Int

  package init(embeddings: Matrix, truncated: [Bool], encodedCount: Int) {
    precondition(embeddings.rows == truncated.count)
    self.embeddings = embeddings
    self.truncated = truncated
    self.encodedCount = encodedCount
  }
}
