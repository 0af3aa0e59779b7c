import ModelCatalogue
import Foundation
import ModelInterfaces
import Tokenizers
import Testing

struct WordPieceTokenizerTests {
  private struct Cases: Decodable {
    let strings: [String]
    let identifiers: [[Int32]]
  }

  /// Ordinary and difficult Unicode; scripts/check/tokenizer.py runs the same with 20,000 strings.
  @Test func agreesWithTheReference() throws {
    let model = try Prepared.model.get()
    let tokenizer = try WordPieceTokenizer(
      vocabularyFile: model.vocabularyFile, settings: model.manifest.tokenizer,
      maximumTokens: model.manifest.maximumTokens)
    let cases: Cases
    if let file = ProcessInfo.processInfo.environment["EMEND_TOKENIZER_CASES"] {
      cases = try JSONDecoder().decode(Cases.self, from: Data(contentsOf: URL(filePath: file)))
    } else {
      cases = try Prepared.fixture("tokens", as: Cases.self)
    }
    #expect(cases.strings.count >= 1000)
    #expect(cases.strings.count == cases.identifiers.count)
    for (text, expected) in zip(cases.strings, cases.identifiers) {
      #expect(tokenizer.encode(text).identifiers == expected, "\(text.debugDescription)")
    }
  }

  private func tokenizer(
    _ settings: TokenizerSettings = TokenizerSettings(), maximumTokens: Int = 16
  ) throws -> WordPieceTokenizer {
    try Prepared.inFreshDirectory { folder in
      let file = folder.appending(path: "vocab.txt")
      let pieces = [
        "[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "un", "##aff", "##able", "a", "##a", ",",
        "É", "e", "字",
      ]
      try Data((pieces.joined(separator: "\n") + "\n").utf8).write(to: file)
      return try WordPieceTokenizer(
        vocabularyFile: file, settings: settings, maximumTokens: maximumTokens)
    }
  }

  @Test(arguments: [
    ("", [2, 3]), ("unaffable", [2, 5, 6, 7, 3]), ("UNAFFABLE, a", [2, 5, 6, 7, 10, 8, 3]),
    ("unaffablex", [2, 1, 3]), ("É", [2, 12, 3]), ("E\u{301}", [2, 12, 3]),
    ("a字a", [2, 8, 13, 8, 3]), ("a[MASK]a", [2, 8, 4, 8, 3]), ("a\u{0}a", [2, 8, 9, 3]),
    ("a\u{a0}a", [2, 8, 8, 3]), ("\u{fffd}", [2, 3]),
  ])
  func givesTheTokensComputedByHand(text: String, expected: [Int32]) throws {
    #expect(try tokenizer().encode(text) == .init(identifiers: expected, truncated: false))
  }

  @Test func keepsCaseAndAccentsWhereTheSettingsSaySo() throws {
    let settings = TokenizerSettings(lowercases: false, stripsAccents: false)
    #expect(try tokenizer(settings).encode("É").identifiers == [2, 11, 3])
    #expect(try tokenizer(settings).encode("A").identifiers == [2, 1, 3])
  }

  @Test func aWordOfMoreThanAHundredScalarsIsUnknown() throws {
    let tokenizer = try tokenizer(maximumTokens: 200)
    let hundred = String(repeating: "a", count: 100)
    #expect(tokenizer.encode(hundred).identifiers.count == 102)
    #expect(tokenizer.encode(hundred + "a").identifiers == [2, 1, 3])
  }

  @Test func cutsAtTheLimitAndReportsIt() throws {
    let tokenizer = try tokenizer(maximumTokens: 5)
    #expect(
      tokenizer.encode("a a a") == .init(identifiers: [2, 8, 8, 8, 3], truncated: false))
    #expect(
      tokenizer.encode("a a a a") == .init(identifiers: [2, 8, 8, 8, 3], truncated: true))
    #expect(
      tokenizer.encode("a a unaffable") == .init(identifiers: [2, 8, 8, 5, 3], truncated: true))
  }

  @Test func aVocabularyWithoutSpecialTokensIsRefused() throws {
    try Prepared.inFreshDirectory { folder in
      let file = folder.appending(path: "vocab.txt")
      try Data("a\nb\n".utf8).write(to: file)
      let error = #expect(throws: ModelError.self) {
        try WordPieceTokenizer(
          vocabularyFile: file, settings: TokenizerSettings(), maximumTokens: 8)
      }
      #expect(error?.kind == .modelDamaged)
      #expect(error?.description.contains("[UNK]") == true)
    }
  }
}
