import Assessments
import Concurrency
import Synchronization
import Testing
import Vectors

@testable import LabelQuality

/// A language model that picks the label that a test calls right, with a known probability.
private final class SimulatedComparer: LabelComparer {
  /// The right label of every record.
  let truth: [Int]
  /// How often it is right about two labels.
  let accuracy: Double
  /// What it adds for the first label, whatever the record is.
  let bias: Double
  /// Every how many questions one stays without an answer; nil for none.
  let silentEvery: Int?
  private let log = Mutex<[LabelQuestion]>([])

  init(_ truth: [Int], accuracy: Double, bias: Double = 0, silentEvery: Int? = nil) {
    self.truth = truth
    self.accuracy = accuracy
    self.bias = bias
    self.silentEvery = silentEvery
  }

  var asked: [LabelQuestion] { log.withLock { $0 } }

  func answers(to questions: [LabelQuestion]) -> [Double?] {
    log.withLock { $0 += questions }
    return questions.map { question in
      // From the question alone, so that no answer depends on the order of the questions.
      let number =
        UInt64(question.row) &* 1_000_003 &+ UInt64(question.first * 64 + question.second)
      var generator = SplitMix64(seed: number)
      if let silentEvery, question.row % Int32(silentEvery) == 0 { return nil }
      let isRight = generator.uniform() < accuracy
      let prefersFirst = (truth[Int(question.row)] == Int(question.first)) == isRight
      return (prefersFirst ? 1 : -1) + bias
    }
  }
}

@Suite("Label comparison by a language model") struct LabelComparisonGateTests {
  /// Four labels. The probabilities know the right label of every record, apart from every tenth of the undisputed
  /// ones, and are the surer the lower its number is.
  private struct Example {
    let truth: [Int]
    let given: [Int]
    let likeliest: [Int]
    let found: Disagreements

    /// - Parameters:
    ///   - wrong: how many records have a wrong label, which the probabilities dispute.
    ///   - hard: how many have the right one, which the probabilities dispute.
    init(records: Int = 800, wrong: Int, hard: Int = 0) throws {
      truth = (0..<records).map { $0 % 4 }
      let truth = truth
      given = (0..<records).map { $0 < wrong ? (truth[$0] + 1 + $0 / 4 % 3) % 4 : truth[$0] }
      likeliest = (0..<records).map {
        $0 >= wrong && $0 < wrong + hard ? (truth[$0] + 1 + $0 / 4 % 3) % 4 : truth[$0]
      }
      let probabilities = likeliest.enumerated().map { row, label in
        let top = 0.9 - 0.4 * Float(row) / Float(records)
        return (0..<4).map { $0 == label ? top : (1 - top) / 3 }
      }
      let known = try KnownRecords(probabilities, given: given.map { [Int32($0)] })
      found = Disagreements(
        outOfFold: known.outOfFold, detector: nil, targets: known.data.targets)
    }

    func gate(
      _ comparer: any LabelComparer, questions: Int = 400, names: LabelNameGate? = nil,
      mayChange: (Int32) -> Bool = { _ in true }
    ) -> LabelComparisonGate {
      LabelComparisonGate(
        found, comparison: LabelComparison(asking: comparer, mostQuestions: questions),
        names: names, mayChange: mayChange)
    }
  }

  @Test("a question is the same whichever of its labels the record has")
  func blind() throws {
    #expect(LabelQuestion(row: 3, 2, 1) == LabelQuestion(row: 3, 1, 2))
    // Given and likeliest label are exchanged in every record.
    let one = try Example(wrong: 120)
    let comparer = SimulatedComparer(one.truth, accuracy: 0.9)
    _ = one.gate(comparer)
    #expect(comparer.asked.allSatisfy { $0.first < $0.second })
    let isDisputed = { (question: LabelQuestion) in question.row < 120 }
    let pairs = Set(comparer.asked.filter(isDisputed).map { [$0.first, $0.second] })
    #expect(pairs == Set(comparer.asked.filter { !isDisputed($0) }.map { [$0.first, $0.second] }))
  }

  @Test("a good model opens the gate, and only labels that it speaks against are changed")
  func goodModel() throws {
    let example = try Example(wrong: 160, hard: 40)
    let gate = example.gate(SimulatedComparer(example.truth, accuracy: 0.9))
    #expect(gate.isOpen)
    #expect(gate.informativeness > 0.4)
    #expect(abs((gate.rightShare ?? 0) - 0.8) < 0.12)
    #expect((gate.rightShareLow ?? 1) < (gate.rightShare ?? 0))
    #expect(abs((gate.accuracy ?? 0) - 0.9) < 0.06)
    let changes = gate.changes(beside: nil)
    let right = changes.count { $0 < 160 }
    #expect(right > 100 && Double(right) / Double(changes.count) > 0.9)
  }

