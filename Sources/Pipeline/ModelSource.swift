package import ModelInterfaces
package import Rules
import PassageUtility
import ModelJudging
package import Vectors
import Concurrency

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
  /// How many weights that model has; nil where there is no model, or its files do not say.
  func languageModelParameterCount(_ rules: RuleSet) throws -> Int?
  /// What writes replies: the server that the rules name, else the language model; nil where there is
  /// neither.
  ///
  /// - Throws: where the server is not there, or does not have the model.
  func generator(_ rules: RuleSet) throws -> (any TextGenerator)?
}
