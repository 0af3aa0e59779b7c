import Testing

@testable import PassageUtility

@Suite struct ScoreTests {
  private static func similarities(_ query: CandidateQuery, _ values: [Double]) -> Similarities {
    Similarities(
      questions: query.questions.map { _ in
        Similarities.ToQuestion(
          passage: values, sentence: values, nearestSentence: values.map { _ in 0 })
      })
  }

  private static func scores(
    _ passages: [String], _ values: [Double], answers: [String] = [],
    likelihoods: Likelihoods? = nil
  ) -> UtilityScores {
    let query = CandidateQuery(
      text: "When was the Alpine hut built?", passages: passages, answers: answers)
    let texts = UtilityScores.of([query], similarities: [similarities(query, values)])[0]
    return likelihoods.map { texts.joined($0, scale: LikelihoodScale([$0])) } ?? texts
  }

  private static let passages = [
    "The Alpine hut was built in 1931.", "Soup is served at the hut.", "Dogs need a lead.", "",
  ]
  private static let values = [0.8, 0.5, 0.1, 0.0]

  @Test("scores are probabilities, and a passage with the answer is above the others")
  func order() {
    let scores = Self.scores(Self.passages, Self.values)
    #expect(scores.utility.dropLast().allSatisfy { $0 > 0 && $0 < 1 })
    #expect(scores.relevance.dropLast().allSatisfy { $0 > 0 && $0 < 1 })
    // The last one is blank.
    #expect(scores.utility.last == 0 && scores.relevance.last == 0)
    #expect(scores.utility[0] > scores.utility[1] && scores.utility[1] > scores.utility[2])
    #expect(scores.bestSentence == Self.passages[0])
  }

  @Test("the order of the passages changes nothing but the order of the scores") func permutation()
  {
    let order = [2, 0, 3, 1]
    let scores = Self.scores(Self.passages, Self.values)
    let other = Self.scores(order.map { Self.passages[$0] }, order.map { Self.values[$0] })
    for (place, index) in order.enumerated() {
      #expect(abs(other.utility[place] - scores.utility[index]) < 1e-12)
      #expect(abs(other.relevance[place] - scores.relevance[index]) < 1e-12)
    }
  }

  @Test("equal passages have equal scores") func equalPassages() {
    let scores = Self.scores(
      [Self.passages[0], Self.passages[1], Self.passages[0]], [0.8, 0.5, 0.8])
    #expect(scores.utility[0] == scores.utility[2])
  }

  @Test("a known answer raises the utility of the passage that has it") func answer() {
    let texts = ["It was finished in 1931, they say.", "It was begun in 1929, they say."]
    let without = Self.scores(texts, [0.5, 0.5])
    let with = Self.scores(texts, [0.5, 0.5], answers: ["1931"])
    #expect(abs(without.utility[0] - without.utility[1]) < 0.1)
    #expect(with.utility[0] > 2 * with.utility[1])
    #expect(with.signals[0].contains { $0.signal == .answer && $0.value == 1 })
  }

  @Test("each passage is compared with the answer that gives it the highest score")
  func answers() {
    let texts = ["It was finished in 1931, they say.", "It was begun in 1929, they say."]
    func lexical(_ scores: UtilityScores, _ index: Int) -> Double? {
      scores.signals[index].first { $0.signal == .lexical }?.value
    }
    let both = Self.scores(texts, [0.5, 0.5], answers: ["1929", "1931"])
    let second = Self.scores(texts, [0.5, 0.5], answers: ["1931"])
    let first = Self.scores(texts, [0.5, 0.5], answers: ["1929"])
    #expect(lexical(both, 0) == lexical(second, 0) && lexical(both, 1) == lexical(first, 1))
    #expect(lexical(first, 0) != lexical(second, 0))
  }

  @Test("a copy does not lower the residual signal of a passage") func copies() {
    let scores = Self.scores(
      [Self.passages[0], Self.passages[2], Self.passages[0]], [0.8, 0.1, 0.8])
    let residual = scores.signals.map { $0.first { $0.signal == .residual }?.value ?? 0 }
    #expect(residual[0] > 0 && residual[0] == residual[2] && residual[1] == 0)
  }

  @Test(
    "the useful set follows the three thresholds of utility",
    arguments: [
      ([0.6, 0.4, 0.29, 0.25], [true, true, false, false]), ([0.25, 0.1], [true, false]),
      ([0.15, 0.1], [false, false]), ([0.9, 0.4], [true, false]), ([0.25, 0.25], [true, true]),
      ([], []),
    ])
  func usefulSet(_ utility: [Double], _ set: [Bool]) {
    #expect(PassageAssessments.usefulSet(utility) == set)
  }

