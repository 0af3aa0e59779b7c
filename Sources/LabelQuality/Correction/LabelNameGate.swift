import Foundation
import Vectors
import Concurrency

/// A judge that has never seen the labels: what the label *names* mean.
///
/// Noise in the labels and blindness of the model look the same from the labels alone. The names
/// tell them apart: where they say, for the records on which model and annotators agree, which
/// label is right, and say the same of the disagreements, the disagreements are noise. METHODS
/// section 2, "the witness gate".
package struct LabelNameGate: Sendable {
  /// METHODS: from this informativeness on, the witness may change labels.
  package static let openFrom = 0.25
  /// The evidence must be right in at least this share of disagreements by the names' own account;
  /// below, changes would fix little more than they break.
  package static let leastRightShare = 0.6

  /// Mean over disagreements of max(0, a − b)², 0…1: how well the names could tell, if asked.
  package let informativeness: Double
  /// Estimated share of disagreements in which the opinion is right, 0…1; nil where the names
  /// cannot tell at all. Runs high by .05–.10, as disagreements are harder than agreements.
  package let rightShare: Double?
  /// Records of which model and annotator disagree, most certain first.
  package let disagreements: [Int32]
  /// For each disagreement: whether the names prefer the opinion's label to the given one.
  package let agrees: [Bool]
  /// How many of `disagreements` are more certain than the least certain tenth of all records.
  private let certainEnough: Int

  /// Fewer disagreements prove nothing about the names.
  package static let fewestDisagreements = 10

  package var isOpen: Bool {
    disagreements.count >= Self.fewestDisagreements && informativeness >= Self.openFrom
      && (rightShare ?? 0) >= Self.leastRightShare
  }

  /// The records that `auto` changes: of the disagreements the more certain half, where the names
  /// agree and the opinion is not among the least certain tenth of all.
  package var changes: [Int32] {
    guard isOpen else { return [] }
    let reach = min((disagreements.count + 1) / 2, certainEnough)
    return (0..<reach).compactMap { agrees[$0] ? disagreements[$0] : nil }
  }

  /// Questions the names about every record.
  ///
  /// z_i(l) is the cosine of record i with what label l means, centred per label over the records.
  /// Agreements of class k: argmax P = y = k, the less certain half. α_kl = share of them with
  /// z(k) > z(l), add-one smoothed. For a disagreement (argmax P = a ≠ y): a = α_{a,y},
  /// b = 1 − α_{y,a}.
  /// - Complexity: O(n K d).
  package init(
    outOfFold: OutOfFoldProbabilities, targets: Targets, meanings: LabelMeanings, threads: Int
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
    for row in 0..<meanings.records.rows {
      for column in 0..<names.columns {
        centre[column] += Double(meanings.records[row, column])
      }
    }
    let count = Double(max(meanings.records.rows, 1))
    let centreRow = Matrix(
      rows: 1, columns: names.columns, storage: centre.map { Float($0 / count) })
    let offsets = centreRow.timesTransposed(names, threads: 1).storage

    // Only pairs (given, preferred) that occur among the disagreements are ever looked up.
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
        for position in lessCertain {
          let row = Int(rows[position])
          meanings.records.multiplyRows(row..<row + 1, by: names, into: &scores)
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
    for position in differing {
      let row = Int(rows[position])
      let given = targets.single(row) ?? 0
      let preferred = leaders[position].first
      meanings.records.multiplyRows(row..<row + 1, by: names, into: &scores)
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
    let byCertainty = rows.indices.sorted { (certainty[$0], $0) < (certainty[$1], $1) }
    let leastCertain = Set(byCertainty.prefix(rows.count / 10))
    certainEnough = differing.firstIndex { leastCertain.contains($0) } ?? differing.count
    self.agrees = agrees
  }

  private static func key(_ first: Int, _ second: Int) -> Int64 {
    Int64(first) << 32 | Int64(second)
  }
}
