import Assessments
import Report

/// A report of a file with the given number of records, about which nothing else is known.
func plainReport(records: Int = 4, rejected: Int = 0) -> RunReport {
  RunReport(
    input: RunReport.InputFacts(
      name: "news", digest: "d1", bytes: 100, lines: records + rejected, records: records,
      rejected: rejected, kinds: ["text": records]),
    counts: RunReport.Counts(), errorRate: nil, witness: nil, labels: [], transitions: [],
    suspects: [], utility: nil, notes: [],
    provenance: RunReport.Provenance(
      version: "1.2.3", encoder: nil, rules: "built-in", rulesDigest: "none", mode: "auto",
      signals: [], seed: 1))
}

/// The facts of two queries with five passages.
func plainRetrieval() -> RetrievalFacts {
  RetrievalFacts(
    queries: 2, passages: 5, scorer: "extractive", reason: "there is no language model here.",
    weights: ["dense": 1], useful: 2, labelled: 0, flagged: 0, hardNegatives: 1,
    falseNegatives: 0, answers: [:], suspects: [])
}

func suspect(
  line: Int, label: String = "a", proposal: String? = "b", text: String = "A text"
) -> RunReport.Suspect {
  RunReport.Suspect(
    line: line, id: "\(line)", text: text, label: label, proposal: proposal, action: "review",
    credibility: 0.25, neighbours: [])
}

/// A report in which every member has a value.
func fullReport() -> RunReport {
  var report = plainReport()
  report.counts.kept = 1
  report.counts.corrected = 1
  report.counts.review = 1
  report.counts.proposed = 0
  report.counts.protected = 1
  report.counts.flagged = 2
  report.counts.truncated = 1
  report.errorRate = ErrorRate(estimate: 0.123456, low: 0.1, high: 0.20004, basis: "a witness")
  report.witness = RunReport.LabelNameFacts(
    open: true, informativeness: 0.33333, rightShare: 0.66666, explanation: "It is open.")
  report.labels = [
    RunReport.LabelRow(
      label: "sport/ball", given: 3, flagged: 2, correctedAway: 1, correctedTo: 0,
      meanCredibility: 0.98765),
    RunReport.LabelRow(
      label: "cooking", given: 0, flagged: 0, correctedAway: 0, correctedTo: 1,
      meanCredibility: nil),
  ]
  report.transitions = [
    RunReport.TransitionRow(given: "sport/ball", evidence: "cooking", records: 2)
  ]
  report.suspects = [
    RunReport.Suspect(
      line: 3, id: "x3", text: "“Soup”", label: "sport/ball", proposal: "cooking",
      action: "corrected", credibility: 0.01239, neighbours: ["x1: cooking"])
  ]
  report.utility = RunReport.UtilityFacts(
    mean: 0.50001, harmful: 1,
    worst: [RunReport.HarmfulRow(line: 3, id: "x3", label: "sport/ball", utility: -1.23456)])
  var retrieval = RetrievalFacts(
    queries: 1, passages: 2, scorer: "judge", reason: "the rules name a server.",
    weights: ["dense": 0.66666, "answerGain": 0.33333], useful: 1, labelled: 2, flagged: 1,
    hardNegatives: 1, falseNegatives: 0, answers: ["given": 1],
    suspects: [
      RetrievalFacts.SuspectPassage(
        line: 4, id: "q1", passage: "p2", query: "Where?", text: "Here.", label: 0, proposal: 1,
        credibility: 0.04321, utility: 0.91111)
    ])
  retrieval.keepRate = 0.66666
  retrieval.judging = RetrievalFacts.JudgingFacts(
    selection: "selection", prompts: ["answer": "2"], calls: 3, failures: ["timed-out": 1],
    withoutJudgement: 0, firstFailure: "no reply", logOdds: ["selected": 0.55555])
  retrieval.calibration = CalibrationFacts(labelledQueries: 20, refittedQueries: 21)
  report.retrieval = retrieval
  report.rating = RatingFacts(
    rated: 1, failures: ["no-text": 1], firstFailure: nil, means: ["domain_expertise": 3.33333],
    domains: ["news": 1], prompt: "2")
  report.notes = ["1 record cut"]
  report.provenance = RunReport.Provenance(
    version: "1.2.3", encoder: "encoder", languageModel: "model", rules: "news.yaml",
    rulesDigest: "d2", mode: "auto", signals: ["knn10"], seed: 1)
  return report
}