  @Test("a likelihood is a signal, and without likelihoods the scores are those of the texts")
  func likelihood() {
    let known = Likelihoods(query: [-3, -1, -2, nil], answerGain: [])
    let scores = Self.scores(Self.passages, Self.values, likelihoods: known)
    #expect(scores.signals[0].contains { $0.signal == .likelihood })
    #expect(!scores.signals[3].contains { $0.signal == .likelihood })
    let none = Likelihoods(query: [nil, nil, nil, nil], answerGain: [])
    let texts = Self.scores(Self.passages, Self.values)
    #expect(Self.scores(Self.passages, Self.values, likelihoods: none).utility == texts.utility)
    // Equal likelihoods decide nothing, however high they are.
    let equal = Likelihoods(query: [-1, -1, -1, nil], answerGain: [])
    let same = Self.scores(Self.passages, Self.values, likelihoods: equal)
    for (left, right) in zip(same.utility, texts.utility) { #expect(abs(left - right) < 1e-12) }
  }

  /// By hand: deviations of ±1 and ±3 around the means of two queries, one degree of freedom each:
  /// √((1 + 1 + 9 + 9) / 2) = √10.
  @Test("a small difference beside a large one in another query is small") func scale() {
    let small = Likelihoods(query: [-3, -1, nil], answerGain: [])
    let large = Likelihoods(query: [-7, -1], answerGain: [])
    let answered = Likelihoods(query: [-90, -1], answerGain: [2, 4])
    let scale = LikelihoodScale([small, large, answered])
    #expect(abs(scale.query.value - 10.0.squareRoot()) < 1e-12)
    #expect(abs(scale.answerGain.value - 2.0.squareRoot()) < 1e-12)
    let found = scale.query.standardised(small.query)
    #expect(abs((found[0] ?? 0) + 1 / 10.0.squareRoot()) < 1e-12 && found[2] == nil)
    #expect(LikelihoodScale([]).query.standardised([-3, nil]) == [0, nil])
  }

  @Test("a label of a useful passage says that the query has one, and utility does not know")
  func utilityBesideLabels() {
    let scores = Self.scores(Self.passages, Self.values)
    #expect(scores.utility(besideLabels: [nil, nil, nil, nil]) == scores.utility)
    #expect(scores.utility(besideLabels: [false, false, nil, nil]) == scores.utility)
    let labelled = scores.utility(besideLabels: [true, false, nil, nil])
    #expect(labelled[1] > scores.utility[1] && labelled[3] == 0)
  }

  @Test("passages that the model did not read keep their utility; those that it read, on average")
  func partlyRead() {
    let texts = Self.scores(Self.passages, Self.values)
    let read = Self.scores(
      Self.passages, Self.values,
      likelihoods: Likelihoods(query: [nil, -3, -1, nil], answerGain: []))
    #expect(read.utility[0] == texts.utility[0] && read.utility[3] == 0)
    #expect(!read.signals[0].contains { $0.signal == .likelihood })
    #expect(read.utility[1] < texts.utility[1] && read.utility[2] > texts.utility[2])
    func logOdds(_ scores: UtilityScores) -> Double {
      scores.utility[1...2].reduce(0) { $0 + PassageAssessments.logOdds($1) }
    }
    #expect(abs(logOdds(read) - logOdds(texts)) < 1e-9)
    // The best sentence is that of the passage that is best in the end.
    let near = Self.scores(
      [Self.passages[1], Self.passages[2]], [0.3, 0.3],
      likelihoods: Likelihoods(query: [-9, -1], answerGain: []))
    #expect(near.bestSentence == Self.passages[near.utility[0] > near.utility[1] ? 1 : 2])
  }

  @Test("of passages on other subjects none is useful, even if one is nearer than the others")
  func nothingUseful() {
    let texts = [
      "Dogs need a lead.", "Bread is baked at dawn.", "Trains run hourly.", "Rice grows in water.",
    ]
    let scores = Self.scores(texts, [0.3, 0.05, 0.05, 0.02])
    #expect(!PassageAssessments.usefulSet(scores.utility).contains(true), "\(scores.utility)")
    let answered = Self.scores(texts, [0.3, 0.05, 0.05, 0.02], answers: ["in 1931"])
    #expect(!PassageAssessments.usefulSet(answered.utility).contains(true), "\(answered.utility)")
    #expect(PassageAssessments.usefulSet(Self.scores(Self.passages, Self.values).utility)[0])
  }

  @Test("a model's yes about the answer raises a passage's utility, by its log-odds")
  func containsAnswer() throws {
    func scores(_ containsAnswer: [Double?]) -> UtilityScores {
      let equal = [Double?](repeating: -2, count: 3) + [nil]
      return Self.scores(
        Self.passages, Self.values,
        likelihoods: Likelihoods(
          query: equal, answerGain: [], containsAnswer: containsAnswer))
    }
    let even = scores([0, 0, 0, nil])
    let second = scores([0, 0.8, 0, nil])
    #expect(second.utility[1] > even.utility[1])
    #expect(second.signals[1].contains { $0.signal == .containsAnswer && $0.value == 0.8 })
    #expect(!second.signals[3].contains { $0.signal == .containsAnswer })
    // 2 · artanh(.8) = ln 9.
    #expect(abs(UtilitySignal.containsAnswer.measure(0.8) - 2.1972) < 0.0001)
    #expect(UtilitySignal.containsAnswer.measure(1).isFinite)
    // A model that prefers "Yes" everywhere says nothing.
    let yes = scores([0.5, 0.5, 0.5, nil])
    for (left, right) in zip(yes.utility, even.utility) { #expect(abs(left - right) < 1e-12) }
  }

  @Test("no passage, one passage and a thousand are all scored") func counts() {
    #expect(Self.scores([], []).utility.isEmpty)
    #expect(Self.scores([], []).bestSentence == nil)
    #expect(Self.scores(["One only."], [0.4]).utility.count == 1)
    let many = (0..<1000).map { "Passage \($0) speaks of Hut \($0 % 7) and Valley \($0 % 11)." }
    let scores = Self.scores(many, many.indices.map { Double($0) / 1000 })
    #expect(scores.utility.count == 1000 && scores.utility.allSatisfy(\.isFinite))
  }

  // MARK: - Assessments

  private static func assessments(
    _ labels: [Bool?], noise: LabelNoise = LabelNoise(0.1)
  ) -> (UtilityScores, PassageAssessments) {
    let scores = scores(passages, values)
    return (scores, PassageAssessments(scores, labels: labels, noise: noise))
  }

  @Test("soft labels sum to 1 and follow the scores") func softLabels() {
    let (_, assessments) = Self.assessments([nil, nil, nil, nil])
    #expect(abs(assessments.softLabel.reduce(0, +) - 1) < 1e-12)
    #expect(assessments.softLabel[0] == assessments.softLabel.max())
    #expect(PassageAssessments.shares(relevance: [], utility: []).isEmpty)
    #expect(PassageAssessments.shares(relevance: [0.3], utility: [0.2]) == [1])
  }

  @Test("a label against the evidence is less credible than one with it; no label, no credibility")
  func credibility() throws {
    let (_, right) = Self.assessments([true, false, nil, nil])
    let (_, wrong) = Self.assessments([false, true, nil, nil])
    #expect(try #require(right.credibility[0]) > #require(wrong.credibility[0]))
    #expect(right.credibility[2] == nil && !right.isFlagged[2])
    #expect(PassageAssessments.credibility(of: true, utility: 0.5, noise: LabelNoise(0.2)) == 0.8)
  }

  @Test("gold labels are never suspect") func trusted() {
    let scores = Self.scores(Self.passages, Self.values)
    let labels: [Bool?] = [false, true, true, nil]
    #expect(
      PassageAssessments(scores, labels: labels, noise: LabelNoise(0.2)).isFlagged.contains(true))
    let trusted = PassageAssessments(
      scores, labels: labels, noise: LabelNoise(0.2), isTrusted: true)
    #expect(!trusted.isFlagged.contains(true) && trusted.credibility == [1, 1, 1, nil])
  }

  @Test("a hard negative is no positive, less relevant than the best one, and near the query")
  func hardNegatives() {
    let (scores, assessments) = Self.assessments([true, false, false, false])
    #expect(assessments.negatives == [nil, .hard, .easy, nil])
    #expect(scores.relevance[1] < 0.95 * scores.relevance[0])
    // Labelled useless beside a positive that is less relevant: probably a missed positive.
    let swapped = PassageAssessments(
      scores, labels: [false, true, false, false], noise: LabelNoise(0.001))
    #expect(swapped.isFalseNegative[0] && !swapped.isHardNegative[0])
  }

  private static func kinds(
    _ values: [Double], _ labels: [Bool?], sameAs: [Int]? = nil,
    background: BackgroundSimilarity = .usual, _ change: (inout NegativeCriteria) -> Void = { _ in }
  ) -> [NegativeKind?] {
    // No passage has a word of the query, so that relevance follows from the similarities alone.
    let texts = values.indices.map { "Loaf \($0)" }
    let query = CandidateQuery(text: "When was the Alpine hut built?", passages: texts)
    var near = similarities(query, values)
    near.background = background
    let scores = UtilityScores.of([query], similarities: [near])[0]
    var criteria = NegativeCriteria()
    change(&criteria)
    return PassageAssessments(
      scores, labels: labels, noise: LabelNoise(0.001), isTrusted: true, sameAs: sameAs,
      criteria: criteria
    ).negatives
  }

  @Test("what is as far from the query as texts on other subjects is no hard negative")
  func easyNegatives() {
    // Two passages alone.
    #expect(Self.kinds([0.7, 0.05], [true, false]) == [nil, .easy])
    #expect(Self.kinds([0.7, 0.5], [true, false]) == [nil, .hard])
    // All are unrelated, and one has the label of a useful one.
    #expect(
      Self.kinds([0.1, 0.09, 0.02, -0.1], [true, false, false, false])[2...] == [.easy, .easy])
    #expect(!Self.kinds([0.1, 0.09, 0.08, 0.07], [true, false, false, false]).contains(.hard))
    // No positive, no negative.
    #expect(Self.kinds([0.7, 0.5], [false, false]) == [nil, nil])
    // An encoder in whose space all texts are near.
    let narrow = BackgroundSimilarity((0..<20).map { 0.7 + 0.01 * Double($0 % 3) })
    #expect(Self.kinds([0.9, 0.72, 0.85], [true, false, false], background: narrow)[1] == .easy)
    #expect(Self.kinds([0.9, 0.72, 0.85], [true, false, false], background: narrow)[2] == .hard)
    #expect(BackgroundSimilarity([0.9]) == .usual)
  }

