import Assessments
import Records
import Report
import Rules
import Testing
import Vectors

@testable import LabelQuality
@testable import Pipeline

@Suite("Annotation translation") struct AnnotationTranslationTests {
  /// One assessment, of a record with the labels `a`, `b`, … numbered from 0.
  private func assessment(
    _ action: LabelAction, _ labels: [Int32], credibility: Double? = 0.5, flagged: Bool = false,
    proposal: [Int32] = [], reason: CorrectionReason? = nil
  ) -> LabelAssessment {
    LabelAssessment(
      credibility: credibility, isFlagged: flagged, action: action, labels: labels,
      proposal: proposal, softLabel: [(labels.first ?? 0, 0.75), (1, 0.25)], weight: 0.625,
      reason: reason)
  }

  /// The translation of records whose neighbours are the others, in order.
  private func translation(
    _ records: [Record], _ assessments: [LabelAssessment], dataValues: [Double?]? = nil,
    disagreements: [(given: Int32, preferred: Int32, count: Int)] = [],
    signals: [Float]? = nil, gate: LabelNameGate? = nil, predictions: PredictionCounts? = nil
  ) throws -> AnnotationTranslation {
    let annotated = AnnotatedRecords(records)
    let count = records.count
    let graph = NeighbourGraph(
      count: count, k: count - 1,
      indices: (0..<count).flatMap { row in
        (0..<count).filter { $0 != row }.map(Int32.init)
      },
      similarities: (0..<count).flatMap { _ in (1..<count).map { 1 / Float($0) } })
    return AnnotationTranslation(
      records: records, annotated: annotated,
      assessed: AssessedLabels(
        assessments: assessments, dataValues: dataValues ?? records.map { _ in 0.5 },
        graph: graph, signalNames: ["wknn", "ridge"],
        signalsOfGiven: signals ?? [Float](repeating: 0.5, count: 2 * count),
        labelNameGate: gate, isJudged: predictions == nil, predictions: predictions,
        errorRate: nil, disagreements: disagreements),
      vectorisation: try Vectorisation(
        encoding: records, labels: annotated.labels, rules: RuleSet(),
        encoder: StubEncoder(maximumWords: 3), threads: 1, progress: nil),
      recordMap: nil, languageModelIdentity: nil, hasTooManyLabels: false)
  }

  /// Seven records: kept, corrected, in review, in review, proposed, protected, kept and too long.
  private func example() throws -> AnnotationTranslation {
    try translation(
      [
        record("one", "a", line: 1), record("two", "a", line: 2), record("three", "b", line: 4),
        record("four", "c", line: 5), record("five", line: 6),
        record("six", "c", line: 7, isTrusted: true), record("seven and two more", "b", line: 9),
      ],
      [
        assessment(.kept, [0], credibility: 0.875),
        assessment(.corrected, [1], credibility: 0.125, flagged: true, reason: .labelNames),
        assessment(.review, [1], credibility: 0.25, flagged: true, proposal: [0]),
        assessment(.review, [2], credibility: 0.125, flagged: true, proposal: [1]),
        assessment(.proposed, [1], credibility: nil),
        assessment(.protected, [2], credibility: 1),
        assessment(.kept, [1], credibility: 0.75),
      ],
      dataValues: [0.5, -0.25, -0.00004, -0.5, nil, 1, -0.25],
      disagreements: [(0, 1, 2), (2, 0, 1)])
  }

  @Test("every action is counted, and so are flags and cut texts")
  func counts() throws {
    let counts = try example().counts
    #expect(counts.kept == 2)
    #expect(counts.corrected == 1)
    #expect(counts.review == 2)
    #expect(counts.proposed == 1)
    #expect(counts.protected == 1)
    #expect(counts.flagged == 3)
    #expect(counts.truncated == 1)
  }

  @Test("label rows: most flags first, then most records, then by name")
  func labelRows() throws {
    let rows = try example().labelRows
    #expect(rows.map(\.label) == ["a", "b", "c"])
    #expect(rows.map(\.given) == [2, 2, 2])
    #expect(rows.map(\.flagged) == [1, 1, 1])
    #expect(rows.map(\.correctedAway) == [1, 0, 0])
    #expect(rows.map(\.correctedTo) == [0, 1, 0])
    #expect(rows.map(\.meanCredibility) == [0.5, 0.5, 0.5625])
    let sorted = try translation(
      [
        record("one", "z"), record("two", "y"), record("three", "y"), record("four", "x"),
        record("five", "w"), record("six", votes: [("one", "w"), ("two", "w"), ("three", "v")]),
      ],
      [
        assessment(.review, [0], flagged: true, proposal: [1]), assessment(.kept, [1]),
        assessment(.kept, [1]), assessment(.kept, [2]), assessment(.kept, [3]),
        assessment(.kept, [3]),
      ]
    ).labelRows
    #expect(sorted.map(\.label) == ["z", "w", "y", "x", "v"])
    #expect(sorted.last?.given == 0)
    #expect(sorted.last?.meanCredibility == nil)
  }

