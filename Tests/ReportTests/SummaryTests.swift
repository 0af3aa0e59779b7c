import Assessments
import Testing

@testable import Report

@Suite("Report for a terminal") struct SummaryTests {
  private func lines(_ report: RunReport, paths: [String] = [], seconds: Double = 1) -> [String] {
    report.summary(paths: paths, seconds: seconds).split(separator: "\n").map(String.init)
  }

  @Test("one record, and where it was written")
  func oneRecord() {
    var report = plainReport(records: 1)
    report.counts.kept = 1
    #expect(
      report.summary(
        paths: ["out/news.jsonl", "out/news.report.json", "out/news.report.html"], seconds: 0.04)
          == """
          news: 1 record (0.0 s)
            Changed none of 1 label.
            Look: out/news.report.html
            results:
              out/news.jsonl
              out/news.report.json
          """)
  }

  @Test("a file without labels")
  func withoutLabels() {
    var report = plainReport(records: 12)
    report.counts.proposed = 12
    report.witness = RunReport.LabelNameFacts(
      open: false, informativeness: nil, rightShare: nil, explanation: "No record has a label.")
    #expect(
      lines(report) == [
        "news: 12 records (1.0 s)",
        "  12 records had no label and got a proposal.",
        "  No record has a label.",
      ])
  }

  @Test("rejected lines are counted in the first line, and only where there are any")
  func rejected() {
    #expect(lines(plainReport(records: 3, rejected: 2)) == ["news: 3 records, 2 rejected (1.0 s)"])
    #expect(lines(plainReport(records: 0, rejected: 1)) == ["news: 0 records, 1 rejected (1.0 s)"])
    #expect(lines(plainReport(records: 3)) == ["news: 3 records (1.0 s)"])
  }

  @Test("what was done about the labels is said in sentences")
  func actions() {
    var report = plainReport(records: 100_000)
    report.counts.kept = 98_765
    report.counts.corrected = 1000
    report.counts.review = 200
    report.counts.proposed = 30
    report.counts.protected = 5
    report.counts.flagged = 1200
    report.expectedRight = 912.4
    report.expectedWrong = 60.6
    #expect(
      Array(lines(report).dropFirst()) == [
        "  Changed 1000 of 99965 labels (about 912 expected right). 200 more are suspect (about 61 expected wrong) and were not changed.",
        "  30 records had no label and got a proposal.",
        "  5 records are trusted and never changed.",
      ])
  }

  @Test(
    "one and none are said as such",
    arguments: [
      (3, 0, 0, "Changed none of 3 labels. None is suspect."),
      (3, 0, 1, "Changed none of 4 labels. 1 is suspect and was not changed."),
      (3, 1, 0, "Changed 1 of 4 labels. No other is suspect."),
      (3, 2, 1, "Changed 2 of 6 labels. 1 more is suspect and was not changed."),
    ])
  func fewActions(kept: Int, corrected: Int, review: Int, sentence: String) {
    var report = plainReport()
    report.counts.kept = kept
    report.counts.corrected = corrected
    report.counts.review = review
    report.credibility = CredibilityFacts(of: [], order: [])
    #expect(lines(report).last == "  \(sentence)")
  }

  @Test(
    "the command to decide is named where something is left to people, and only with the output")
  func review() {
    var report = plainReport()
    report.counts.review = 2
    func named(_ paths: [String]) -> [String] {
      report.summary(paths: paths, seconds: 1).split(separator: "\n").map(String.init)
        .filter { $0.contains("emend review") }
    }
    #expect(
      named(["out/it's.jsonl", "out/it's.report.html"])
        == [#"  Decide: emend review 'out/it'\''s.jsonl'"#])
    #expect(named(["-x.jsonl"]) == ["  Decide: emend review './-x.jsonl'"])
    #expect(named(["out/news.report.json"]).isEmpty)
    #expect(named([]).isEmpty)
    report.counts.decidedInReview = 2
    #expect(named(["news.jsonl"]).isEmpty)
  }

  @Test("where less than half a label is expected to be wrong, it is called probably right")
  func probablyRight() {
    var report = plainReport()
    report.counts.kept = 3
    report.counts.review = 1
    report.expectedWrong = 0.4
    #expect(
      lines(report).last?.contains("1 is suspect (probably right) and was not changed.") == true)
    report.expectedWrong = 0.6
    #expect(lines(report).last?.contains("1 is suspect (about 1 expected wrong)") == true)
  }

  @Test("of a small file half is to be checked, and what all decided is no estimate")
  func smallFile() {
    var report = plainReport()
    report.counts.kept = 30
    report.errorRate = ErrorRate(estimate: 0.1, low: 0.00649, high: 0.4, basis: "")
    let sentence = lines(report).last ?? ""
    #expect(sentence.hasSuffix("check 15 random records to know: emend run --audit 15"))
    // As the page rounds it: to four digits, and then to tenths of a per cent.
    #expect(sentence.contains("between 0.7 % and 40 %"))
    report.errorRate = ErrorRate(estimate: 0.1, low: 0.1, high: 0.1, basis: ErrorRate.measured)
    #expect(lines(report).last == "  wrong labels: 10 %, as people decided about every record")
  }

  @Test("a wide interval of the error rate asks for a sample")
  func wideInterval() {
    var report = plainReport()
    report.counts.kept = 400
    report.errorRate = ErrorRate(estimate: 0.0812, low: 0.0049, high: 0.411, basis: "")
    report.witness = RunReport.LabelNameFacts(
      open: true, informativeness: 0.7, rightShare: 0.8, explanation: "The gate is open.")
    #expect(
      Array(lines(report).dropFirst(2)) == [
        "  wrong labels: probably 8.1 %, and between 0.5 % and 41 % in nine of ten such files; "
          + "check 100 random records to know: emend run --audit 100",
        "  The gate is open.",
      ])
  }

  @Test("what a language model's answers showed stands below what the names showed")
  func comparison() {
    var report = plainReport()
    report.witness = RunReport.LabelNameFacts(
      open: false, informativeness: 0.1, rightShare: 0.8, explanation: "The names say nothing.")
    report.comparison = RunReport.LabelComparisonFacts(
      open: true, questions: 400, explanation: "The model is right.")
    #expect(lines(report).suffix(2) == ["  The names say nothing.", "  The model is right."])
  }

  @Test("a measured error rate says so")
  func measuredRate() {
    var report = plainReport()
    report.errorRate = ErrorRate(
      estimate: 0.08, low: 0.05, high: 0.12,
      basis: "\(ErrorRate.measured): people decided 200 records")
    #expect(
      lines(report).last
        == "  wrong labels: 8.0 %, measured on what people decided; between 5.0 % and 12 % with 90 % confidence"
    )
  }

  @Test("a narrow interval of the error rate is an answer")
  func narrowInterval() {
    var report = plainReport()
    report.errorRate = ErrorRate(estimate: 0.02, low: 0, high: 0.091, basis: "")
    #expect(
      lines(report).last
        == "  wrong labels: probably 2.0 %, and between 0 % and 9.1 % in nine of ten such files")
  }

  @Test(
    "percentages below ten have one decimal, and others have none",
    arguments: [(0, "0 %"), (0.001, "0.1 %"), (0.0994, "9.9 %"), (0.1, "10 %"), (1, "100 %")])
  func percentages(share: Double, text: String) throws {
    var report = plainReport()
    report.errorRate = ErrorRate(estimate: share, low: 0, high: share, basis: "")
    let line = try #require(lines(report).last)
    #expect(line.hasPrefix("  wrong labels: probably \(text), and between 0 % and \(text) in"))
  }

  @Test("queries only")
  func queriesOnly() {
    var report = plainReport(records: 2)
    report.retrieval = plainRetrieval()
    #expect(
      lines(report) == [
        "news: 2 records (1.0 s)",
        "        5  passages of 2 queries",
        "        2  chosen as useful",
        "        1  hard negatives",
        "  Scored by extractive: there is no language model here.",
      ])
  }

  @Test("queries with labels, unlabelled positives, a failing judge and a fitted calibration")
  func queriesInFull() {
    var report = plainReport(records: 1)
    var retrieval = plainRetrieval()
    retrieval.queries = 1
    retrieval.labelled = 4
    retrieval.flagged = 1
    retrieval.falseNegatives = 3
    retrieval.judging = RetrievalFacts.JudgingFacts(
      selection: "selection", prompts: [:], calls: 1, failures: ["timed-out": 1],
      withoutJudgement: 1, firstFailure: "no reply in time.", logOdds: nil)
    retrieval.calibration = CalibrationFacts(labelledQueries: 20, refittedQueries: 20)
    report.retrieval = retrieval
    #expect(
      Array(lines(report).dropFirst()) == [
        "        5  passages of 1 query",
        "        2  chosen as useful",
        "        1  suspect labels of 4, none changed",
        "        1  hard negatives",
        "        3  no positives, but about as relevant as the best positive",
        "  Scored by extractive: there is no language model here.",
        "  1 query has no judgement, and the scores from the texts are used: no reply in time.",
        "  Utility is calibrated to the labels of 20 queries here, each by those of the others.",
      ])
    retrieval.judging?.withoutJudgement = 2
    retrieval.calibration = CalibrationFacts(labelledQueries: 0, refittedQueries: 0)
    report.retrieval = retrieval
    #expect(
      lines(report).last
        == "  2 queries have no judgement, and the scores from the texts are used: no reply in time."
    )
  }

  @Test("no judgement is missing, so none is mentioned")
  func judged() {
    var report = plainReport()
    report.retrieval = plainRetrieval()
    report.retrieval?.judging = RetrievalFacts.JudgingFacts(
      selection: "selection", prompts: [:], calls: 1, failures: [:], withoutJudgement: 0,
      firstFailure: nil, logOdds: nil)
    #expect(lines(report).last == "  Scored by extractive: there is no language model here.")
  }

  @Test("the three most suspect records are listed, with a proposal where there is one")
  func suspects() {
    var report = plainReport()
    report.suspects = [
      suspect(line: 7), suspect(line: 2, proposal: nil), suspect(line: 9), suspect(line: 1),
    ]
    #expect(
      Array(lines(report).dropFirst()) == [
        "  most suspect:",
        "    line 7  a → b  A text",
        "    line 2  a  A text",
        "    line 9  a → b  A text",
      ])
  }

  @Test("texts of more than 64 characters are cut to 64, the last of which says so")
  func longTexts() {
    var report = plainReport()
    let exact = String(repeating: "é", count: 64)
    report.suspects = [suspect(line: 1, text: exact), suspect(line: 2, text: exact + "é")]
    #expect(
      Array(lines(report).suffix(2)) == [
        "    line 1  a → b  \(exact)",
        "    line 2  a → b  \(String(repeating: "é", count: 63))…",
      ])
  }

  @Test("the three most suspect passages are listed before the most suspect records")
  func suspectPassages() {
    var report = plainReport()
    report.suspects = [suspect(line: 1)]
    report.retrieval = plainRetrieval()
    report.retrieval?.suspects = [0, 1, 2, 3].map { place in
      RetrievalFacts.SuspectPassage(
        line: 5, id: "q", passage: "p\(place)", query: "Where?", text: "Here.", label: 1,
        proposal: place == 1 ? nil : 0, credibility: 0.1, utility: 0.1)
    }
    #expect(
      Array(lines(report).suffix(6)) == [
        "  most suspect labels of passages:",
        "    line 5  p0  1 → 0  Where? | Here.",
        "    line 5  p1  1 → 1  Where? | Here.",
        "    line 5  p2  1 → 0  Where? | Here.",
        "  most suspect:",
        "    line 1  a → b  A text",
      ])
  }

  @Test("ratings are told in a sentence, and notes come after it")
  func ratings() {
    var report = plainReport()
    report.notes = ["1 record cut"]
    func sentence(rated: Int, failures: [String: Int], first: String?) -> String? {
      report.rating = RatingFacts(
        rated: rated, failures: failures, firstFailure: first, means: [:], domains: [:],
        prompt: "")
      let all = lines(report)
      #expect(all.last == "  1 record cut")
      return all.dropLast().last
    }
    #expect(
      sentence(rated: 1, failures: [:], first: nil) == "  1 text rated by the language model.")
    #expect(
      sentence(rated: 2, failures: ["no-text": 1], first: nil)
        == "  2 texts rated by the language model; 1 has no rating.")
    #expect(
      sentence(rated: 0, failures: ["no-text": 1, "timed-out": 2], first: "no reply")
        == "  0 texts rated by the language model; 3 have no rating: no reply")
  }

  @Test(
    "a count has its noun in the singular for one, and in the plural for every other number",
    arguments: [(0, "0 records"), (1, "1 record"), (2, "2 records"), (101, "101 records")])
  func plurals(count: Int, text: String) {
    #expect(String(counting: count, "record") == text)
  }

  @Test("an irregular plural is used as given")
  func irregularPlurals() {
    #expect(String(counting: 1, "query", many: "queries") == "1 query")
    #expect(String(counting: 0, "query", many: "queries") == "0 queries")
  }
}
