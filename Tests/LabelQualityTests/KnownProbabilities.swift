import Vectors

@testable import LabelQuality

/// A signal whose probabilities the test chooses, so that everything after the fusion can be computed by
/// hand.
struct KnownSignal: Signal, FittedSignal {
  let readsVectors = false
  /// The probability of every label, by record.
  let rows: [[Float]]

  var name: String { "known" }
  func fitted(to evidence: Evidence) -> any FittedSignal { self }
  func score(_ range: Range<Int>, into block: inout LabelBlock) {
    block.reset(rows: range.count)
    block.values = range.flatMap { rows[$0] }
  }
}

/// Records whose out-of-fold probabilities are known.
struct KnownRecords {
  let data: AnnotatedSet
  let outOfFold: OutOfFoldProbabilities

  /// - Parameters:
  ///   - probabilities: the probability of every label, by record; the fused ones are the same.
  ///   - given: the given labels of every record; nil for a record without a label.
  init(
    _ probabilities: [[Float]], given: [[Int32]?], isMultiLabel: Bool = false,
    trusted: Set<Int> = [], slots: [LabelSlot]? = nil
  ) throws {
    let count = probabilities.count
    // No signal reads the vectors; they only have to differ from zero.
    let vectors = Matrix(
      rows: count, columns: 2,
      storage: (0..<count).flatMap { $0.isMultiple(of: 2) ? [1, 0] : [0, 1] as [Float] })
    data = AnnotatedSet(
      vectors: vectors,
      targets: Targets(
        given: given, labelCount: probabilities[0].count, isMultiLabel: isMultiLabel),
      words: nil, trusted: (0..<count).map(trusted.contains), votes: [:], meanings: nil,
      slots: slots)
    guard let evidence = try Evidence(of: data, search: PlainSearch(), threads: 1) else {
      throw NoAnnotation()
    }
    outOfFold = OutOfFoldProbabilities(of: evidence, signals: [KnownSignal(rows: probabilities)])
  }

  struct NoAnnotation: Error {}

  var transition: NoiseTransition {
    NoiseTransition(outOfFold: outOfFold, targets: data.targets, threads: 1)
  }

  var posterior: PairPosterior { PairPosterior(outOfFold: outOfFold, transition: transition) }

  var margins: LabelMargins {
    LabelMargins(outOfFold: outOfFold, posterior: posterior, targets: data.targets, threads: 1)
  }

  func errorProbabilities(rate: Double = 0.1, gate: LabelNameGate? = nil) -> ErrorProbabilities {
    ErrorProbabilities(margins, rate: rate, gate: gate, targets: data.targets)
  }
}
