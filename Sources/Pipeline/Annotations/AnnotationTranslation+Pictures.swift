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
      isLegible: vectorisation.isLegible)
  }

  /// How credibility is distributed; nil where no label was assessed.
  var credibilityFacts: CredibilityFacts? {
    CredibilityFacts(
      assessed.assessments.map { ($0.credibility, $0.isFlagged, $0.action, $0.reviewRank) })
  }

  /// How many of the replaced labels are expected to be right now; nil where none was replaced.
  var expectedRight: Double? {
    let weights = assessed.assessments.filter { $0.action == .corrected }.map(\.weight)
    return weights.isEmpty ? nil : weights.reduce(0, +)
  }

  /// The map of the records; nil where there are too few vectors.
  var map: MapFacts? {
    recordMap?.facts(
      isFlagged: assessed.assessments.map(\.isFlagged),
      isUsable: vectorisation.isLegible ?? [Bool](repeating: true, count: records.count),
      order: flaggedRows,
      names: annotated.labels.indices.map { name(Int32($0)) })
  }

  /// The flagged records, the first to look at first.
  var flaggedRows: [Int] {
    assessed.assessments.indices
      .filter { assessed.assessments[$0].isFlagged }
      .sorted {
        let (one, other) = (assessed.assessments[$0], assessed.assessments[$1])
        return (one.reviewRank ?? .max, one.credibility ?? 1, $0)
          < (other.reviewRank ?? .max, other.credibility ?? 1, $1)
      }
  }

  /// The neighbours that a suspect is shown beside, nearest first.
  func nearest(to row: Int) -> [RunReport.Suspect.Nearest] {
    nearestRows(row).map { other, similarity in
      RunReport.Suspect.Nearest(
        line: records[other].line, label: named(Array(annotated.targets.of(other))),
        similarity: Double(similarity))
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

  /// The listed suspects, their neighbours, and the records that findings name, by line.
  func excerpts(of findings: [Finding]) -> [Int: RunReport.Excerpt] {
    var excerpts: [Int: RunReport.Excerpt] = [:]
    func add(_ row: Int, length: Int) {
      let text = Excerpt.of(records[row].content, length: length)
      guard !text.isEmpty else { return }
      let isAnnotated = annotated.targets.isAnnotated[row]
      excerpts[records[row].line] = RunReport.Excerpt(
        text: text, label: isAnnotated ? self.named(Array(annotated.targets.of(row))) : nil)
    }
    let listed = Set(findings.flatMap(\.lines))
    let suspects = flaggedRows.prefix(Self.suspectsListed)
    let neighbours = suspects.flatMap { nearestRows($0).map(\.row) }
    for row in neighbours + records.indices.filter({ listed.contains(records[$0].line) }) {
      add(row, length: Self.neighbourLength)
    }
    for row in suspects { add(row, length: Self.suspectLength) }
    return excerpts
  }

  /// Characters of a suspect's text: enough to decide about most labels.
  private static let suspectLength = 600
  /// Characters of a neighbour's text: enough to see what it has in common with the suspect.
  private static let neighbourLength = 200
}

extension CredibilityFacts {
  /// Nil where no label was assessed: trusted ones and those that people decided were not.
  init?(
    _ labels: [(credibility: Double?, isFlagged: Bool, action: LabelAction, reviewRank: Int?)]
  ) {
    let rows = labels.indices.filter {
      labels[$0].credibility != nil && labels[$0].action != .protected
    }
    guard !rows.isEmpty else { return nil }
    self.init(
      of: rows.map { (labels[$0].credibility ?? 1, labels[$0].isFlagged) },
      order: rows.indices.sorted {
        (labels[rows[$0]].reviewRank ?? .max, $0) < (labels[rows[$1]].reviewRank ?? .max, $1)
      })
  }
}
