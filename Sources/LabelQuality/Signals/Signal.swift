/// One way to estimate the probability of every label of a record from the other records.
///
/// Each kind of signal has a file of its own; only `Signals.standard` lists them.
package protocol Signal: Sendable {
  /// The key under `evidence.signals` in the output.
  var name: String { get }
  /// Whether it reads the vectors, which say nothing about texts that the encoder does not know.
  var readsVectors: Bool { get }
  /// Whether it counts the labels of the nearest records, which say little about a record far from all
  /// others.
  var countsNeighbours: Bool { get }
  /// Fits the signal to the given labels.
  func fitted(to evidence: Evidence) -> any FittedSignal
}

extension Signal {
  package var countsNeighbours: Bool { false }
}

/// A signal that is fitted to a dataset.
package protocol FittedSignal: Sendable {
  /// Fills `block` with p(label | record), 0…1, for the records `rows`.
  ///
  /// The probabilities are out-of-fold: the record's own label is left out of every sum. They sum to 1
  /// over the labels; for multi-label, each label has a probability of its own.
  func score(_ rows: Range<Int>, into block: inout LabelBlock)
}

/// Probabilities of every label for a few records, row by row.
package struct LabelBlock: Sendable {
  package let labelCount: Int
  package private(set) var rows: Int
  /// `rows × labelCount` numbers.
  package var values: [Float]

  package init(labelCount: Int) {
    self.labelCount = labelCount
    rows = 0
    values = []
  }

  /// Resizes the block to `rows` records and sets every number to `value`.
  package mutating func reset(rows: Int, to value: Float = 0) {
    self.rows = rows
    let count = rows * labelCount
    if values.count == count {
      for index in 0..<count { values[index] = value }
    } else {
      values = [Float](repeating: value, count: count)
    }
  }
}