  @Test(
    "a coin, and a model that always names one label, open nothing",
    arguments: [(0.5, 0.0), (0.6, 0.0), (0.5, 100.0)])
  func coin(accuracy: Double, bias: Double) throws {
    let example = try Example(wrong: 160, hard: 40)
    let comparer = SimulatedComparer(example.truth, accuracy: accuracy, bias: bias)
    let gate = example.gate(comparer)
    #expect(gate.isTested && !gate.isOpen)
    #expect(gate.changes(beside: nil).isEmpty)
    // The sample alone: half of the questions.
    #expect(comparer.asked.count <= 200)
  }

  @Test("a bias for one label of each pair is measured and taken off")
  func bias() throws {
    let example = try Example(wrong: 160, hard: 40)
    let plain = example.gate(SimulatedComparer(example.truth, accuracy: 0.9))
    let biased = example.gate(SimulatedComparer(example.truth, accuracy: 0.9, bias: 1.2))
    #expect(biased.isOpen)
    #expect(abs(biased.informativeness - plain.informativeness) < 0.15)
  }

  @Test("where the given labels are right, a good model keeps the gate shut")
  func rightLabels() throws {
    let example = try Example(wrong: 0, hard: 200)
    let gate = example.gate(SimulatedComparer(example.truth, accuracy: 0.9))
    #expect(gate.informativeness > 0.4 && (gate.rightShare ?? 1) < 0.2)
    #expect(!gate.isOpen && gate.changes(beside: nil).isEmpty)
  }

