import Assessments
import Vectors
import Records
import LabelQuality

/// Translates the assessments of annotations into results for the output, and into parts of the report.
struct AnnotationTranslation {
  /// All annotations of the file.
  let records: [Record]
  let annotated: AnnotatedRecords
  let assessed: AssessedLabels
  let vectorisation: Vectorisation
  /// Identity of the model that computed the labels' plausibility; nil if none did.
  let languageModelIdentity: String?
  /// Whether the labels' plausibility was requested and left out because there are too many labels.
  let hasTooManyLabels: Bool

  /// How many neighbours each result shows: enough to see a pattern, few enough to read.
  static let neighboursShown = 5

  /// One result per record.
  var results: [AnnotationResult] { records.indices.map(result) }

  private func result(_ row: Int) -> AnnotationResult {
    let assessment = assessed.assessments[row]
    return AnnotationResult(
      credibility: assessment.credibility, flagged: assessment.isFlagged,
      action: assessment.action,
      labels: assessment.action == .proposed ? [] : spelled(assessment.labels, row),
      proposal: labels(
        assessment.action == .proposed ? assessment.labels : assessment.proposal),
      softLabel: assessment.softLabel.map {
        (annotated.labels[Int($0.label)].name, $0.probability)
      },
      weight: assessment.weight, utility: assessed.dataValues[row], neighbours: neighbours(of: row),
      signals: signals(of: row), truncated: vectorisation.truncated[row],
      reason: assessment.reason.map(reason))
  }

  private func labels(_ numbers: [Int32]) -> [Label] {
    numbers.map { annotated.labels[Int($0)] }
  }

  /// The labels of these numbers. Labels that the record already has keep its spelling and order, and
  /// come first.
  private func spelled(_ numbers: [Int32], _ row: Int) -> [Label] {
    let named = labels(numbers)
    let own = records[row].labels
    return own.filter(named.contains) + named.filter { !own.contains($0) }
  }

  private func neighbours(of row: Int) -> [AnnotationResult.Neighbour] {
    let graph = assessed.graph
    return (row * graph.k..<row * graph.k + min(graph.k, Self.neighboursShown)).map { slot in
      let neighbour = Int(graph.indices[slot])
      return AnnotationResult.Neighbour(
        id: records[neighbour].id,
        label: annotated.targets.of(neighbour).map { annotated.labels[Int($0)].name }
          .joined(separator: ", "),
        similarity: graph.similarities[slot])
    }
  }

  private func signals(of row: Int) -> [(name: String, probability: Double)] {
    let count = assessed.signalNames.count
    return assessed.signalNames.enumerated().compactMap { index, name in
      let value = assessed.signalsOfGiven[row * count + index]
      return value.isNaN ? nil : (name, Double(value))
    }
  }

  private func reason(_ reason: CorrectionReason) -> String {
    switch reason {
    case .trustedDuplicate(let row):
      "duplicate of the trusted record \(records[row].id)"
    case .outvoted(let votes, let against):
      "out-voted \(votes) to \(against)"
    case .labelNames:
      "the evidence and the meaning of the label names agree"
    case .mode:
      "mode: all"
    }
  }
}