  @Test("each option of mine_hard_negatives limits the hard negatives")
  func criteria() {
    let values = [0.8, 0.6, 0.55, 0.5, 0.1]
    let labels: [Bool?] = [true, false, false, false, false]
    func kinds(_ change: (inout NegativeCriteria) -> Void) -> [NegativeKind?] {
      Array(Self.kinds(values, labels, change).dropFirst())
    }
    #expect(kinds { _ in } == [.hard, .hard, .hard, .easy])
    #expect(kinds { $0.numNegatives = 1 } == [.hard, .easy, .easy, .easy])
    #expect(kinds { ($0.rangeMin, $0.rangeMax) = (1, 2) } == [.tooNear, .hard, .easy, .easy])
    #expect(kinds { $0.minScore = 0 } == [.hard, .hard, .hard, .hard])
    #expect(kinds { $0.minScore = 1 } == [.easy, .easy, .easy, .easy])
    #expect(kinds { $0.maxScore = 0 } == [.tooNear, .tooNear, .tooNear, .tooNear])
    #expect(kinds { $0.absoluteMargin = 1 }.allSatisfy { $0 == .tooNear })
    #expect(kinds { $0.relativeMargin = 0.9 }[0] == .tooNear)
    // A copy has no rank of its own, and a copy of a positive is no negative.
    let copies = Self.kinds(
      [0.8, 0.5, 0.6, 0.6, 0.5], labels, sameAs: [0, 0, 2, 2, 4]
    ) { $0.numNegatives = 2 }
    #expect(copies == [nil, .tooNear, .hard, .hard, .hard])
  }

