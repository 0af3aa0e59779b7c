import Assessments
import LabelQuality
import Records

extension AnnotationTranslation {
  /// What the report says about one record: what the run found, or what people decided since.
  struct Outcome {
    var credibility: Double?
    /// Whether the label is suspect. What people decided is no suspicion any more.
    var isSuspect: Bool
    var action: LabelAction
    var reviewRank: Int?
    var weight: Double
    /// Whether people decided about the record.
    var isDecided: Bool
  }

  func outcome(_ row: Int) -> Outcome {
    guard let reviewed else {
      let assessment = assessed.assessments[row]
      return Outcome(
        credibility: assessment.credibility, isSuspect: assessment.isFlagged,
        action: assessment.action, reviewRank: assessment.reviewRank, weight: assessment.weight,
        isDecided: false)
    }
    let result = reviewed.results[row]
    let isDecided = reviewed.decided.contains(row)
    return Outcome(
      credibility: result.credibility, isSuspect: result.flagged && !isDecided,
      action: result.action, reviewRank: result.reviewRank, weight: result.weight,
      isDecided: isDecided)
  }

  /// One per record.
  var outcomes: [Outcome] { records.indices.map(outcome) }

  /// The labels that a corrected record has now.
  func newLabels(_ row: Int) -> [Label] {
    reviewed?.results[row].labels ?? labels(assessed.assessments[row].labels)
  }

  /// What is proposed in place of a record's label.
  func proposal(_ row: Int) -> [Label] {
    reviewed?.results[row].proposal ?? labels(assessed.assessments[row].proposal)
  }

  /// Why a label was replaced, or should be; nil where only the signals contradict it.
  func reason(of row: Int) -> String? {
    guard let reviewed else { return assessed.assessments[row].reason.map(reason) }
    return reviewed.results[row].reason
  }

  /// The pairs of given label and the one that the evidence prefers, the commonest first, without the records
  /// that people decided.
  var disagreements: [(given: Int32, preferred: Int32, count: Int)] {
    guard let reviewed, !assessed.preferred.isEmpty else { return assessed.disagreements }
    var left: [Int64: Int] = [:]
    func key(_ given: Int32, _ preferred: Int32) -> Int64 { Int64(given) << 32 | Int64(preferred) }
    for pair in assessed.disagreements { left[key(pair.given, pair.preferred)] = pair.count }
    for row in reviewed.decided where assessed.preferred[row] >= 0 {
      guard let given = annotated.targets.single(row) else { continue }
      left[key(Int32(given), assessed.preferred[row]), default: 0] -= 1
    }
    return assessed.disagreements.map { pair in
      (pair.given, pair.preferred, left[key(pair.given, pair.preferred)] ?? 0)
    }.filter { $0.2 > 0 }.sorted {
      ($0.2, key($1.0, $1.1)) > ($1.2, key($0.0, $0.1))
    }
  }
}
