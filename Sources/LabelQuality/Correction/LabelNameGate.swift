import Foundation
import Vectors
import Concurrency

/// Decides by the meaning of the label *names* whether `auto` may change labels, and which ones.
///
/// The given labels alone cannot tell noise in the labels from mistakes of the out-of-fold
/// probabilities. The meaning of the names is independent evidence, because it is computed without
/// the given labels. Records on which probabilities and annotators agree show how well the names
/// pick the right label. If the names pick it well, and also prefer the other label in the
/// disagreements, then the disagreements are noise in the labels. docs/METHODS.md, section 2.
package struct LabelNameGate: Sendable {
  /// The gate can be open from this informativeness on; docs/METHODS.md, section 2.
  package static let openFrom = 0.25
  /// The gate can be open from this `rightShare` on; below it, changes would correct hardly more
  /// labels than they damage.
  package static let leastRightShare = 0.6

  /// Mean over the disagreements of max(0, a − b)², 0…1, with a and b as `init` defines them. Higher
  /// means that the names tell better which of two labels is right.
  package let informativeness: Double
  /// Estimated share of disagreements in which the likeliest label is right and the given one wrong,
  /// 0…1; nil where the names cannot tell the labels apart. The estimate runs high by .05–.10,
  /// because disagreements are harder than agreements.
  package let rightShare: Double?
  /// Records whose likeliest label is not the given one, most certain first.
  package let disagreements: [Int32]
  /// For each of `disagreements`: whether the names prefer the likeliest label to the given one.
  package let agrees: [Bool]
  private let found: Disagreements

  /// With fewer disagreements, the estimates above are not reliable.
  package static let fewestDisagreements = 10
  package var isOpen: Bool { namesAgree && disagreementsLookWrong }

  /// Whether the names tell the labels apart, and prefer the likeliest label in the disagreements.
  package var namesAgree: Bool {
    disagreements.count >= Self.fewestDisagreements && informativeness >= Self.openFrom
      && (rightShare ?? 0) >= Self.leastRightShare
  }

  /// Whether the disagreements look like wrong labels, and not only like records that are hard to
  /// predict. docs/METHODS.md, section 2.
  package var disagreementsLookWrong: Bool { found.lookWrong(rightShare: rightShare ?? 0) }

  /// The records whose labels `auto` changes: the disagreements that look like known errors and for
  /// which the names prefer the likeliest label, except the least certain tenth of all annotated
  /// records.
  package var changes: [Int32] {
    guard isOpen else { return [] }
    return found.differing.indices.compactMap {
      agrees[$0] && found.differing[$0].canChange ? disagreements[$0] : nil
    }
  }

  /// Compares every record with the meanings of the label names; docs/METHODS.md, section 2.
  ///
  /// P are the out-of-fold probabilities and y is the given label. A record's certainty is the log of
  /// the first over the second of P. z_i(l) is the cosine of record i with the meaning of label l,
  /// centred per label over the records. Agreements of class k are the records with argmax P = y = k;
  /// the less certain half of them counts. α_kl is the share of these with z(k) > z(l), add-one
  /// smoothed. For a disagreement (argmax P = l ≠ y), a = α_{l,y} and b = 1 − α_{y,l}: the
  /// probabilities that the names prefer l to y if l is right and if y is right.
  ///
  /// - Parameter detector: nil to ask the names alone.
  /// - Complexity: O(n K d).
  package init(
    outOfFold: OutOfFoldProbabilities, detector: ErrorDetector? = nil, targets: Targets,
    meanings: LabelMeanings, threads: Int
  ) {
    self.init(
      Disagreements(outOfFold: outOfFold, detector: detector, targets: targets),
      meanings: meanings, threads: threads)
  }

  /// The same, where agreements and disagreements are known.
  init(_ found: Disagreements, meanings: LabelMeanings, threads: Int) {
    let rows = found.rows
    let names = meanings.names
    let labelCount = names.rows
    var centre = [Double](repeating: 0, count: names.columns)
    meanings.records.forEachBlock(threads: threads) { _, values in
      for start in stride(from: 0, to: values.count, by: max(names.columns, 1)) {
        for column in 0..<names.columns { centre[column] += Double(values[start + column]) }
      }
    }
    let count = Double(max(meanings.records.rows, 1))
    let centreRow = Matrix(
      rows: 1, columns: names.columns, storage: centre.map { Float($0 / count) })
    let offsets = centreRow.timesTransposed(names, threads: 1).storage

    // α_kl is computed only for the pairs of labels that occur among the disagreements.
    let needed = Set(
      found.differing.flatMap { pair -> [Int64] in
        [Self.key(pair.likeliest, pair.given), Self.key(pair.given, pair.likeliest)]
      })
    let rivals = Dictionary(grouping: needed.sorted()) { Int($0 >> 32) }
    let shares = Cells<Double>(repeating: 0.5, count: max(needed.count, 1))
    let order = needed.sorted()
    let place = Dictionary(uniqueKeysWithValues: order.enumerated().map { ($1, $0) })
    Parallel.chunks(of: labelCount, chunk: 1, threads: threads) { range in
      for label in range {
        guard let keys = rivals[label] else { continue }
        let lessCertain = found.lessCertainAgreements(of: label)
        var wins = [Double](repeating: 1, count: keys.count)
        var scores = [Float](repeating: 0, count: labelCount)
        var own: [Float] = []
        for position in lessCertain {
          meanings.records.read(rows[position...position], into: &own)
          multiply(own, by: names, into: &scores)
          for (index, key) in keys.enumerated() {
            let rival = Int(key & 0xFFFF_FFFF)
            if scores[label] - offsets[label] > scores[rival] - offsets[rival] {
              wins[index] += 1
            }
          }
        }
        for (index, key) in keys.enumerated() {
          guard let cell = place[key] else { continue }
          shares[cell] = wins[index] / Double(lessCertain.count + 2)
        }
      }
    }

    var preferences: [PreferenceStatistics.Preference] = []
    preferences.reserveCapacity(found.differing.count)
    var scores = [Float](repeating: 0, count: labelCount)
    var own: [Float] = []
    for pair in found.differing {
      meanings.records.read(rows[pair.position...pair.position], into: &own)
      multiply(own, by: names, into: &scores)
      preferences.append(
        PreferenceStatistics.Preference(
          ifRight: place[Self.key(pair.likeliest, pair.given)].map { shares[$0] } ?? 0.5,
          ifWrong: 1 - (place[Self.key(pair.given, pair.likeliest)].map { shares[$0] } ?? 0.5),
          isForLikeliest: scores[pair.likeliest] - offsets[pair.likeliest]
            > scores[pair.given] - offsets[pair.given]))
    }
    let statistics = PreferenceStatistics(preferences)
    informativeness = statistics.informativeness
    rightShare = statistics.rightShare
    disagreements = found.differing.map { rows[$0.position] }
    agrees = preferences.map(\.isForLikeliest)
    self.found = found
  }

  private static func key(_ first: Int, _ second: Int) -> Int64 {
    Int64(first) << 32 | Int64(second)
  }
}
