package import Assessments
package import Vectors

/// What the assessment of a dataset's labels found, with all that explains it.
package struct AssessedLabels: Sendable {
  /// One per record.
  package let assessments: [LabelAssessment]
  /// How much each record's given label helps to predict its neighbours' labels, in predictions:
  /// `NeighbourShapley` says how. Higher is better, negative does harm; nil where none was given.
  package let dataValues: [Double?]
  /// The neighbours that were asked.
  package let graph: NeighbourGraph
  package let signalNames: [String]
  /// `n × signals`: each signal's probability of the given label; NaN without one.
  package let signalsOfGiven: [Float]
  /// Nil where label names could not be read, or where there is nothing to ask them.
  package let labelNameGate: LabelNameGate?
  package let errorRate: ErrorRate?
  /// `(given label, label that the evidence prefers, records)`, most records first.
  package let disagreements: [(given: Int32, preferred: Int32, count: Int)]
}
