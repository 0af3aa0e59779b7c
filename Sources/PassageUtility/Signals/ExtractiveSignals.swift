import Foundation

/// The signals that come from the texts alone: how much each passage of a query helps; one value per
/// passage in every list, higher is more useful.
///
/// docs/METHODS.md, section 4.
struct ExtractiveSignals {
  /// The mean of two cosines: of query and passage, and of query and nearest sentence; −1…1.
  let dense: [Double]
  /// BM25 over the stems of all words, as a share of its upper bound, 0…1. A term's weight is the product
  /// of its weights in the file and among the query's own passages, because a term that all passages
  /// have does not tell them apart.
  let lexical: [Double]
  /// The share of the query's terms, each by its weight, that this passage has and the best of the other
  /// passages lacks; 0…1.
  let residual: [Double]
  /// How far the names in this passage, without those in the query, are also names in good passages;
  /// 0…1. Such names connect the parts of an answer that needs more than one passage.
  let bridge: [Double]
  /// The largest share of the query's terms in a sentence that has a word of the kind that the query asks
  /// for; 0…1.
  let cue: [Double]

  /// Typical differences within a query, measured on the development sets; one unit of each signal.
  static let denseUnit = 0.13
  static let lexicalUnit = 0.15
  /// How many of the best passages by first score `bridge` compares with every passage: they have almost
  /// all of the weight, and the limit keeps a query of 1,000 passages quick.
  static let bridgePassages = 64

  /// Computes the signals of a query's passages.
  ///
  /// - Parameters:
  ///   - question: the query, or the query followed by an answer.
  ///   - similarities: to that question.
  /// - Complexity: O(words + n · bridgePassages · names) for n passages.
  init(
    _ question: String, _ query: CandidateQuery, _ similarities: Similarities.ToQuestion,
    in file: inout FileTexts
  ) {
    let passages = query.passages.map { file.numbered($0) }
    let asked = file.numbered(question)
    let count = passages.count
    dense = (0..<count).map { (similarities.passage[$0] + similarities.sentence[$0]) / 2 }

    let ownStems = TermStatistics(passages.map(\.stems))
    let ownTerms = TermStatistics(passages.map(\.terms))
    let (stems, terms, words) = (file.stems, file.terms, file.words)
    let stemWeight = { (term: Int32) in stems.weight(of: term) * ownStems.weight(of: term) }
    let termWeight = { (term: Int32) in terms.weight(of: term) * ownTerms.weight(of: term) }
    let meanLength =
      count > 0 ? Double(passages.reduce(0) { $0 + $1.stems.count }) / Double(count) : 0
    let queryStems = Array(Set(asked.stems)).sorted()
    let most = BM25.highest(query: queryStems, weight: stemWeight)
    lexical = passages.map {
      BM25.share(
        query: queryStems, most: most, passage: $0.stems, meanLength: meanLength,
        weight: stemWeight)
    }

    // `residual` and `bridge` compare each passage with the others that are best by this first score.
    var first: [Double] = []
    for index in 0..<count {
      first.append(dense[index] / Self.denseUnit + lexical[index] / Self.lexicalUnit)
    }
    let order = (0..<count).sorted { (-first[$0], $0) < (-first[$1], $1) }
    residual = Self.residual(
      query.passages, passages, asked: asked.terms, order: order, weight: termWeight)
    bridge = Self.bridge(
      query.passages, passages, asked: asked.words, first: first, order: order,
      weight: { words.weight(of: $0) })
    cue = Self.cue(question, asked, query.sentences, in: &file)
  }

  private static func residual(
    _ texts: [String], _ passages: [NumberedText], asked: [Int32], order: [Int],
    weight: (Int32) -> Double
  ) -> [Double] {
    let total = asked.reduce(0) { $0 + weight($1) }
    guard total > 0 else { return passages.map { _ in 0 } }
    // A copy of a passage has the same terms, so comparing the two would always give 0. So a passage is
    // compared with the best of all, and copies of that one with the best other text.
    let first = order.first
    let second = order.first { texts[$0] != texts[first ?? 0] }
    return passages.indices.map { index in
      let best = first.flatMap { texts[$0] == texts[index] ? second : $0 }
      let own = asked.shared(with: passages[index].terms)
      let lacking = own.filter { term in
        best.map { !passages[$0].terms.holds(term) } ?? true
      }
      return lacking.reduce(0) { $0 + weight($1) } / total
    }
  }

  private static func bridge(
    _ texts: [String], _ passages: [NumberedText], asked: [Int32], first: [Double], order: [Int],
    weight: (Int32) -> Double
  ) -> [Double] {
    let names = passages.map { $0.capitals.filter { !asked.holds($0) } }
    let totals = names.map { $0.reduce(0) { $0 + weight($1) } }
    let best = order.prefix(bridgePassages)
    let highest = order.first.map { first[$0] } ?? 0
    return passages.indices.map { index in
      var sum = 0.0
      var shares = 0.0
      for other in best where texts[other] != texts[index] {
        let share = exp(first[other] - highest)
        shares += share
        let smaller = min(totals[index], totals[other])
        guard smaller > 0 else { continue }
        let common = names[index].shared(with: names[other]).reduce(0) { $0 + weight($1) }
        sum += share * common / smaller
      }
      return shares > 1e-12 ? sum / shares : 0
    }
  }

  private static func cue(
    _ question: String, _ asked: NumberedText, _ sentencesOfPassages: [[String]],
    in file: inout FileTexts
  ) -> [Double] {
    let words = Words.of(question)
    guard let type = AnswerType(query: words) else { return sentencesOfPassages.map { _ in 0 } }
    let known = Set(words)
    let total = asked.terms.reduce(0) { $0 + file.terms.weight(of: $1) }
    guard total > 0 else { return sentencesOfPassages.map { _ in 0 } }
    var values: [Double] = []
    for sentences in sentencesOfPassages {
      var best = 0.0
      for sentence in sentences where type.isFound(in: sentence, besides: known) {
        let terms = file.numbered(sentence).terms
        let covered = asked.terms.shared(with: terms)
          .reduce(0) { $0 + file.terms.weight(of: $1) }
        best = max(best, covered / total)
      }
      values.append(best)
    }
    return values
  }
}
