package import ModelInterfaces
package import Rules
package import Vectors

/// The models of this machine, but vectors and neighbours that other machines have computed.
package struct StagedModels: ModelSource {
  private let others: any ModelSource
  private let vectors: StoredEncoder?
  private let graphs: StoredNeighbourSearch

  /// - Parameter vectors: nil where the records bring their own.
  package init(
    _ others: any ModelSource, vectors: StoredEncoder?, neighbours: [StoredNeighbours]
  ) {
    self.others = others
    self.vectors = vectors
    graphs = StoredNeighbourSearch(neighbours)
  }

  package func encoder(_ rules: RuleSet) throws -> any Encoder {
    guard let vectors else {
      throw ModelError(
        .modelMissing, at: "--vectors",
        "no file of vectors is given, and this dataset has texts to encode",
        remedy: "run emend stage texts and encode, and name what they wrote")
    }
    return vectors
  }

  package func search() -> any NeighbourSearch { graphs }
  package func languageModel(_ rules: RuleSet) throws -> (any LanguageModel)? {
    try others.languageModel(rules)
  }
  package func languageModelParameterCount(_ rules: RuleSet) throws -> Int? {
    try others.languageModelParameterCount(rules)
  }
  package func generator(_ rules: RuleSet) throws -> (any TextGenerator)? {
    try others.generator(rules)
  }
}
