import Assessments
import Report

/// A report in which every part of the page has something to show. Every text is `text`.
func fullReport(_ text: String, suspects: Int = 2) -> RunReport {
  var report = RunReport(
    input: RunReport.InputFacts(
      name: text, digest: text, bytes: 12_345, lines: 700, records: 699, rejected: 1,
      kinds: ["text": 699]),
    output: RunReport.OutputFacts(digest: text, rejectedDigest: text, suffix: ".jsonl"),
    counts: RunReport.Counts(),
    errorRate: ErrorRate(estimate: 0.08, low: 0.05, high: 0.31, basis: text),
    witness: RunReport.LabelNameFacts(
      open: true, informativeness: 0.5, rightShare: 0.9, explanation: text),
    labels: [text, "other"].map {
      RunReport.LabelRow(
        label: $0, given: 300, flagged: 20, correctedAway: 3, correctedTo: 2, meanCredibility: 0.9)
    },
    transitions: [RunReport.TransitionRow(given: text, evidence: "other", records: 20)],
    suspects: (1...suspects).map { suspect(text, line: $0) }, utility: nil, notes: [text],
    findings: [Finding(.conflictingDuplicates, text, remedy: text, lines: [1, 2])],
    annotators: AnnotatorFacts(
      records: 9, alpha: 0.5, consensus: "dawid-skene", count: 1,
      annotators: [AnnotatorFacts.Row(annotator: text, votes: 9, agreement: 0.9, accuracy: 0.8)]),
    provenance: RunReport.Provenance(
      version: "1.2.3", encoder: text, languageModel: text, rules: text, rulesDigest: text,
      mode: "auto", signals: ["knn10", text], seed: 1))
  report.counts.kept = 650
  report.counts.corrected = 20
  report.counts.review = 20
  report.counts.proposed = 9
  report.counts.flagged = 40
  report.credibility = CredibilityFacts(
    of: (0..<600).map { (Double($0) / 600, $0 < 40) }, order: Array(0..<600))
  report.map = MapFacts(
    groups: [
      PointGroup(name: text, flagged: false, points: [(0, 0), (0.5, 0.25)]),
      PointGroup(name: nil, flagged: true, points: [(1, 1)]),
    ], shown: 3, records: 3, sampling: text, axes: text)
  report.excerpts = [
    1: RunReport.Excerpt(text: text, label: text), 2: RunReport.Excerpt(text: text, label: nil),
  ]
  var retrieval = RetrievalFacts(
    queries: 2, passages: 5, scorer: text, reason: text, weights: [:], useful: 2, labelled: 4,
    flagged: 1, hardNegatives: 1, falseNegatives: 0, answers: [:],
    suspects: [
      RetrievalFacts.SuspectPassage(
        line: 4, id: text, passage: text, query: text, text: text, label: 0, proposal: 1,
        credibility: 0.04, utility: 0.9)
    ])
  retrieval.perQuery = [
    RetrievalFacts.QueryRow(
      line: 4, id: text, query: text, passages: 5, useful: 2, flagged: 1, hardNegatives: 1)
  ]
  retrieval.scatter = [PointGroup(name: text, flagged: false, points: [(0.1, 0.9)])]
  report.retrieval = retrieval
  return report
}

func suspect(_ text: String, line: Int) -> RunReport.Suspect {
  var suspect = RunReport.Suspect(
    line: line, id: text, text: text, label: text, proposal: text, action: "corrected",
    credibility: 0.01, neighbours: [])
  suspect.nearest = (1...5).map {
    RunReport.Suspect.Nearest(line: $0, label: text, similarity: 0.5)
  }
  suspect.signals = ["knn10": 0.25, text: 0.75]
  suspect.reason = text
  return suspect
}
