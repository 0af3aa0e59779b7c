import Concurrency
import Foundation
import Synchronization

/// What the evidence says of a label of a record: of the given one, and of each one that was drawn.
///
/// For each signal with probabilities p, and a label y: max over l ≠ y of log p(l) − log p(y), and
/// −log p(y). For the fused probabilities P the same two, the first also under the pair posterior, and
/// its percentile among the records of y; then the entropy of P and the log of the frequency of y. All
/// are higher the more suspect y is, but for the last two, whose direction is learned.
struct LabelFeatures: Sendable {
  /// Features per label.
  let width: Int
  /// Which feature is the margin under the pair posterior.
  let pairMargin: Int
  /// `annotated.count × width`: of the given labels, by the place in `Targets.annotated`.
  let given: Cells<Float>
  /// `learned.count × VirtualErrors.copies × width`: of the drawn labels, by the place in `learned`. A label
  /// that could not be drawn has zeros.
  let drawn: Cells<Float>
  /// P_T(y|i) under the pair posterior with exponent ½, 0…1, by the place in `Targets.annotated`:
  /// higher where the evidence agrees with the given label.
  let agreement: [Double]

  /// The features besides two for each signal.
  private static let common = 6
  private static let chunk = 64

  /// - Parameters:
  ///   - learned: the places in `Targets.annotated`, ascending, whose drawn labels have features. Only these are
  ///     learned from.
  ///   - progress: told how many labels are done; on any thread.
  /// - Complexity: O(n S K).
  init(
    outOfFold: OutOfFoldProbabilities, transition: NoiseTransition, posterior: PairPosterior,
    errors: VirtualErrors, learned: [Int], targets: Targets, similar: SimilarLabels?, threads: Int,
    progress: (@Sendable (Int) -> Void)? = nil
  ) {
    let signals = outOfFold.signals
    let width = 2 * signals.count + Self.common
    let copies = 1 + VirtualErrors.copies
    let count = targets.annotated.count
    let labelCount = targets.labelCount
    let given = Cells<Float>(repeating: 0, count: count * width)
    let drawn = Cells<Float>(repeating: 0, count: learned.count * VirtualErrors.copies * width)
    var placeAmongLearned = [Int32](repeating: -1, count: count)
    for (index, place) in learned.enumerated() { placeAmongLearned[place] = Int32(index) }
    let learnedPlaces = placeAmongLearned
    let agreement = Cells<Double>(repeating: 0, count: count)
    let roots = (0..<labelCount).map { given in
      transition.column(given: given).map { Float($0.squareRoot()) }
    }
    // Of all spellings together: else how rare a spelling is would tell the given label from the drawn ones.
    let frequencies = similar?.together(targets.frequencies) ?? targets.frequencies
    let logFrequencies = frequencies.map { Float(log(max($0, 1e-9))) }
    let ranking = MarginRanking(outOfFold, targets)

    @Sendable func label(_ place: Int, _ copy: Int) -> Int? {
      copy == 0
        ? targets.single(Int(targets.annotated[place]))
        : Int(errors.labels[place * VirtualErrors.copies + copy - 1])
    }
    /// The numbers of the labels of a record that have features: 0 for the given one.
    @Sendable func copiesOf(_ place: Int) -> Range<Int> {
      learnedPlaces[place] >= 0 ? 0..<copies : 0..<1
    }
    /// Where the features of a label of a record begin.
    @Sendable func beginning(_ place: Int, _ copy: Int) -> (cells: Cells<Float>, at: Int) {
      copy == 0
        ? (given, place * width)
        : (drawn, (Int(learnedPlaces[place]) * VirtualErrors.copies + copy - 1) * width)
    }
    let done = Atomic(0)
    Parallel.chunks(of: count, chunk: Self.chunk, threads: threads) { places in
      defer { progress?(done.wrappingAdd(places.count, ordering: .relaxed).newValue) }
      var block = LabelBlock(labelCount: labelCount)
      for run in Self.runs(of: places, in: targets) {
        let first = Int(targets.annotated[run.lowerBound])
        for (position, signal) in signals.enumerated() {
          signal.score(first..<first + run.count, into: &block)
          for place in run {
            let row = Int(targets.annotated[place])
            let start = (row - first) * labelCount
            if outOfFold.given[row * signals.count + position].isNaN {
              // The signal was left out for this record, so it says what the others say.
              for label in 0..<labelCount {
                block.values[start + label] = outOfFold.probability(row, label)
              }
            } else {
              similar?.gather(&block.values, from: start, own: targets.of(row))
            }
            let own = block.values[start..<start + labelCount]
            let leaders = Leaders(own)
            for copy in copiesOf(place) {
              guard let label = label(place, copy), label >= 0 else { continue }
              let log = logf(max(own[start + label], Signals.clip))
              let (out, begin) = beginning(place, copy)
              out[begin + 2 * position] = leaders.log(besides: label) - log
              out[begin + 2 * position + 1] = -log
            }
          }
        }
      }
      var paired: [Float] = []
      var fused: [Float] = []
      for place in places {
        let row = Int(targets.annotated[place])
        outOfFold.fused.read(row, into: &fused)
        let leaders = Leaders(fused)
        var entropy: Float = 0
        for value in fused where value > 0 { entropy -= value * logf(value) }
        for copy in copiesOf(place) {
          guard let label = label(place, copy), label >= 0 else { continue }
          let own = logf(max(fused[label], Signals.least))
          let margin = leaders.log(besides: label) - own
          posterior.write(row, given: label, into: &paired)
          let (out, begin) = beginning(place, copy)
          let common = begin + 2 * signals.count
          out[common] = margin
          out[common + 1] =
            Leaders(paired).log(besides: label)
            - logf(max(paired[label], Signals.least))
          out[common + 2] = -own
          out[common + 3] = entropy
          out[common + 4] = logFrequencies[label]
          out[common + 5] = ranking.percentile(of: margin, label: label)
        }
        if let own = targets.single(row) {
          var total: Float = 0
          for label in 0..<labelCount { total += fused[label] * roots[own][label] }
          agreement[place] = total > 0 ? Double(fused[own] * roots[own][own] / total) : 0
        }
      }
    }
    self.width = width
    pairMargin = 2 * signals.count + 1
    self.given = given
    self.drawn = drawn
    self.agreement = agreement.values
  }