  @Test("lists of labels are counted label by label")
  func labelRowsOfLists() throws {
    let rows = try translation(
      [record("one", list: ["a", "b"]), record("two", list: ["b"])],
      [
        assessment(.corrected, [1], credibility: 0.25, flagged: true),
        assessment(.kept, [1], credibility: 0.75),
      ]
    ).labelRows
    #expect(rows.map(\.label) == ["b", "a"])
    #expect(rows.map(\.given) == [2, 1])
    #expect(rows.map(\.correctedAway) == [0, 1])
    #expect(rows.map(\.correctedTo) == [0, 0])
    #expect(rows.map(\.meanCredibility) == [0.5, 0.25])
  }

  @Test("suspects: least credible first, then in the order of the file")
  func suspects() throws {
    let suspects = try example().suspects
    #expect(suspects.map(\.line) == [2, 5, 4])
    #expect(suspects.map(\.credibility) == [0.125, 0.125, 0.25])
    #expect(suspects.map(\.label) == ["a", "c", "b"])
    #expect(suspects.map(\.proposal) == ["b", "b", "a"])
    #expect(suspects.map(\.action) == ["corrected", "review", "review"])
    #expect(suspects.map(\.text) == ["two", "four", "three"])
    #expect(suspects[0].id == "r2")
    #expect(suspects[0].neighbours == ["r1: a", "r4: b", "r5: c", "r6: (no label)", "r7: c"])
  }

  @Test("five hundred suspects are listed, and no more")
  func mostSuspects() throws {
    let all = (1...510).map { record("text \($0)", $0 == 1 ? "b" : "a", line: $0) }
    let suspects = try translation(
      all,
      all.indices.map {
        assessment(
          .review, [$0 == 0 ? 0 : 1], credibility: 1 - Double($0) / 1000, flagged: true,
          proposal: [0])
      }
    ).suspects
    #expect(suspects.map(\.line) == (11...510).reversed())
  }

  @Test("an empty list is no label, also as a proposal")
  func emptyLists() throws {
    let suspects = try translation(
      [record("one", list: []), record("two", list: ["a", "b"])],
      [
        assessment(.review, [], credibility: 0.25, flagged: true, proposal: [0, 1]),
        assessment(.review, [0, 1], flagged: true),
      ]
    ).suspects
    #expect(suspects.map(\.label) == ["(no label)", "a, b"])
    #expect(suspects.map(\.proposal) == ["a, b", "(no label)"])
  }

  @Test("transitions have the names of the labels, and there are at most a thousand")
  func transitions() throws {
    let rows = try example().transitions
    #expect(rows.map(\.given) == ["a", "c"])
    #expect(rows.map(\.evidence) == ["b", "a"])
    #expect(rows.map(\.records) == [2, 1])
    let many = try translation(
      [record("one", "a"), record("two", "b")],
      [assessment(.kept, [0]), assessment(.kept, [1])],
      disagreements: [(given: Int32, preferred: Int32, count: Int)](
        repeating: (0, 1, 1), count: 1_001))
    #expect(many.transitions.count == 1_000)
  }

  @Test("data values: their mean, and the harmful ones, lowest first")
  func utility() throws {
    let facts = try #require(try example().utility)
    let values: [Double] = [0.5, -0.25, -0.00004, -0.5, 1, -0.25]
    #expect(abs(facts.mean - values.reduce(0, +) / 6) < 1e-12)
    // −.00004 would be printed as 0, so it is not harmful.
    #expect(facts.harmful == 3)
    #expect(facts.worst.map(\.line) == [5, 2, 9])
    #expect(facts.worst.map(\.label) == ["c", "a", "b"])
    #expect(facts.worst.map(\.utility) == [-0.5, -0.25, -0.25])
    let none = try translation(
      [record("one"), record("two")],
      [assessment(.proposed, [], credibility: nil), assessment(.proposed, [], credibility: nil)]
        .map {
          var copy = $0
          copy.softLabel = []
          return copy
        }, dataValues: [nil, nil])
    #expect(none.utility == nil)
  }

