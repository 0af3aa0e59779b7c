/// The quality of a text by 14 criteria, and its domain (DataMan, arXiv 2502.19363).
package struct Rating: Sendable, Hashable {
  /// The raw value is the name in the prompt, which the model writes in its reply.
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

  /// The range of a rating, 1…5; higher is better. For `sensitivity`, 5 means harmless.
  package static let range = 1...5

  package let domain: Domain
  private let ratings: [Int]

  /// Creates a rating from a number for every criterion.
  ///
  /// - Returns: nil if a number is missing or out of range.
  package init?(domain: Domain, ratings: [Criterion: Int]) {
    self.domain = domain
    self.ratings = Criterion.allCases.compactMap { ratings[$0] }.filter(Self.range.contains)
    guard self.ratings.count == Criterion.allCases.count else { return nil }
  }

  package subscript(criterion: Criterion) -> Int {
    zip(Criterion.allCases, ratings).first { $0.0 == criterion }?.1 ?? 0
  }

  /// The ratings of all criteria, in the paper's order.
  package var all: [(criterion: Criterion, rating: Int)] {
    zip(Criterion.allCases, ratings).map { ($0, $1) }
  }
}
