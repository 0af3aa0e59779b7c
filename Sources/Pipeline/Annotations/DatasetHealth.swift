import Assessments
import Foundation
import LabelQuality
import Records
import Report
import Vectors

/// What is odd about a file that only the labels of all records, or their vectors, show.
///
/// Each finding needs a strong effect, because a finding that is often false is soon ignored.
struct DatasetHealth {
  let records: [Record]
  let annotated: AnnotatedRecords
  let assessed: AssessedLabels
  /// Whether the encoder knows enough of each record's text; nil where it knows all of them.
  let isLegible: [Bool]?
  /// Whether each record's text was cut at the encoder's limit.
  let isTruncated: [Bool]

  /// With fewer annotated records, chance can look like any of these.
  private static let fewestRecords = 100

  var findings: [Finding] {
    guard annotated.targets.annotated.count >= Self.fewestRecords, annotated.labels.count > 1 else {
      return []
    }
    return [rareLabels, imbalance, orderedLabels, nearDuplicates, outliers].compactMap(\.self)
  }

  // MARK: - How the labels are distributed

  /// From this many records on, a label's records can be judged by each other.
  private static let fewestOfLabel = 5
  /// Names that a sentence lists.
  private static let mostNamed = 5

  private var counts: [Int] {
    var counts = [Int](repeating: 0, count: annotated.labels.count)
    for label in annotated.targets.labels { counts[Int(label)] += 1 }
    return counts
  }

  private var rareLabels: Finding? {
    let counts = counts
    // Similar spellings are evidence for each other.
    let together =
      annotated.similarLabels?.together(counts.map(Double.init)) ?? counts.map(Double.init)
    let rare = counts.indices.filter { counts[$0] > 0 && together[$0] < Double(Self.fewestOfLabel) }
    guard !rare.isEmpty else { return nil }
    let isRare = Set(rare.map(Int32.init))
    let rows = annotated.targets.annotated.map(Int.init).filter {
      annotated.targets.of($0).contains(where: isRare.contains)
    }
    let named = rare.prefix(Self.mostNamed).map { annotated.labels[$0].name }
      .joined(separator: ", ")
    let noun = rare.count == 1 ? "label has" : "labels have"
    return Finding(
      .rareLabel,
      "\(rare.count) \(noun) fewer than \(Self.fewestOfLabel) records, too few to judge one by the others: "
        + named + (rare.count > Self.mostNamed ? ", …" : ""),
      lines: rows.map { records[$0].line })
  }

  /// From this ratio of the commonest label to the median one on, labels are called unequal.
  private static let leastImbalance = 20.0

  private var imbalance: Finding? {
    guard !annotated.targets.isMultiLabel else { return nil }
    // Rare labels are another finding.
    let counts = counts.enumerated().filter { $0.element >= Self.fewestOfLabel }
      .sorted { ($0.element, $1.offset) > ($1.element, $0.offset) }
    guard let first = counts.first, let last = counts.last, counts.count > 1 else { return nil }
    // With two labels the median is the rarer one.
    let median = counts[counts.count / 2]
    guard Double(first.element) >= Self.leastImbalance * Double(median.element) else { return nil }
    let share = Double(first.element) / Double(annotated.targets.annotated.count)
    return Finding(
      .imbalance,
      "\(Int((share * 100).rounded())) % of the labels are \(annotated.labels[first.offset].name) "
        + "(\(first.element) records); the rarest with at least \(Self.fewestOfLabel) is \(annotated.labels[last.offset].name) "
        + "(\(last.element))")
  }

  // MARK: - How the labels are ordered

  /// The least surplus of equal neighbours over chance, 0…1.
  private static let leastSurplus = 0.2
  /// The least surplus in standard deviations of chance.
  private static let leastDeviations = 8.0

  /// Labels that depend on the place in the file: the share of records whose label is that of the record
  /// before, against Σ p², which it is in random order.
  private var orderedLabels: Finding? {
    let targets = annotated.targets
    guard !targets.isMultiLabel else { return nil }
    let labels = targets.annotated.compactMap { targets.single(Int($0)) }
    let pairs = Double(labels.count - 1)
    let equal = Double(zip(labels, labels.dropFirst()).count { $0 == $1 }) / pairs
    let expected = targets.frequencies.reduce(0) { $0 + $1 * $1 }
    let deviation = max((expected * (1 - expected) / pairs).squareRoot(), 1 / pairs)
    guard equal - expected >= Self.leastSurplus,
      (equal - expected) / deviation >= Self.leastDeviations
    else { return nil }
    return Finding(
      .orderedLabels,
      "the labels follow the order of the lines: \(Int((equal * 100).rounded())) % of the records have the "
        + "label of the record before, and in random order it would be "
        + "\(Int((expected * 100).rounded())) %",
      remedy: "Shuffle the lines before you split the file or take its first lines.")
  }

  // MARK: - What the vectors show

  /// From this cosine on, two texts are called nearly equal: below it, many pairs differ in a word that
  /// decides about the label.
  private static let leastNearDuplicate: Float = 0.98

  /// Records whose nearest neighbour is nearly the same text to the encoder, and has another label. Cut texts are
  /// left out: what else they say, the encoder has not read.
  private var nearDuplicates: Finding? {
    let graph = assessed.graph
    guard graph.k > 0 else { return nil }
    let rows = annotated.targets.annotated.map(Int.init).filter { row in
      guard isLegible?[row] ?? true, graph.similarities[row * graph.k] >= Self.leastNearDuplicate,
        case .text(let text) = records[row].content, records[row].vector == nil
      else { return false }
      let other = Int(graph.indices[row * graph.k])
      guard case .text(let near) = records[other].content, near != text,
        !isTruncated[row], !isTruncated[other]
      else { return false }
      return !haveSameLabels(row, other)
    }
    guard !rows.isEmpty else { return nil }
    return Finding(
      .nearDuplicates,
      "a text that is nearly the same to the encoder (cosine \(Self.leastNearDuplicate) or more) has another label",
      lines: rows.map { records[$0].line })
  }

  /// Whether two records have the same labels, similar spellings counted as one.
  private func haveSameLabels(_ row: Int, _ other: Int) -> Bool {
    let (own, others) = (annotated.targets.of(row), annotated.targets.of(other))
    func covers(_ some: ArraySlice<Int32>, _ all: ArraySlice<Int32>) -> Bool {
      all.allSatisfy { label in
        some.contains {
          $0 == label || annotated.similarLabels?.areSimilar(Int($0), Int(label)) == true
        }
      }
    }
    return covers(own, others) && covers(others, own)
  }

  /// Records that lie far from all others.
  private var outliers: Finding? {
    let far = assessed.isOutlier.indices.filter { assessed.isOutlier[$0] }
    guard !far.isEmpty else { return nil }
    return Finding(
      .outlier,
      "the record is unlike all others, so its neighbours say little about its label, and were not asked",
      lines: far.map { records[$0].line }.sorted())
  }
}