  @Test("results have the labels, shares and reasons by name")
  func results() throws {
    let results = try example().results
    let labels = results.map { $0.labels.map(\.name).joined() }
    #expect(labels == ["a", "b", "b", "c", "", "c", "b"])
    let proposals = results.map { $0.proposal.map(\.name).joined() }
    #expect(proposals == ["", "", "a", "b", "b", "", ""])
    #expect(results[3].softLabel.map(\.label) == ["c", "b"])
    #expect(results[3].softLabel.map(\.probability) == [0.75, 0.25])
    #expect(results[1].reason == "the evidence and the meaning of the label names agree")
    #expect(results[2].reason == nil)
    #expect(results[1].utility == -0.25)
    #expect(results[1].weight == 0.625)
    #expect(results.map(\.truncated) == [false, false, false, false, false, false, true])
    #expect(results[1].neighbours.map(\.id) == ["r1", "r4", "r5", "r6", "r7"])
    #expect(results[1].neighbours.map(\.label) == ["a", "b", "c", "", "c"])
    #expect(results[1].neighbours.map(\.similarity) == [1, 0.5, 1 / 3, 0.25, 0.2])
  }

  @Test("every reason in words")
  func reasons() throws {
    let reasons: [CorrectionReason] = [
      .trustedDuplicate(of: 1), .outvoted(by: 3, to: 1), .labelNames, .mode,
    ]
    let results = try translation(
      (1...4).map { record("text", "a", line: $0) },
      reasons.map { assessment(.kept, [0], reason: $0) }.map {
        var copy = $0
        copy.softLabel = [(0, 1)]
        return copy
      }
    ).results
    #expect(
      results.map(\.reason) == [
        "duplicate of the trusted record r2", "out-voted 3 to 1",
        "the evidence and the meaning of the label names agree", "mode: all",
      ])
  }

  @Test("signals of a record without a label are left out")
  func signals() throws {
    let results = try translation(
      [record("one", "a"), record("two", "b"), record("three")],
      [
        assessment(.kept, [0]), assessment(.kept, [1]),
        assessment(.proposed, [0], credibility: nil),
      ], signals: [0.5, 0.25, .nan, 0.125, .nan, .nan]
    ).results
    #expect(results.map { $0.signals.map(\.name) } == [["wknn", "ridge"], ["ridge"], []])
    #expect(results[0].signals.map(\.probability) == [0.5, 0.25])
  }

  @Test("labels that a record has keep its spelling and order, and come before new ones")
  func spelling() throws {
    let own = [Label(name: "b", token: #""\u0062""#), label("a")]
    let first = Record(
      line: 1, id: "r1", content: .text("one"), labels: [label("a"), label("b"), label("c")],
      isMultiLabel: true, votes: [], vector: nil)
    let second = Record(
      line: 2, id: "r2", content: .text("two"), labels: own, isMultiLabel: true, votes: [],
      vector: nil)
    let results = try translation(
      [first, second], [assessment(.kept, [0, 1, 2]), assessment(.corrected, [0, 1, 2])]
    ).results
    #expect(results[1].labels.map(\.token) == [#""\u0062""#, "\"a\"", "\"c\""])
  }

  // MARK: - The label-name gate in words

  /// Three records in one state, described in words.
  private func facts(
    _ records: [Record], mode: CorrectionMode = .auto, gate: LabelNameGate? = nil,
    rules: RuleSet = RuleSet()
  ) throws -> RunReport.LabelNameFacts {
    try translation(records, records.map { _ in assessment(.kept, []) }, gate: gate)
      .labelNameFacts(rules: rules, mode: mode)
  }

  @Test(
    "where nothing predicts the labels, the numbers are given, and too few records are called that",
    arguments: [
      (
        240, 20, 33,
        "Nothing that was read of the records predicts their labels: of 240 labels, the other "
      ),
      (240, 40, 33, "The records are too few to show that anything in them predicts"),
      (6, 2, 3, "The records are too few to show that anything in them predicts"),
    ])
  func notJudged(records: Int, right: Int, commonest: Int, beginning: String) throws {
    let translation = try translation(
      [record("one", "a"), record("two", "b")],
      [assessment(.kept, [0], credibility: nil), assessment(.kept, [1], credibility: nil)],
      predictions: PredictionCounts(records: records, right: right, commonest: commonest))
    let explanation = translation.labelNameFacts(rules: RuleSet(), mode: .auto).explanation
    #expect(explanation.hasPrefix(beginning), "\(explanation)")
    #expect(explanation.contains("predict \(right), and naming the commonest label each time"))
    #expect(translation.loneLabelNote == nil)
  }

  @Test("suspect labels that one record alone has are counted, whatever their spelling")
  func loneLabels() throws {
    func note(_ lone: String) throws -> String? {
      try translation(
        [record("one", "a"), record("two", "a"), record("three", lone)],
        [
          assessment(.kept, [0], credibility: 0.9), assessment(.kept, [0], credibility: 0.9),
          assessment(.review, [1], credibility: 0.3, flagged: true, proposal: [0]),
        ]
      ).loneLabelNote
    }
    #expect(
      try note("b")
        == "1 of the suspect labels is on one record alone, so no other record could support it")
    #expect(try note("A") == nil)
  }

  @Test("why no label could be assessed")
  func nothingToAssess() throws {
    let unlabelled = try facts([record("one"), record("two")])
    #expect(
      unlabelled.explanation == "No record has a label, so there was nothing to learn one from.")
    #expect(!unlabelled.open)
    let oneLabel = try facts([record("one", "a"), record("two", "a")])
    #expect(
      oneLabel.explanation
        == "There is only one label, so no annotation can look wrong, and none was judged.")
    let spelled = try facts([record("one", "a"), record("two", "A")])
    #expect(spelled.explanation.hasPrefix("There is only one label, in several spellings,"))
    let nothing = try AnnotationPipeline(
      rules: RuleSet(), mode: .auto, asksPlausibility: false, models: StubModels(), threads: 1,
      progress: nil
    ).run([]).labelNameFacts(rules: RuleSet(), mode: .auto)
    #expect(nothing.explanation == "No line could be used, so there was nothing to assess.")
  }

  @Test("lists and ready vectors have no gate, and other modes are mentioned")
  func withoutGate() throws {
    let two = [record("one", "a"), record("two", "b")]
    #expect(try facts(two).explanation.contains("ready vectors cannot be compared"))
    #expect(
      try facts([record("one", list: ["a"]), record("two", list: ["b"])]).explanation
        .contains("lists of labels are assessed label by label"))
    #expect(
      try facts(two, mode: .suggest).explanation.hasSuffix("In mode suggest no label is replaced."))
    #expect(
      try facts(two, mode: .all).explanation.hasSuffix(
        "In mode all every flagged label is replaced."))
  }

  /// The gate of a run over texts that have the name of their subject, or have not.
  private func run(
    _ count: Int, flippedEvery step: Int, named: Bool, rules: RuleSet = RuleSet()
  ) throws -> RunReport.LabelNameFacts {
    let all = texts(count).enumerated().map { index, text in
      let isFlipped = step > 0 && index % step == 0
      return record(
        text.text.split(separator: " ").filter { $0 != text.subject }.joined(separator: " ")
          + (named ? " \(text.subject)" : ""),
        isFlipped == (text.subject == "sport") ? "cooking" : "sport", line: index + 1)
    }
    return try AnnotationPipeline(
      rules: rules, mode: .auto, asksPlausibility: false, models: StubModels(), threads: 1,
      progress: nil
    ).run(all).labelNameFacts(rules: rules, mode: .auto)
  }

  @Test("with an open gate the report says how often the names agree with the evidence")
  func openGate() throws {
    let open = try run(120, flippedEvery: 7, named: true)
    #expect(open.open)
    #expect((open.informativeness ?? 0) >= 0.25)
    let share = try #require(open.rightShare)
    #expect(share > 0.9)
    #expect(open.explanation.hasPrefix("The label names are independent evidence"))
    // Less what the share runs high by: docs/METHODS.md, section 1.
    let percent = Int((100 * (min(0.95, share - 0.075))).rounded())
    #expect(open.explanation.hasSuffix("agree with the evidence in about \(percent) % of cases."))
  }

  @Test("without a disagreement, or with a few, the gate says so")
  func fewDisagreements() throws {
    let none = try run(60, flippedEvery: 0, named: true)
    #expect(!none.open)
    #expect(none.explanation.contains("so the names were not tested"))
    let few = try run(60, flippedEvery: 30, named: true)
    #expect(!few.open)
    #expect(few.explanation.contains("labels of too few records (2, needed 10)"))
  }

  @Test("names that tell nothing are to be described, and only those that are not yet")
  func uninformativeNames() throws {
    let facts = try run(120, flippedEvery: 7, named: false)
    #expect(!facts.open)
    #expect(facts.explanation.contains("needed 0.25"))
    #expect(facts.explanation.contains("so that they can: sport, cooking."))
    var rules = RuleSet()
    rules.labels = [RuleSet.LabelRule(name: "sport", about: "unrelated words")]
    #expect(
      try run(120, flippedEvery: 7, named: false, rules: rules).explanation
        .contains("so that they can: cooking."))
    rules.labels.append(RuleSet.LabelRule(name: "cooking", about: "other things"))
    #expect(
      try run(120, flippedEvery: 7, named: false, rules: rules).explanation
        .hasSuffix("The descriptions in the rules do not tell the labels apart well enough."))
  }

  @Test(
    "a share with two decimals",
    arguments: [(0.0, "0.00"), (0.054, "0.05"), (0.055, "0.06"), (0.25, "0.25"), (1, "1.00")])
  func hundredths(value: Double, text: String) {
    #expect(String(hundredths: value) == text)
  }
}
