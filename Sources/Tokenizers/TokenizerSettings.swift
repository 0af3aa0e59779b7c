/// How a model's texts are turned into tokens; part of `emend-model.json`.
package struct TokenizerSettings: Sendable, Equatable, Codable {
  package var lowercases: Bool
  package var stripsAccents: Bool
  package var separatesIdeographs: Bool
  package var cleans: Bool
  package var unknownToken: String
  package var openingToken: String
  package var closingToken: String
  /// Tokens that are recognised where they stand literally in a text.
  package var specialTokens: [String]

  package init(
    lowercases: Bool = true, stripsAccents: Bool = true, separatesIdeographs: Bool = true,
    cleans: Bool = true, unknownToken: String = "[UNK]", openingToken: String = "[CLS]",
    closingToken: String = "[SEP]",
    specialTokens: [String] = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]
  ) {
    self.lowercases = lowercases
    self.stripsAccents = stripsAccents
    self.separatesIdeographs = separatesIdeographs
    self.cleans = cleans
    self.unknownToken = unknownToken
    self.openingToken = openingToken
    self.closingToken = closingToken
    self.specialTokens = specialTokens
  }
}
