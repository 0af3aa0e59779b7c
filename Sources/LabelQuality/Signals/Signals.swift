import Foundation
import Synchronization
package import Vectors
import Concurrency

/// The signals that are used.
package enum Signals {
  /// Every signal, in the order in which results list them. A new signal is added here.
  ///
  /// - Parameters:
  ///   - hasWords: whether records have words; without them there is no lexical signal.
  ///   - hasSpelling: whether `Evidence.spelling` is not nil.
  ///   - plausibility: `n × labelCount`, from a language model; nil where none was asked.
  ///   - hasVectors: whether any vector says something; without one there are no signals of vectors.
  package static func standard(
    hasWords: Bool, hasSpelling: Bool, plausibility: Matrix? = nil, hasVectors: Bool = true
  ) -> [any Signal] {
    let spatial: [any Signal] =
      !hasVectors && hasWords
      ? []
      : [
        NeighbourhoodSignal(name: "knn50", k: 50),
        NeighbourhoodSignal(name: "wknn", k: 30, in: .whitened),
        RidgeSignal(),
      ]
    let lexical: [any Signal] = hasWords ? [LexicalSignal()] : []
    let spelling: [any Signal] =
      hasSpelling
      ? [
        RidgeSignal(
          name: "spelling", in: .spelling, penalties: geometric(from: 0.01, to: 100, count: 9))
      ] : []
    let joint: [any Signal] =
      hasSpelling && hasVectors
      ? [
        RidgeSignal(name: "joint", in: .joint),
        NeighbourhoodSignal(name: "joint50", k: 50, in: .joint),
      ] : []
    return spatial + lexical + spelling + joint
      + (plausibility.map { [PlausibilitySignal(scores: $0)] } ?? [])
  }

  /// Smaller probabilities are raised to this, so that no signal alone can exclude a label;
  /// docs/METHODS.md, section 1.
  static let clip: Float = 1e-5
  /// Smaller numbers are raised to this before a logarithm.
  static let least: Float = 1e-30
}

