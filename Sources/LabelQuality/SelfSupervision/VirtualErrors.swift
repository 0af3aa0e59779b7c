import Concurrency
import Foundation

/// Wrong labels that are drawn for every record, as the noise in the file would have made them.
///
/// No label of a record enters its own out-of-fold probabilities, so a record can be given another
/// label without computing any signal anew: only what is compared with the label changes. For record i
/// with the given label y, a label l ≠ y is drawn with a probability proportional to
/// T(y → l)·√P(l|i) in nine of ten cases, and to the frequency of l else. Another spelling of y is no wrong label,
/// and of other labels the spelling is drawn that has their probability. docs/METHODS.md, section 1.
struct VirtualErrors: Sendable {
  /// How many labels are drawn for each record.
  static let copies = 2
  /// Log-probabilities are rounded to one part in so many for the seed of a record.
  private static let steps = 64.0
  /// The share of labels that are drawn by the transition.
  static let transitionShare = 0.9

  /// `annotated.count × copies` labels, by the place in `Targets.annotated`; −1 where no other label
  /// can be drawn.
  let labels: [Int32]
  /// Σ_{l≠y} T(y → l)·√P(l|i), by the place in `Targets.annotated`, at least 0: how strongly noise of
  /// this kind attracts the record.
  let attraction: [Double]

  /// - Complexity: O(n K).
  init(
    outOfFold: OutOfFoldProbabilities, transition: NoiseTransition, targets: Targets,
    similarLabels: SimilarLabels? = nil, seed: UInt64, threads: Int
  ) {
    let count = targets.annotated.count
    let labelCount = targets.labelCount
    let labels = Cells<Int32>(repeating: -1, count: count * Self.copies)
    let attraction = Cells<Double>(repeating: 0, count: count)
    let rows = transition.rows().map { $0.map(Float.init) }
    let shares = similarLabels?.together(targets.frequencies) ?? targets.frequencies
    @Sendable func isOther(_ label: Int, than given: Int) -> Bool {
      label != given && similarLabels?.areSimilar(label, given) != true
    }
    Parallel.chunks(of: count, chunk: 128, threads: threads) { places in
      var weights = [Double](repeating: 0, count: labelCount)
      for place in places {
        let row = Int(targets.annotated[place])
        guard let given = targets.single(row) else { continue }
        var total = 0.0
        var digest = UInt64(given)
        for label in 0..<labelCount {
          let probability = max(outOfFold.probability(row, label), Signals.clip)
          // Rounded, because another order of the file changes the last bits of sums.
          let rounded = Int64(exactly: (Double(logf(probability)) * Self.steps).rounded()) ?? 0
          digest = (digest ^ UInt64(bitPattern: rounded)) &* 0x9E37_79B9_7F4A_7C15
          digest ^= digest >> 32
          weights[label] =
            isOther(label, than: given)
            ? Double(rows[given][label]) * Double(probability).squareRoot() : 0
          total += weights[label]
        }
        attraction[place] = total
        // One generator for each record, seeded by what is known of it: so neither the threads nor the
        // order of the file matter.
        var generator = SplitMix64(seed: seed &+ digest)
        for copy in 0..<Self.copies {
          let isByTransition = generator.uniform() < Self.transitionShare && total > 0
          let drawn = generator.uniform()
          let label = Int32(
            isByTransition
              ? Self.draw(drawn * total, among: labelCount) { weights[$0] }
              : Self.draw(drawn * (1 - shares[given]), among: labelCount) {
                isOther($0, than: given) ? targets.frequencies[$0] : 0
              })
          labels[place * Self.copies + copy] =
            label < 0
            ? label
            : similarLabels?.spelling(of: label, own: CollectionOfOne(Int32(given))) ?? label
        }
      }
    }
    self.labels = labels.values
    self.attraction = attraction.values
  }

  /// The first label at which the running sum of the weights exceeds `threshold`, else the last one
  /// with a weight; −1 if there is none.
  static func draw(_ threshold: Double, among count: Int, _ weight: (Int) -> Double) -> Int {
    var sum = 0.0
    var last = -1
    for label in 0..<count {
      let own = weight(label)
      guard own > 0 else { continue }
      sum += own
      last = label
      if sum > threshold { break }
    }
    return last
  }
}
