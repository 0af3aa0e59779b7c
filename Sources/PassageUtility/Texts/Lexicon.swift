/// Numbers the words of a file, in the order in which they first occur.
struct Lexicon {
  private var numbers: [String: Int32] = [:]

  var count: Int { numbers.count }

  mutating func number(of word: String) -> Int32 {
    if let known = numbers[word] { return known }
    let number = Int32(numbers.count)
    numbers[word] = number
    return number
  }

  mutating func numbers(of words: [String]) -> [Int32] { words.map { number(of: $0) } }
}

/// A text as numbers of words.
struct NumberedText {
  /// Stems of all words, in order.
  let stems: [Int32]
  /// Stems of the words that are not stop words, each once, ascending.
  let terms: [Int32]
  /// Folded words that begin with a capital and are not stop words, each once, ascending. Most of them
  /// are names.
  let capitals: [Int32]
  /// All folded words, each once, ascending.
  let words: [Int32]

  init(_ text: String, _ lexicon: inout Lexicon) {
    let folded = Words.of(text)
    stems = lexicon.numbers(of: folded.map(Words.stem))
    let content = folded.filter { !Words.stopWords.contains($0) }
    terms = Self.distinct(lexicon.numbers(of: content.map(Words.stem)))
    words = Self.distinct(lexicon.numbers(of: folded))
    capitals = Self.distinct(lexicon.numbers(of: Self.capitalised(text)))
  }

  private static func capitalised(_ text: String) -> [String] {
    text.unicodeScalars.split(whereSeparator: { !Words.isPart($0) }).compactMap { run in
      guard let first = run.first, first.properties.isUppercase else { return nil }
      let word = Words.fold(String(run))
      return word.count > 1 && !Words.stopWords.contains(word) ? word : nil
    }
  }

  private static func distinct(_ numbers: [Int32]) -> [Int32] { Array(Set(numbers)).sorted() }
}
