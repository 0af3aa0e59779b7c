package import Inference
package import Rules
package import Vectors

/// The models of this machine, opened when they are first asked for: a file of ready vectors needs no
/// encoder, and one without queries no language model.
package protocol ModelSource: Sendable {
  /// The encoder that the rules ask for.
  func encoder(_ rules: RuleSet) throws -> any Encoder
  /// The fastest exact search there is.
  func search() throws -> any NeighbourSearch
  /// The language model that the rules ask for; nil where they name none and the default one is not
  /// there.
  func languageModel(_ rules: RuleSet) throws -> (any LanguageModel)?
}
