import Assessments
import Records
import LabelQuality
import Report
import Vectors

extension AnnotationTranslation {
  /// What is odd about the file that only its labels or vectors show.
  var health: DatasetHealth {
    DatasetHealth(
      records: records, annotated: annotated, assessed: assessed,
      isLegible: vectorisation.isLegible, isTruncated: vectorisation.truncated)
  }

  /// How credibility is distributed; nil where no label was assessed.
  var credibilityFacts: CredibilityFacts? {
    // Trusted labels and those that people decided were not assessed.
    let assessed = outcomes.filter {
      $0.credibility != nil && $0.action != .protected && !$0.isDecided
    }
    guard !assessed.isEmpty else { return nil }
    return CredibilityFacts(
      of: assessed.map { ($0.credibility ?? 1, $0.isSuspect) },
      order: assessed.indices.sorted {
        (assessed[$0].reviewRank ?? .max, $0) < (assessed[$1].reviewRank ?? .max, $1)
      })
  }

  /// How many of the replaced labels are expected to be right now; nil where none was replaced.
  var expectedRight: Double? {
    let weights = outcomes.filter { $0.action == .corrected }.map(\.weight)
    return weights.isEmpty ? nil : weights.reduce(0, +)
  }

  /// How many of the suspect labels that wait for a person are expected to be wrong; nil where there is none, or
  /// none has a credibility.
  var expectedWrong: Double? {
    let waiting = outcomes.filter { $0.action == .review && !$0.isDecided }
    let wrong = waiting.compactMap { $0.credibility.map { 1 - $0 } }
    return wrong.isEmpty ? nil : wrong.reduce(0, +)
  }

  /// The map of the records; nil where there are too few vectors.
  var map: MapFacts? {
    recordMap?.facts(
      isFlagged: outcomes.map(\.isSuspect),
      isUsable: vectorisation.isLegible ?? [Bool](repeating: true, count: records.count),
      order: flaggedRows,
      names: annotated.labels.indices.map { name(Int32($0)) })
  }

  /// The suspect records, the first to look at first.
  var flaggedRows: [Int] {
    let outcomes = outcomes
    return outcomes.indices.filter { outcomes[$0].isSuspect }
      .sorted {
        let (one, other) = (outcomes[$0], outcomes[$1])
        return (one.reviewRank ?? .max, one.credibility ?? 1, $0)
          < (other.reviewRank ?? .max, other.credibility ?? 1, $1)
      }
  }

  /// The neighbours that a suspect is shown beside, nearest first.
  func nearest(to row: Int) -> [RunReport.Suspect.Nearest] {
    nearestRows(row).map { other, similarity in
      RunReport.Suspect.Nearest(
        line: records[other].line, label: named(other), similarity: Double(similarity),
        text: Excerpt.of(records[other].content, length: Self.neighbourLength))
    }
  }

  /// The rows of a record's nearest neighbours with their similarities, nearest first.
  func nearestRows(_ row: Int) -> [(row: Int, similarity: Float)] {
    // The vector of a text that the encoder does not know is near to those of all such texts.
    guard vectorisation.isLegible?[row] ?? true else { return [] }
    let graph = assessed.graph
    return (row * graph.k..<row * graph.k + min(graph.k, Self.neighboursShown)).map {
      (Int(graph.indices[$0]), graph.similarities[$0])
    }
  }

  /// The records that findings name, by line. A line with several records, such as that of a list without line
  /// breaks, does not say which is meant.
  func excerpts(of findings: [Finding]) -> [Int: RunReport.Excerpt] {
    let listed = Set(findings.flatMap(\.lines))
    var rows: [Int: [Int]] = [:]
    for row in records.indices where listed.contains(records[row].line) {
      rows[records[row].line, default: []].append(row)
    }
    var excerpts: [Int: RunReport.Excerpt] = [:]
    for (line, rows) in rows where rows.count == 1 {
      let text = Excerpt.of(records[rows[0]].content, length: Self.neighbourLength)
      guard !text.isEmpty else { continue }
      let isAnnotated = annotated.targets.isAnnotated[rows[0]]
      excerpts[line] = RunReport.Excerpt(text: text, label: isAnnotated ? named(rows[0]) : nil)
    }
    return excerpts
  }

  /// Characters of a suspect's text: enough to decide about most labels.
  static let suspectLength = 600
  /// Characters of a neighbour's text: enough to see what it has in common with the suspect.
  private static let neighbourLength = 200
}
