/// The texts of a file as numbered words, and how common the words are.
struct FileTexts {
  private var lexicon = Lexicon()
  private var known: [String: NumberedText] = [:]
  let stems: TermStatistics
  let terms: TermStatistics
  let words: TermStatistics

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

  /// A text's words; those of passages are known already.
  mutating func numbered(_ text: String) -> NumberedText {
    known[text] ?? NumberedText(text, &lexicon)
  }
}