/// The probability of every label of every record, fused from all signals.
///
/// Out-of-fold means that no probability of a record depends on the record's own label.
package struct OutOfFoldProbabilities: Sendable {
  package let labelCount: Int
  /// The fused probability of every label. Those of a record sum to 1, except for multi-label.
  package let fused: LabelProbabilities
  /// In the order of the columns of `given`.
  package let signalNames: [String]
  /// The signals, fitted; none after `releaseSignals`.
  private(set) var signals: [any FittedSignal]
  /// `n × signals`: each signal's probability of the given label, 0…1, higher is more credible; for
  /// multi-label, of the least credible membership; NaN for records without a label, and for signals that
  /// were left out.
  package let given: [Float]

  /// Fits every signal, computes its probabilities and fuses them.
  ///
  /// Records that the encoder cannot read have only the signals that read no vectors, and outliers only those
  /// that count no neighbours.
  ///
  /// The fusion is the normalised geometric mean of the clipped probabilities; for multi-label, the
  /// geometric mean of each label's odds. docs/METHODS.md, section 1.
  /// - Complexity: O(n K) per signal, in memory O(n K) in all.
  ///
  /// - Parameter progress: told how many records are done; on any thread.
  package init(
    of evidence: Evidence, signals: [any Signal], progress: (@Sendable (Int) -> Void)? = nil
  ) {
    let targets = evidence.targets
    let labelCount = targets.labelCount
    let fitted = signals.map { $0.fitted(to: evidence) }
    let fused = LabelProbabilities(rows: targets.count, labelCount: labelCount)
    let given = Cells<Float>(repeating: .nan, count: targets.count * signals.count)
    // The more labels, the fewer rows in a block, so that blocks fit into the cache.
    let chunk = max(1, min(128, 65_536 / max(labelCount, 1)))
    let share = 1 / Float(max(signals.count, 1))
    let blind = signals.count { !$0.readsVectors }
    let isLegible = evidence.data.isLegible
    // Without another signal, that of the vectors is better than none.
    let skips = blind > 0 && isLegible.contains(false)
    let similar = evidence.data.similarLabels
    // Of a record, the signals that say nothing about it are left out.
    let isOutlier = evidence.isOutlier
    @Sendable func leavesOut(_ signal: any Signal, _ row: Int) -> Bool {
      if skips, !isLegible[row] { return signal.readsVectors }
      return signal.countsNeighbours && isOutlier[row]
    }
    let done = Atomic(0)
    Parallel.chunks(of: targets.count, chunk: chunk, threads: evidence.threads) { rows in
      defer { progress?(done.wrappingAdd(rows.count, ordering: .relaxed).newValue) }
      var block = LabelBlock(labelCount: labelCount)
      var total = LabelBlock(labelCount: labelCount)
      total.reset(rows: rows.count)
      for (position, signal) in fitted.enumerated() {
        signal.score(rows, into: &block)
        if let similar {
          for row in rows {
            similar.gather(
              &block.values, from: (row - rows.lowerBound) * labelCount, own: targets.of(row))
          }
        }
        let own = signals[position]
        for row in rows where !leavesOut(own, row) {
          given[row * signals.count + position] = Self.ownProbability(
            of: row, in: block, at: row - rows.lowerBound, targets: targets)
        }
        for row in rows where !leavesOut(own, row) {
          let start = (row - rows.lowerBound) * labelCount
          let ownShare =
            isOutlier[row] || skips && !isLegible[row]
            ? 1 / Float(signals.count { !leavesOut($0, row) }) : share
          for index in start..<start + labelCount {
            let probability = max(block.values[index], Signals.clip)
            total.values[index] +=
              targets.isMultiLabel
              ? ownShare * (logf(probability) - logf(max(1 - block.values[index], Signals.clip)))
              : ownShare * logf(probability)
          }
        }
      }
      if targets.isMultiLabel {
        for index in total.values.indices {
          total.values[index] = 1 / (1 + expf(-total.values[index]))
        }
      } else {
        total.softmax(sharpness: 1)
      }
      fused.write(total.values, from: rows.lowerBound)
    }
    self.labelCount = labelCount
    self.fused = fused
    self.signalNames = signals.map(\.name)
    self.signals = fitted
    self.given = given.values
  }

  /// Lets go of the signals, whose graphs are most of what a large file takes, once nothing is asked of them.
  mutating func releaseSignals() { signals = [] }

  /// The probability of the given label, as `given` has it.
  private static func ownProbability(
    of row: Int, in block: LabelBlock, at place: Int, targets: Targets
  ) -> Float {
    let start = place * block.labelCount
    if let label = targets.single(row) { return block.values[start + label] }
    guard targets.isMultiLabel, targets.isAnnotated[row] else { return .nan }
    var least: Float = 1
    // Both the given labels and the loop ascend.
    var own = targets.of(row)
    for label in 0..<block.labelCount {
      let probability = block.values[start + label]
      let isGiven = own.first == Int32(label)
      if isGiven { own.removeFirst() }
      least = min(least, isGiven ? probability : 1 - probability)
    }
    return least
  }

  /// The fused probability of one label of a record, 0…1.
  package func probability(_ row: Int, _ label: Int) -> Float { fused[row, label] }

  /// The two likeliest labels of a record, ties by label number. With one label, both are that one.
  /// - Complexity: O(K).
  package func topTwo(_ row: Int) -> (first: Int, second: Int) {
    var first = 0
    var second = labelCount > 1 ? 1 : 0
    if labelCount > 1, probability(row, 1) > probability(row, 0) { swap(&first, &second) }
    for label in 2..<max(labelCount, 2) {
      let value = probability(row, label)
      if value > probability(row, first) {
        second = first
        first = label
      } else if value > probability(row, second) {
        second = label
      }
    }
    return (first, second)
  }
}
