/// One view of which label a record should have.
///
/// A signal is one file; `Signals.standard` is the one place that lists them.
package protocol Signal: Sendable {
  /// The key under `evidence.signals` in the output.
  var name: String { get }
  /// Learns what it needs from the given labels.
  func fitted(to evidence: Evidence) -> any FittedSignal
}

/// A signal that has seen the dataset.
package protocol FittedSignal: Sendable {
  /// Fills `block` with p(label | record), 0…1, for the records `rows`.
  ///
  /// The probabilities of a record have never seen its own label: it is left out of every sum.
  /// They sum to 1 over the labels, but for multi-label, where each stands alone.
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

  /// Makes room for `rows` records; what was in it is overwritten by `value`.
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
