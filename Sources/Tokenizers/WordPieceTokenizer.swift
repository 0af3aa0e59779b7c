package import ModelInterfaces
package import Foundation

/// The tokenizer of BERT-family models. It gives the same tokens as Hugging Face's `tokenizers`.
///
/// It first splits the text at literal special tokens: `[MASK]` in a text *is* the mask token. It
/// normalises the rest, cuts it into words at spaces and punctuation, and cuts every word into the longest
/// pieces of the vocabulary, from the start. A word of more than 100 scalars, or with a part that no piece
/// covers, becomes the unknown token.
package struct WordPieceTokenizer: Sendable {
  /// The most scalars of a word; a longer one becomes the unknown token. The constant is the reference's.
  static let longestWord = 100

  private let vocabulary: Vocabulary
  private let normaliser: TextNormaliser
  private let unknown: Int32
  private let opening: Int32
  private let closing: Int32
  /// The bytes and the identifier of each special token, the longest first.
  private let specials: [(bytes: [UInt8], id: Int32)]
  /// The most identifiers per text, opening and closing ones included.
  package let maximumTokens: Int

  /// One text's identifiers, opening and closing ones included.
  package struct Tokens: Sendable, Equatable {
    package let identifiers: [Int32]
    /// Whether the text was cut because it was longer than the limit.
    package let truncated: Bool

    package init(identifiers: [Int32], truncated: Bool) {
      self.identifiers = identifiers
      self.truncated = truncated
    }
  }

  /// Reads a vocabulary and checks that it has the special tokens.
  package init(
    vocabularyFile: URL, settings: TokenizerSettings, maximumTokens: Int
  ) throws(ModelError) {
    let vocabulary = try Vocabulary(file: vocabularyFile)
    func identifier(_ token: String) throws(ModelError) -> Int32 {
      guard let id = vocabulary.identifier(of: token) else {
        throw ModelError(
          .modelDamaged, at: vocabularyFile.path, "the vocabulary has no \(token)",
          remedy: "use the vocabulary that came with the model")
      }
      return id
    }
    self.vocabulary = vocabulary
    self.maximumTokens = maximumTokens
    unknown = try identifier(settings.unknownToken)
    opening = try identifier(settings.openingToken)
    closing = try identifier(settings.closingToken)
    normaliser = TextNormaliser(
      cleans: settings.cleans, separatesIdeographs: settings.separatesIdeographs,
      stripsAccents: settings.stripsAccents, lowercases: settings.lowercases)
    var specials: [(bytes: [UInt8], id: Int32)] = []
    for token in settings.specialTokens {
      specials.append((Array(token.utf8), try identifier(token)))
    }
    self.specials = specials.sorted { $0.bytes.count > $1.bytes.count }
  }

  /// Turns a text into tokens.
  ///
  /// - Complexity: O(length) in practice; it stops as soon as the limit is passed.
  package func encode(_ text: String) -> Tokens {
    var scratch = Scratch()
    scratch.identifiers.append(opening)
    // One identifier more than fits shows that the text is too long. The reference cuts at the same place.
    let enough = maximumTokens
    var text = text
    text.withUTF8 { utf8 in
      var start = 0
      var position = 0
      while position < utf8.count, scratch.identifiers.count < enough {
        if let special = special(at: position, in: utf8) {
          append(utf8, start..<position, &scratch, enough)
          scratch.identifiers.append(special.id)
          position += special.bytes.count
          start = position
        } else {
          position += 1
        }
      }
      append(utf8, start..<utf8.count, &scratch, enough)
    }
    let limit = maximumTokens - 1
    let truncated = scratch.identifiers.count > limit
    if truncated { scratch.identifiers.removeLast(scratch.identifiers.count - limit) }
    scratch.identifiers.append(closing)
    return Tokens(identifiers: scratch.identifiers, truncated: truncated)
  }

  /// Whether a text may have an unknown token, found without turning it into tokens.
  ///
  /// Vocabularies have all of ASCII, so that only a word which is too long is unknown.
  package func mayHaveUnknownTokens(_ text: String) -> Bool {
    var run = 0
    for byte in text.utf8 {
      guard byte < 0x80 else { return true }
      run = byte > 0x20 ? run + 1 : 0
      if run > Self.longestWord { return true }
    }
    return false
  }

  /// How many tokens a text has without the opening and the closing one, and how many of them are unknown.
  package func count(_ tokens: Tokens) -> TokenCount {
    let own = tokens.identifiers.dropFirst().dropLast()
    return TokenCount(all: own.count, unknown: own.count { $0 == unknown })
  }

  private struct Scratch {
    var identifiers: [Int32] = []
    var scalars: [UInt32] = []
    var word: [UInt8] = []
    var wordScalars = 0
  }

  private func special(
    at position: Int, in utf8: UnsafeBufferPointer<UInt8>
  ) -> (bytes: [UInt8], id: Int32)? {
    specials.first { special in
      guard utf8[position] == special.bytes[0] else { return false }
      return utf8[position...].starts(with: special.bytes)
    }
  }

  /// Appends the tokens of a part without special tokens, until there are `enough` identifiers.
  private func append(
    _ utf8: UnsafeBufferPointer<UInt8>, _ range: Range<Int>, _ scratch: inout Scratch,
    _ enough: Int
  ) {
    guard !range.isEmpty, scratch.identifiers.count < enough else { return }
    scratch.scalars.removeAll(keepingCapacity: true)
    let stretch = String(decoding: UnsafeBufferPointer(rebasing: utf8[range]), as: UTF8.self)
    normaliser.normalise(stretch.unicodeScalars, into: &scratch.scalars)
    let classes = ScalarClasses.shared
    for index in scratch.scalars.indices {
      let scalar = scratch.scalars[index]
      let traits = classes.traits(of: scalar)
      if traits.contains(.wordBreak) {
        finishWord(&scratch)
      } else if traits.contains(.punctuation) {
        finishWord(&scratch)
        grow(&scratch, by: scalar)
        finishWord(&scratch)
      } else {
        grow(&scratch, by: scalar)
      }
      if scratch.identifiers.count >= enough { break }
    }
    finishWord(&scratch)
  }

  private func grow(_ scratch: inout Scratch, by scalar: UInt32) {
    scratch.wordScalars += 1
    if scalar < 0x80 {
      scratch.word.append(UInt8(scalar))
    } else if let scalar = Unicode.Scalar(scalar) {
      scratch.word.append(contentsOf: UTF8.encode(scalar) ?? UTF8.encodedReplacementCharacter)
    }
  }

  /// Appends the tokens of the current word: its longest pieces from the start, or the unknown token.
  private func finishWord(_ scratch: inout Scratch) {
    guard scratch.wordScalars > 0 else { return }
    defer {
      scratch.word.removeAll(keepingCapacity: true)
      scratch.wordScalars = 0
    }
    guard scratch.wordScalars <= Self.longestWord else {
      scratch.identifiers.append(unknown)
      return
    }
    let word = scratch.word
    let before = scratch.identifiers.count
    var start = 0
    while start < word.count {
      var hash = Vocabulary.hashSeed
      var found: (id: Int32, end: Int)?
      let limit = min(word.count, start + vocabulary.longestPiece)
      var end = start
      while end < limit {
        hash = Vocabulary.extend(hash, with: word[end])
        end += 1
        // A piece can end only where a scalar ends. One pass tries every end, at one hash step per byte.
        guard end == word.count || word[end] & 0xC0 != 0x80 else { continue }
        if let id = vocabulary.identifier(
          of: word[start..<end], hash: hash, continuing: start > 0)
        {
          found = (id, end)
        }
      }
      guard let found else {
        scratch.identifiers.removeLast(scratch.identifiers.count - before)
        scratch.identifiers.append(unknown)
        return
      }
      scratch.identifiers.append(found.id)
      start = found.end
    }
  }
}
