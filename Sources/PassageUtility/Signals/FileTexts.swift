/// The texts of a file as numbers of words, and how common these words are.
struct FileTexts {
  private var lexicon = Lexicon()
  private var known: [String: NumberedText] = [:]
  let stems: TermStatistics
  let terms: TermStatistics
  let words: TermStatistics

  /// Numbers the words of all passages.
  ///
  /// - Complexity: linear in the characters of the distinct passages.
  init(_ queries: [CandidateQuery]) {
    var order: [NumberedText] = []
    for query in queries {
      for passage in query.passages where known[passage] == nil {
        let numbered = NumberedText(passage, &lexicon)
        known[passage] = numbered
        order.append(numbered)
      }
    }
    stems = TermStatistics(order.map(\.stems))
    terms = TermStatistics(order.map(\.terms))
    words = TermStatistics(order.map(\.words))
  }

  /// A text as numbers of words; passages of the file are looked up and not computed again.
  mutating func numbered(_ text: String) -> NumberedText {
    known[text] ?? NumberedText(text, &lexicon)
  }
}
