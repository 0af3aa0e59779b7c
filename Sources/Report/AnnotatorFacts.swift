/// How the annotators of a file agree, and how good each of them is.
package struct AnnotatorFacts: Sendable, Codable, Equatable {
  package struct Row: Sendable, Codable, Equatable {
    package var annotator: String
    package var votes: Int
    /// Share of the votes that are the consensus, among those on records with several votes, 0…1, higher is
    /// better; nil where there is none.
    package var agreement: Double?
    /// Estimated probability that a vote is right, 0…1, higher is better; nil where there are too few votes
    /// to estimate it.
    package var accuracy: Double?

    package init(annotator: String, votes: Int, agreement: Double?, accuracy: Double?) {
      self.annotator = annotator
      self.votes = votes
      self.agreement = agreement
      self.accuracy = accuracy
    }
  }

  /// Number of records with votes.
  package var records: Int
  /// Krippendorff's α: 1 for perfect agreement, 0 for agreement by chance; nil where it is not defined.
  package var alpha: Double?
  /// How the consensus was found: `dawid-skene`, or `majority` where there are too few votes.
  package var consensus: String
  /// Number of annotators.
  package var count: Int
  /// How much the votes count, 0…1: below 1 where annotators agree more often than the estimated errors of the
  /// file allow for independent ones. Nil where votes are not weighed.
  package var weight: Double?
  /// The annotators with the most votes, most votes first; `mostListed` at most.
  package var annotators: [Row]

  /// As many as a person can look at; a crowd may have thousands.
  package static let mostListed = 100
  /// A lower weight is worth a word.
  private static let leastUsual = 0.95

  package init(
    records: Int, alpha: Double?, consensus: String, count: Int, weight: Double? = nil,
    annotators: [Row]
  ) {
    self.records = records
    self.alpha = alpha
    self.consensus = consensus
    self.count = count
    self.weight = weight
    self.annotators = annotators
  }

  /// The facts with every number rounded by `short`.
  func rounded(_ short: (Double) -> Double) -> AnnotatorFacts {
    var copy = self
    copy.alpha = alpha.map(short)
    copy.weight = weight.map(short)
    for index in annotators.indices {
      copy.annotators[index].agreement = annotators[index].agreement.map(short)
      copy.annotators[index].accuracy = annotators[index].accuracy.map(short)
    }
    return copy
  }

  /// The facts in a sentence for a terminal.
  var sentence: String {
    func share(_ value: Double) -> String { "\((value * 100).rounded() / 100)" }
    var sentence =
      "\(String(counting: count, "annotator")) voted on \(String(counting: records, "record"))"
    if let alpha { sentence += "; Krippendorff's alpha is \(share(alpha))" }
    let worst = annotators.filter { $0.accuracy != nil }
      .min { ($0.accuracy ?? 1, $0.annotator) < ($1.accuracy ?? 1, $1.annotator) }
    if let worst, let accuracy = worst.accuracy, annotators.count > 1 {
      sentence += "; the least accurate is \(worst.annotator) (\(share(accuracy)))"
    }
    if let weight, weight < Self.leastUsual {
      sentence +=
        "; they agree more than the evidence bears out, so their votes count \(share(weight)) of what "
        + "independent votes would"
    }
    return sentence + "."
  }
}
