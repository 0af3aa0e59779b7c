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
  /// How many of `disagreements` come before the first one that is among the least certain tenth of
  /// all annotated records.
  private let certainEnough: Int

  /// For each of `disagreements`: whether the record looks more like known errors than like the given
  /// labels.
  private let looksWrong: [Bool]
  /// `ErrorDetector.corruptedShare`.
  private let corruptedShare: Double
  /// Share of the annotated records that are `disagreements`.
  private let disagreementShare: Double

  /// With fewer disagreements, the estimates above are not reliable.
  package static let fewestDisagreements = 10
  /// The gate can be open from this share of records on that look like known errors: in files without
  /// wrong labels it was at most .018 on every development set, and at least .043 with 5 % errors.
  package static let leastCorruptedShare = 0.025
  /// And from this part of the disagreements on, unless the names agree with nearly all of them
  /// (`certainRightShare`). Below, most disagreements are records that are hard to predict, and the
  /// names make the same mistakes.
  package static let leastCorruptedPart = 0.5
  package static let certainRightShare = 0.9

  package var isOpen: Bool { namesAgree && disagreementsLookWrong }

  /// Whether the names tell the labels apart, and prefer the likeliest label in the disagreements.
  package var namesAgree: Bool {
    disagreements.count >= Self.fewestDisagreements && informativeness >= Self.openFrom
      && (rightShare ?? 0) >= Self.leastRightShare
  }

  /// Whether the disagreements look like wrong labels, and not only like records that are hard to
  /// predict. docs/METHODS.md, section 2.
  package var disagreementsLookWrong: Bool {
    guard corruptedShare >= Self.leastCorruptedShare else { return false }
    return (rightShare ?? 0) >= Self.certainRightShare
      || corruptedShare >= Self.leastCorruptedPart * disagreementShare
  }

  /// The records whose labels `auto` changes: the disagreements that look like known errors and for
  /// which the names prefer the likeliest label, except the least certain tenth of all annotated
  /// records.
  package var changes: [Int32] {
    guard isOpen else { return [] }
    return (0..<certainEnough).compactMap {
      agrees[$0] && looksWrong[$0] ? disagreements[$0] : nil
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
    let labelCount = targets.labelCount
    let rows = targets.annotated
    let leaders = rows.map { outOfFold.topTwo(Int($0)) }
    let certainty = zip(rows, leaders).map { row, top in
      logf(
        max(outOfFold.probability(Int(row), top.first), 1e-30)
          / max(outOfFold.probability(Int(row), top.second), 1e-30))
    }
    var agreements = [[Int]](repeating: [], count: labelCount)
    var differing: [Int] = []
    for (position, row) in rows.enumerated() {
      guard let given = targets.single(Int(row)) else { continue }
      if leaders[position].first == given {
        agreements[given].append(position)
      } else {
        differing.append(position)
      }
    }
    differing.sort { (certainty[$0], $1) > (certainty[$1], $0) }

    let agreementsOfLabel = agreements
    let names = meanings.names
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
      differing.flatMap { position -> [Int64] in
        let given = targets.single(Int(rows[position])) ?? 0
        let preferred = leaders[position].first
        return [Self.key(preferred, given), Self.key(given, preferred)]
      })
    let rivals = Dictionary(grouping: needed.sorted()) { Int($0 >> 32) }
    let shares = Cells<Double>(repeating: 0.5, count: max(needed.count, 1))
    let order = needed.sorted()
    let place = Dictionary(uniqueKeysWithValues: order.enumerated().map { ($1, $0) })
    Parallel.chunks(of: labelCount, chunk: 1, threads: threads) { range in
      for label in range {
        guard let keys = rivals[label] else { continue }
        let sorted = agreementsOfLabel[label].sorted { (certainty[$0], $0) < (certainty[$1], $1) }
        let lessCertain = sorted.prefix((sorted.count + 1) / 2)
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

    var informativeness = 0.0
    var numerator = 0.0
    var denominator = 0.0
    var agrees: [Bool] = []
    agrees.reserveCapacity(differing.count)
    var scores = [Float](repeating: 0, count: labelCount)
    var own: [Float] = []
    for position in differing {
      let row = Int(rows[position])
      let given = targets.single(row) ?? 0
      let preferred = leaders[position].first
      meanings.records.read(rows[position...position], into: &own)
      multiply(own, by: names, into: &scores)
      let prefers =
        scores[preferred] - offsets[preferred] > scores[given] - offsets[given]
      agrees.append(prefers)
      let ifRight = place[Self.key(preferred, given)].map { shares[$0] } ?? 0.5
      let ifWrong = 1 - (place[Self.key(given, preferred)].map { shares[$0] } ?? 0.5)
      let power = max(0, ifRight - ifWrong)
      informativeness += power * power
      numerator += power * ((prefers ? 1 : 0) - ifWrong)
      denominator += power * (ifRight - ifWrong)
    }
    self.informativeness =
      differing.isEmpty ? 0 : informativeness / Double(differing.count)
    rightShare = denominator > 0 ? min(max(numerator / denominator, 0), 1) : nil
    disagreements = differing.map { rows[$0] }
    looksWrong = differing.map { (detector?.logOdds[Int(rows[$0])] ?? 1) > 0 }
    corruptedShare = detector?.corruptedShare ?? 1
    disagreementShare = Double(differing.count) / Double(max(rows.count, 1))
    let byCertainty = rows.indices.sorted { (certainty[$0], $0) < (certainty[$1], $1) }
    let leastCertain = Set(byCertainty.prefix(rows.count / 10))
    certainEnough = differing.firstIndex { leastCertain.contains($0) } ?? differing.count
    self.agrees = agrees
  }

  private static func key(_ first: Int, _ second: Int) -> Int64 {
    Int64(first) << 32 | Int64(second)
  }
}