  @Test("noise is estimated within its bounds, and higher where labels are wrong") func noise() {
    let utility = [[0.95, 0.05, 0.05, 0.9]]
    let right = LabelNoise.estimate([[true, false, false, true]], utility)
    let wrong = LabelNoise.estimate([[false, true, false, true]], utility)
    #expect(LabelNoise.range.contains(right.useful) && LabelNoise.range.contains(wrong.useful))
    #expect(wrong.useful > right.useful && wrong.useless == wrong.useful)
    #expect(LabelNoise.estimate([[nil]], [[0.5]]) == LabelNoise(LabelNoise.initialShare))
  }

  @Test("from twenty queries on, each class of passages has its own share of wrong labels")
  func noiseByClass() {
    let utility = [0.95, 0.05, 0.95, 0.05, 0.05]
    let overlooked: [Bool?] = [false, false, true, false, nil]
    let exaggerated: [Bool?] = [true, true, true, false, nil]
    func estimate(_ labels: [Bool?], queries: Int) -> LabelNoise {
      LabelNoise.estimate(
        Array(repeating: labels, count: queries), Array(repeating: utility, count: queries))
    }
    let missed = estimate(overlooked, queries: 20)
    let extra = estimate(exaggerated, queries: 20)
    #expect(missed.useful > 2 * missed.useless && extra.useless > 2 * extra.useful)
    let few = estimate(overlooked, queries: 19)
    #expect(few.useful == few.useless)
    let even = LabelNoise(0.1)
    let lax = LabelNoise(useful: 0.2, useless: 0.02)
    func credibility(_ label: Bool, _ noise: LabelNoise) -> Double {
      PassageAssessments.credibility(of: label, utility: 0.7, noise: noise)
    }
    #expect(credibility(false, lax) < credibility(false, even))
    #expect(credibility(true, lax) > credibility(true, even))
  }
}
