package import Assessments
package import Vectors

/// The assessments of a dataset's labels, with the evidence that explains them.
package struct AssessedLabels: Sendable {
  /// One per record.
  package let assessments: [LabelAssessment]
  /// The data value of each record, as `NeighbourShapley` defines it: how much its given label helps
  /// to predict its neighbours' labels, in predictions. Higher is better, and below 0 it makes
  /// predictions worse; nil where no label was given.
  package let dataValues: [Double?]
  /// The `nearestKept` nearest annotated records of every record; none where no record is annotated.
  package let graph: NeighbourGraph
  /// How many neighbours are kept to explain results: a million records with all of them would take 400 MB.
  package static let nearestKept = 5
  /// The least share of the true neighbours that a graph has, 0…1, measured on a sample; nil where all were
  /// searched exactly.
  package var searchRecall: Double?
  /// Whether each record is far from all others, `Evidence.isOutlier`; empty where no record has a label.
  package var isOutlier: [Bool] = []
  /// In the order in which `signalsOfGiven` lists them.
  package let signalNames: [String]
  /// `n × signals`: `OutOfFoldProbabilities.given`.
  package let signalsOfGiven: [Float]
  /// Nil without vectors of the label names, with a single label, for multi-label, and where no record
  /// is annotated.
  package let labelNameGate: LabelNameGate?
  /// Nil where no language model was asked, with a single label, for multi-label, and where the records tell
  /// nothing about their labels.
  package var labelComparisonGate: LabelComparisonGate?
  /// False where the records tell nothing about their labels (`Learnability`): then only trusted
  /// duplicates and votes are evidence, and no other label has a credibility or is flagged.
  package let isJudged: Bool
  /// What the test of that counted; nil for multi-label and without a label.
  package var predictions: PredictionCounts?
  /// How much the votes count, 0…1, `VoteWeight`; nil where nobody voted, and for multi-label.
  package var voteWeight: Double?
  /// Nil for multi-label, with a single label and with too few annotations.
  package let errorRate: ErrorRate?
  /// `(given label, likeliest label, records)`, most records first; empty for multi-label.
  package let disagreements: [(given: Int32, preferred: Int32, count: Int)]
  /// By record, the label that the evidence prefers to the given one; −1 where it prefers none. Empty where
  /// `disagreements` is.
  package var preferred: [Int32] = []
}

/// How well the records predict each other's labels, beside naming the commonest label each time.
package struct PredictionCounts: Sendable {
  /// Annotated records.
  package let records: Int
  /// Those whose likeliest label, by the other records, is the given one.
  package let right: Int
  /// Those that have the commonest label.
  package let commonest: Int
}
