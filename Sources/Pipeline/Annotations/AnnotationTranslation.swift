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
  /// Places the records on a plane; nil where no record has a label.
  let recordMap: RecordMap?
  /// Identity of the model that computed the labels' plausibility; nil if none did.
  let languageModelIdentity: String?
  /// Whether the labels' plausibility was requested and left out because there are too many labels.
  let hasTooManyLabels: Bool
  /// What the language model that was asked about labels did; nil where none was asked.
  var comparisonFacts: LabelComparisonRound.Facts?
  /// The most questions about labels that were requested; 0 for none.
  var labelQuestions = 0
  /// The names that rules or flags give to labels which are numbers in the file, by label.
  var givenNames: [String: String] = [:]
  /// What people decided about the records since; nil where they were not asked.
  var reviewed: ReviewedResults?

  /// How many neighbours each result shows: enough to see a pattern, few enough to read.
  static let neighboursShown = 5

  /// One result per record.
  var results: [AnnotationResult] { records.indices.map(result) }

  func result(_ row: Int) -> AnnotationResult {
    let assessment = assessed.assessments[row]
    var result = AnnotationResult(
      credibility: assessment.credibility, flagged: assessment.isFlagged,
      reviewRank: assessment.reviewRank,
      action: assessment.action,
      labels: assessment.action == .proposed ? [] : spelled(assessment.labels, row),
      proposal: labels(
        assessment.action == .proposed ? assessment.labels : assessment.proposal),
      softLabel: softLabel(assessment),
      weight: assessment.weight, utility: assessed.dataValues[row], neighbours: neighbours(of: row),
      signals: signals(of: row), truncated: vectorisation.truncated[row],
      reason: assessment.reason.map(reason))
    result.surplus = memberships(assessment.doubtful.filter(\.isGiven))
    result.steps = assessment.steps
    result.outlier = !assessed.isOutlier.isEmpty && assessed.isOutlier[row]
    if case .trustedDuplicate = assessment.reason, assessment.action == .corrected {
      result.isLabelTrusted = true
    }
    result.missing = memberships(assessment.doubtful.filter { !$0.isGiven })
    return result
  }

  /// The labels of a list that look wrong, with their names; as many as a soft label may list.
  private func memberships(
    _ doubtful: [LabelAssessment.Membership]
  ) -> [(label: String, probability: Double)] {
    fitting(doubtful.prefix(LabelAssessment.mostShown).map { ($0.label, $0.probability) })
  }

  /// The most bytes of the names in one soft label. A hundred usual names are shorter; the longest ones
  /// would make the output a thousand times as large as a short line.
  private static let mostSoftLabelBytes = 4096

  /// The soft label with names, the largest probability first: as many as `mostSoftLabelBytes` allows, and
  /// at least one. What is left of a single label is scaled to sum to 1.
  private func softLabel(_ assessment: LabelAssessment) -> [(label: String, probability: Double)] {
    let kept = fitting(assessment.softLabel)
    guard kept.count < assessment.softLabel.count, !annotated.targets.isMultiLabel else {
      return kept
    }
    let total = kept.reduce(0) { $0 + $1.probability }
    return total > 0 ? kept.map { ($0.label, $0.probability / total) } : kept
  }

  /// The names of as many labels as `mostSoftLabelBytes` allows, and at least one.
  private func fitting(
    _ labels: [(label: Int32, probability: Double)]
  ) -> [(label: String, probability: Double)] {
    var bytes = 0
    var kept: [(label: String, probability: Double)] = []
    for (label, probability) in labels {
      let name = annotated.labels[Int(label)].name
      bytes += name.utf8.count
      guard kept.isEmpty || bytes <= Self.mostSoftLabelBytes else { break }
      kept.append((name, probability))
    }
    return kept
  }

  /// The most labels of another record that are named: so many can be read, and a list of thousands would
  /// be repeated by every record near it.
  private static let mostNamed = 20

  /// The names of a record's labels in one text.
  func names<Labels: Collection>(
    _ labels: Labels, by name: (Labels.Element) -> String
  ) -> String {
    let shown = labels.prefix(Self.mostNamed).map(name).joined(separator: ", ")
    let others = labels.count - Self.mostNamed
    return others > 0 ? "\(shown), … (\(others) more)" : shown
  }

  func labels(_ numbers: [Int32]) -> [Label] {
    numbers.map { annotated.labels[Int($0)] }
  }

  /// The labels of these numbers. Labels that the record already has keep its spelling and order, and
  /// come first.
  private func spelled(_ numbers: [Int32], _ row: Int) -> [Label] {
    let named = labels(numbers)
    let own = records[row].labels
    let (inNamed, inOwn) = (Set(named), Set(own))
    return own.filter(inNamed.contains) + named.filter { !inOwn.contains($0) }
  }

  private func neighbours(of row: Int) -> [AnnotationResult.Neighbour] {
    nearestRows(row).map { other, similarity in
      AnnotationResult.Neighbour(
        id: records[other].id,
        label: names(annotated.targets.of(other)) { annotated.labels[Int($0)].name },
        similarity: similarity)
    }
  }

  func signals(of row: Int) -> [(name: String, probability: Double)] {
    let count = assessed.signalNames.count
    return assessed.signalNames.enumerated().compactMap { index, name in
      let value = assessed.signalsOfGiven[row * count + index]
      return value.isNaN ? nil : (name, Double(value))
    }
  }

  func reason(_ reason: CorrectionReason) -> String {
    switch reason {
    case .trustedDuplicate(let row):
      "duplicate of the trusted record \(records[row].id)"
    case .outvoted(let votes, let against):
      "out-voted \(votes) to \(against)"
    case .labelNames:
      "the evidence and the meaning of the label names agree"
    case .languageModel:
      "the evidence and the language model agree"
    case .labelNamesAndLanguageModel:
      "the evidence, the meaning of the label names and the language model agree"
    case .mode:
      "mode: all"
    }
  }
}