  @Test("no more questions than allowed, and none twice", arguments: [80, 100, 333, 2000])
  func limit(questions: Int) throws {
    let example = try Example(wrong: 300, hard: 20)
    let comparer = SimulatedComparer(example.truth, accuracy: 0.95)
    let gate = example.gate(comparer, questions: questions)
    #expect(comparer.asked.count <= questions)
    #expect(gate.questionCount == comparer.asked.count)
    #expect(Set(comparer.asked).count == comparer.asked.count)
    // With questions enough, all that can be changed is asked about.
    #expect(gate.isOpen == (questions > 80) || questions == 80)
    if questions == 2000 { #expect(gate.changes(beside: nil).count > 250) }
  }

  @Test("records that may not be changed are not asked about for that, and not changed")
  func protectedRecords() throws {
    let example = try Example(wrong: 160)
    let comparer = SimulatedComparer(example.truth, accuracy: 0.95)
    let gate = example.gate(comparer) { $0 % 2 == 0 }
    #expect(gate.isOpen)
    #expect(gate.changes(beside: nil).allSatisfy { $0 % 2 == 0 })
    let all = example.gate(SimulatedComparer(example.truth, accuracy: 0.95))
    #expect(comparer.asked.count < all.questionCount)
  }

  @Test("questions without an answer are counted, and too few answers test nothing")
  func silence() throws {
    let example = try Example(wrong: 160)
    let some = example.gate(SimulatedComparer(example.truth, accuracy: 0.95, silentEvery: 5))
    #expect(some.isOpen && some.unansweredCount > 20)
    #expect(some.changes(beside: nil).allSatisfy { $0 % 5 != 0 })
    let none = example.gate(SimulatedComparer(example.truth, accuracy: 0.95, silentEvery: 1))
    #expect(!none.isTested && !none.isOpen)
    #expect(none.unansweredCount == none.questionCount)
    #expect(none.accuracy == nil && none.rightShare == nil)
  }

  @Test("where the evidence disputes most labels, the model is not asked")
  func mostDisputed() throws {
    let example = try Example(wrong: 300, hard: 120)
    let comparer = SimulatedComparer(example.truth, accuracy: 0.95)
    let gate = example.gate(comparer)
    #expect(comparer.asked.isEmpty && gate.disputesMost && !gate.isOpen)
    #expect(gate.questionCount == 0 && gate.changes(beside: nil).isEmpty)
  }

  @Test("the right share of hand-made preferences, with its lower bound")
  func statistics() throws {
    // 8 of 10 for the likeliest label, with a = .9 and b = .1: (.8 − .1)/.8.
    let preferences = (0..<10).map {
      PreferenceStatistics.Preference(ifRight: 0.9, ifWrong: 0.1, isForLikeliest: $0 < 8)
    }
    let statistics = PreferenceStatistics(preferences)
    #expect(abs(statistics.informativeness - 0.64) < 1e-12)
    #expect(abs((statistics.rightShare ?? 0) - 0.875) < 1e-12)
    // At the bound, half a preference less than 8 is 1.2816 deviations above what is expected.
    let low = try #require(statistics.rightShareLow)
    let expected = 0.1 + 0.8 * low
    let deviation = (10 * expected * (1 - expected)).squareRoot()
    #expect(abs(7.5 - 10 * expected - 1.2816 * deviation) < 1e-6)
    #expect(PreferenceStatistics([]).rightShare == nil)
  }

  @Test("ten of ten do not show that nine of ten are right")
  func bestSample() throws {
    let preferences = [PreferenceStatistics.Preference](
      repeating: PreferenceStatistics.Preference(
        ifRight: 0.95, ifWrong: 0.05, isForLikeliest: true), count: 10)
    let low = try #require(PreferenceStatistics(preferences).rightShareLow)
    // The exact binomial bound of 10 of 10 is .1^(1/10) = .794, and so (.794 − .05)/.9.
    #expect(abs(low - 0.827) < 0.03)
  }

  @Test(
    "in nine of ten samples the right share is not below its bound",
    arguments: [10, 50], [0.7, 0.85, 0.95])
  func boundHolds(size: Int, accuracy: Double) {
    var generator = SplitMix64(seed: UInt64(size))
    for share in [0.6, 0.9, 0.95] {
      var holds = 0
      for _ in 0..<200 {
        // How often the model is right is itself known from a sample only, of at least 20.
        let agreements = max(size, 20)
        let right = (0..<agreements).count { _ in generator.uniform() < accuracy }
        let known = Double(right + 1) / Double(agreements + 2)
        let preferences = (0..<size).map { _ in
          let isRight = generator.uniform() < share
          return PreferenceStatistics.Preference(
            ifRight: known, ifWrong: 1 - known,
            isForLikeliest: generator.uniform() < (isRight ? accuracy : 1 - accuracy))
        }
        let low = PreferenceStatistics(
          preferences, shareVariance: known * (1 - known) / Double(agreements)
        ).rightShareLow
        if (low ?? 0) <= share { holds += 1 }
      }
      // Of 200 samples with 180 expected, the standard deviation is 4.
      #expect(holds >= 168, "right share \(share): \(holds) of 200")
    }
  }

  // MARK: - In the assessment of a file

  /// Clusters around axes; their centres are near each other where `spread` is large. The first `wrong` records have
  /// the label of the next cluster.
  private func clusters(
    _ records: Int, wrong: Int, spread: Double, hasNames: Bool
  ) -> (data: AnnotatedSet, truth: [Int], nearest: [Int]) {
    var generator = SplitMix64(seed: 8)
    var vectors = Matrix(rows: records, columns: 8)
    var names = Matrix(rows: 4, columns: 8)
    for label in 0..<4 { names[label, label] = 1 }
    for row in 0..<records {
      for column in 0..<8 {
        vectors[row, column] = Float(spread * generator.gaussian()) + (column == row % 4 ? 1 : 0)
      }
    }
    let nearest = (0..<records).map { row in
      (0..<4).max { vectors[row, $0] < vectors[row, $1] } ?? 0
    }
    vectors = vectors.normalised()
    let given = (0..<records).map { [Int32(($0 < wrong ? $0 + 1 : $0) % 4)] }
    return (
      AnnotatedSet(
        vectors: vectors, targets: Targets(given: given, labelCount: 4, isMultiLabel: false),
        words: nil, trusted: [Bool](repeating: false, count: records), votes: [:],
        meanings: hasNames ? LabelMeanings(records: vectors, names: names) : nil),
      (0..<records).map { $0 % 4 }, nearest
    )
  }

  private func assess(
    _ data: AnnotatedSet, asking comparer: any LabelComparer, threads: Int = 1,
    mode: CorrectionMode = .auto
  ) throws -> AssessedLabels {
    var options = AssessmentOptions(mode: mode, threads: threads)
    options.comparison = LabelComparison(asking: comparer, mostQuestions: 400)
    return try assessLabels(data, options: options, search: PlainSearch())
  }

  @Test("an open gate replaces labels, says why, and the number of threads changes nothing")
  func openGate() throws {
    let (data, truth, _) = clusters(320, wrong: 60, spread: 0.15, hasNames: false)
    let comparer = SimulatedComparer(truth, accuracy: 0.95)
    let assessed = try assess(data, asking: comparer)
    #expect(assessed.labelComparisonGate?.isOpen == true)
    let corrected = assessed.assessments.indices.filter {
      assessed.assessments[$0].action == .corrected
    }
    #expect(corrected.count > 40 && corrected.allSatisfy { $0 < 60 })
    #expect(corrected.allSatisfy { assessed.assessments[$0].reason == .languageModel })
    // The soft label is for the new label by at least what the model has shown, and the mean credibility is
    // that of as many wrong labels.
    let gate = try #require(assessed.labelComparisonGate)
    let shown = try #require(gate.cautiousRightShare)
    for row in corrected {
      let assessment = assessed.assessments[row]
      #expect(assessment.softLabel[0].label == assessment.labels[0])
      #expect(assessment.weight > shown - 1e-9 && assessment.weight <= 1)
      #expect(abs(assessment.softLabel.reduce(0) { $0 + $1.probability } - 1) < 1e-9)
    }
    let wrong = assessed.assessments.reduce(0) { $0 + 1 - ($1.credibility ?? 1) }
    #expect(abs(wrong - shown * Double(gate.allDisagreements)) < 1e-3)
    let rate = try #require(assessed.errorRate)
    #expect(abs(rate.estimate - wrong / 320) < 1e-5)
    #expect(rate.low <= rate.estimate && rate.estimate <= rate.high)
    let other = SimulatedComparer(truth, accuracy: 0.95)
    let again = try assess(data, asking: other, threads: 3)
    #expect(again.assessments.map { "\($0)" } == assessed.assessments.map { "\($0)" })
    #expect(other.asked == comparer.asked)
    let suggested = try assess(data, asking: comparer, mode: .suggest)
    #expect(suggested.assessments.allSatisfy { $0.action != .corrected })
  }

  @Test(
    "a label that one record alone has is not replaced: no other record could have supported it",
    arguments: [false, true])
  func loneLabel(isPair: Bool) throws {
    let (data, _, _) = clusters(320, wrong: 60, spread: 0.15, hasNames: true)
    var given = (0..<320).map { Array(data.targets.of($0)) }
    // Of the second cluster; the names support a change of both to the cluster's label.
    given[1] = [4]
    if isPair { given[5] = [4] }
    let meanings = try #require(data.meanings)
    var names = Matrix(rows: 5, columns: meanings.names.columns)
    for row in 0..<4 {
      for column in 0..<names.columns { names[row, column] = meanings.names[row, column] }
    }
    names[4, names.columns - 1] = 1
    let changed = AnnotatedSet(
      vectors: data.vectors, targets: Targets(given: given, labelCount: 5, isMultiLabel: false),
      words: nil, trusted: data.trusted, votes: [:],
      meanings: LabelMeanings(records: meanings.records, names: names))
    let assessed = try assessLabels(changed, options: AssessmentOptions(), search: PlainSearch())
    #expect(assessed.labelNameGate?.isOpen == true)
    #expect(assessed.assessments.count { $0.action == .corrected } > 20)
    #expect(assessed.assessments[1].isFlagged)
    #expect((assessed.assessments[1].action == .corrected) == isPair)
  }

  @Test("names and model, both open, change what neither speaks against")
  func bothOpen() throws {
    let (data, truth, _) = clusters(320, wrong: 60, spread: 0.15, hasNames: true)
    let assessed = try assess(data, asking: SimulatedComparer(truth, accuracy: 0.9))
    let names = try #require(assessed.labelNameGate)
    let model = try #require(assessed.labelComparisonGate)
    #expect(names.isOpen && model.isOpen)
    let both = Set(model.changes(beside: names))
    #expect(both.isStrictSubset(of: Set(names.changes)))
    #expect(both.isSuperset(of: names.changes.filter { model.supports($0) }))
    #expect(both.contains { assessed.assessments[Int($0)].reason == .labelNamesAndLanguageModel })
    // A model that proves nothing takes nothing away.
    let coin = try assess(data, asking: SimulatedComparer(truth, accuracy: 0.5))
    #expect(coin.labelComparisonGate?.isOpen == false)
    #expect(
      coin.assessments.filter { $0.action == .corrected }.count
        == (try assessLabels(data, options: AssessmentOptions(), search: PlainSearch()))
        .assessments.filter { $0.action == .corrected }.count)
  }

  @Test(
    "a model that repeats the neighbours' mistakes opens nothing where no label is wrong",
    arguments: [0.4, 0.5])
  func sharedMistakes(spread: Double) throws {
    let (data, _, nearest) = clusters(480, wrong: 0, spread: spread, hasNames: false)
    let comparer = SimulatedComparer(nearest, accuracy: 1)
    let assessed = try assess(data, asking: comparer)
    let gate = try #require(assessed.labelComparisonGate)
    #expect(gate.allDisagreements >= 20)
    // Its answers alone would open the gate: what known errors look like keeps it shut, or unasked.
    #expect(!gate.isOpen && !gate.disagreementsLookWrong)
    #expect(gate.modelAgrees == !comparer.asked.isEmpty, "\(gate)")
    #expect(assessed.assessments.allSatisfy { $0.action != .corrected })
  }
}
