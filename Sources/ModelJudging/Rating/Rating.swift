/// The quality of a text by 14 criteria, and its domain (DataMan, arXiv 2502.19363).
package struct Rating: Sendable, Hashable {
  /// The raw value is the name that a model is asked by and writes.
  package enum Criterion: String, Sendable, CaseIterable {
    case accuracy, coherence
    case languageConsistency = "language consistency"
    case semanticDensity = "semantic density"
    case knowledgeNovelty = "knowledge novelty"
    case topicFocus = "topic focus"
    case creativity, professionalism
    case styleConsistency = "style consistency"
    case grammaticalDiversity = "grammatical diversity"
    case structuralStandardisation = "structural standardisation"
    case originality, sensitivity, overall
  }

  package enum Domain: String, Sendable, CaseIterable {
    case medicine, finance, law, education, technology, entertainment, mathematics, coding
    case government, culture, transportation, retail, telecommunication, agriculture, other
  }

  /// 1…5, high is better; 5 for `sensitivity` is harmless.
  package static let range = 1...5

  package let domain: Domain
  private let ratings: [Int]

  /// Takes a rating for every criterion.
  ///
  /// - Returns: nil where one is missing or out of range.
  package init?(domain: Domain, ratings: [Criterion: Int]) {
    self.domain = domain
    self.ratings = Criterion.allCases.compactMap { ratings[$0] }.filter(Self.range.contains)
    guard self.ratings.count == Criterion.allCases.count else { return nil }
  }

  package subscript(criterion: Criterion) -> Int {
    zip(Criterion.allCases, ratings).first { $0.0 == criterion }?.1 ?? 0
  }

  /// In the paper's order.
  package var all: [(criterion: Criterion, rating: Int)] {
    zip(Criterion.allCases, ratings).map { ($0, $1) }
  }
}
