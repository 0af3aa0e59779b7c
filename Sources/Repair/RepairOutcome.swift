package import Vectors

/// How a dataset is to be repaired.
package struct RepairOptions: Sendable {
  package var mode: CorrectionMode
  /// A credibility, 0…1: only records below it are flagged. Nil flags wherever the likeliest label
  /// is not the given one.
  package var flagBelow: Double?
  package var threads: Int

  package init(mode: CorrectionMode = .auto, flagBelow: Double? = nil, threads: Int = 1) {
    self.mode = mode
    self.flagBelow = flagBelow
    self.threads = threads
  }
}

/// What repairing found, with all that explains it.
package struct RepairOutcome: Sendable {
  /// One per record.
  package let judgements: [Judgement]
  /// How much each record's given label helps to predict its neighbours' labels, in predictions:
  /// `NeighbourShapley` says how. Higher is better, negative does harm; nil where none was given.
  package let utilities: [Double?]
  /// The neighbours that were asked.
  package let graph: NeighbourGraph
  package let signalNames: [String]
  /// `n × signals`: each signal's probability of the given label; NaN without one.
  package let signalsOfGiven: [Float]
  /// Nil where label names could not be read, or where there is nothing to ask them.
  package let witness: Witness?
  package let errorRate: ErrorRate?
  /// `(given label, label that the evidence prefers, records)`, most records first.
  package let disagreements: [(given: Int32, preferred: Int32, count: Int)]
}

/// Share of annotations that are wrong, 0…1, with a range that it should lie in.
package struct ErrorRate: Sendable, Equatable {
  package let estimate: Double
  package let low: Double
  package let high: Double
  /// Whether the names of the labels bear witness to it; without them noise in the labels and
  /// blindness of the model look the same, and the range is wide.
  package let isWitnessed: Bool
}
