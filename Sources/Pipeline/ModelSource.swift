package import ModelInterfaces
package import Rules
package import Vectors

/// Opens the models of this machine when they are first needed: a file of ready vectors needs no encoder,
/// and a file without queries usually needs no language model.
package protocol ModelSource: Sendable {
  /// The encoder that the rules ask for.
  func encoder(_ rules: RuleSet) throws -> any Encoder
  /// The fastest search on this machine; exact for up to `InvertedListSearch.largestExact` records.
  func search() throws -> any NeighbourSearch
  /// The language model that the rules ask for; nil if they name none and the default one is not
  /// installed.
  func languageModel(_ rules: RuleSet) throws -> (any LanguageModel)?
  /// How many weights that model has; nil if there is no model, or its files do not state the number.
  func languageModelParameterCount(_ rules: RuleSet) throws -> Int?
  /// The text generator: the server that the rules name, else the language model; nil if there is
  /// neither.
  ///
  /// - Throws: if the server does not answer, or does not have the model.
  func generator(_ rules: RuleSet) throws -> (any TextGenerator)?
}