  /// The places, cut where their rows do not follow each other, since signals score whole ranges of rows.
  private static func runs(of places: Range<Int>, in targets: Targets) -> [Range<Int>] {
    var runs: [Range<Int>] = []
    var start = places.lowerBound
    for place in places.dropFirst()
    where targets.annotated[place] != targets.annotated[place - 1] + 1 {
      runs.append(start..<place)
      start = place
    }
    runs.append(start..<places.upperBound)
    return runs
  }
}

/// The two highest of some probabilities.
private struct Leaders {
  private var first = -1
  private var highest: Float = 0
  private var second: Float = 0

  init(_ values: some Sequence<Float>) {
    var label = 0
    for value in values {
      if value > highest || first < 0 {
        if first >= 0 { second = highest }
        highest = value
        first = label
      } else if value > second {
        second = value
      }
      label += 1
    }
  }

  /// The log of the highest probability of a label other than this one.
  func log(besides label: Int) -> Float {
    logf(max(label == first ? second : highest, Signals.least))
  }
}

/// The fused margins of the records of each label, sorted.
private struct MarginRanking: Sendable {
  private let sorted: [[Float]]

  init(_ outOfFold: OutOfFoldProbabilities, _ targets: Targets) {
    var margins = [[Float]](repeating: [], count: targets.labelCount)
    var fused: [Float] = []
    for row in targets.annotated.map(Int.init) {
      guard let given = targets.single(row) else { continue }
      outOfFold.fused.read(row, into: &fused)
      margins[given].append(
        Leaders(fused).log(besides: given)
          - logf(max(fused[given], Signals.least)))
    }
    sorted = margins.map { $0.sorted() }
  }

  /// The share of the label's records with a smaller margin, equal ones counted half; ½ without any.
  func percentile(of margin: Float, label: Int) -> Float {
    let margins = sorted[label]
    guard !margins.isEmpty else { return 0.5 }
    let below = margins.partitioningIndex { $0 >= margin }
    let upTo = margins.partitioningIndex { $0 > margin }
    return Float(below + upTo) / 2 / Float(margins.count)
  }
}

extension Array {
  /// The first index at which the condition, which is false and then true, is true.
  fileprivate func partitioningIndex(where condition: (Element) -> Bool) -> Int {
    var (low, high) = (0, count)
    while low < high {
      let middle = (low + high) / 2
      if condition(self[middle]) { high = middle } else { low = middle + 1 }
    }
    return low
  }
}
