import Concurrency
import Testing

@testable import PassageUtility

@Suite struct FileCalibrationsTests {
  private static func queries(
    _ count: Int, seed: UInt64 = 1, named name: String = "query"
  ) -> [SyntheticQuery] {
    var generator = SplitMix64(seed: seed)
    let truth = Calibration(slope: 2, mean: -1, intercept: -2)
    return (0..<count).map { index in
      SyntheticQuery(&generator, truth: truth).named("\(name) \(index)")
    }
  }

  private static func calibrations(
    _ queries: [SyntheticQuery], _ candidates: [CandidateQuery]? = nil,
    cases: [CalibrationCase]? = nil
  ) -> FileCalibrations {
    FileCalibrations(
      candidates ?? queries.map(\.candidates), scores: queries.map(\.values),
      cases: cases ?? queries.map { _ in .texts })
  }

  @Test("a query's labels do not change its own calibration, and change those of other folds")
  func outOfFold() {
    let queries = Self.queries(30)
    let before = Self.calibrations(queries)
    #expect(before.sources.allSatisfy { $0 == .refittedOutOfFold })
    for place in queries.indices {
      var changed = queries
      changed[place] = queries[place].labelled { !queries[place].labels[$0] }
      let after = Self.calibrations(changed)
      #expect(after.calibrations[place] == before.calibrations[place])
      let moved = queries.indices.count { after.calibrations[$0] != before.calibrations[$0] }
      #expect(moved == 24, "all but its fold")
    }
  }

  @Test("the labels of a query of the same wording do not change a query's calibration")
  func copies() {
    var queries = Self.queries(29)
    queries.append(Self.queries(1, seed: 2)[0].named(queries[4].text))
    let before = Self.calibrations(queries)
    queries[29] = queries[29].labelled { !queries[29].labels[$0] }
    let after = Self.calibrations(queries)
    #expect(after.calibrations[4] == before.calibrations[4])
    #expect(after.calibrations != before.calibrations)
  }

  @Test("queries without labels get the fit to all labelled queries") func unlabelled() {
    let queries = Self.queries(40)
    let candidates =
      queries.prefix(25).map(\.candidates) + queries.suffix(15).map(\.unlabelledCandidates)
    let found = Self.calibrations(queries, candidates)
    #expect(found.sources.prefix(25).allSatisfy { $0 == .refittedOutOfFold })
    #expect(found.sources.suffix(15).allSatisfy { $0 == .refitted })
    #expect(Set(found.calibrations.suffix(15).map(\.slope)).count == 1)
    #expect(Set(found.calibrations.map(\.slope)).count == 6)
  }

  @Test("the order of the lines changes nothing, to the last bit") func reordering() {
    let queries = Self.queries(33) + Self.queries(3, seed: 5)
    let found = Self.calibrations(queries)
    var generator = SplitMix64(seed: 3)
    for _ in 0..<5 {
      let order = queries.indices.shuffled(using: &generator)
      let other = Self.calibrations(order.map { queries[$0] })
      #expect(other.calibrations == order.map { found.calibrations[$0] })
    }
  }

  @Test("calibrations are fitted from twenty queries on, counted by wording") func threshold() {
    #expect(Self.calibrations(Self.queries(19)).sources.allSatisfy { $0 == .shipped })
    #expect(Self.calibrations(Self.queries(19)).calibrations.allSatisfy { $0 == .texts })
    #expect(Self.calibrations(Self.queries(20)).sources.allSatisfy { $0 == .refittedOutOfFold })
    let copied = Self.queries(19) + Self.queries(19, seed: 2)
    #expect(Self.calibrations(copied).sources.allSatisfy { $0 == .shipped })
    #expect(Self.calibrations([]).calibrations.isEmpty)
  }

  @Test("a query counts as labelled if all its passages with a text are") func partlyLabelled() {
    let queries = Self.queries(20)
    func found(_ change: (inout [String], inout [Bool?]) -> Void) -> CalibrationSource {
      var candidates = queries.map(\.candidates)
      var passages = candidates[0].passages
      var labels = candidates[0].isLabelledUseful
      change(&passages, &labels)
      candidates[0] = CandidateQuery(
        text: candidates[0].text, passages: passages, isLabelledUseful: labels)
      return Self.calibrations(queries, candidates).sources[1]
    }
    #expect(found { $1[2] = nil } == .shipped)
    #expect(
      found {
        $0[2] = " "
        $1[2] = nil
      } == .refittedOutOfFold)
    #expect(
      found { passages, labels in
        passages = passages.map { _ in "" }
        labels = labels.map { _ in true }
      } == .shipped)
  }

  @Test("the label of a blank passage changes nothing") func blank() {
    let queries = Self.queries(25)
    func found(_ label: Bool) -> [Calibration] {
      var candidates = queries.map(\.candidates)
      for (place, query) in candidates.enumerated() {
        candidates[place] = CandidateQuery(
          text: query.text, passages: [""] + query.passages.dropFirst(),
          isLabelledUseful: [label] + query.isLabelledUseful.dropFirst())
      }
      return Self.calibrations(queries, candidates).calibrations
    }
    #expect(found(true) == found(false))
    #expect(found(true)[0] != .texts)
  }

  @Test("with equal labels, or labels against the scores, the shipped calibration stays")
  func refused() {
    for queries in [
      Self.queries(30).map { $0.labelled { _ in true } },
      Self.queries(30).map { $0.labelled { _ in false } },
    ] {
      let found = Self.calibrations(queries)
      #expect(found.calibrations.allSatisfy { $0 == .texts })
      #expect(found.sources.allSatisfy { $0 == .shipped })
    }
    let against = Self.queries(200).map { query in query.labelled { !query.labels[$0] } }
    #expect(Self.calibrations(against).calibrations.allSatisfy { $0.slope > 0 })
  }

  @Test("the only positive of a file does not change its own query's calibration")
  func onlyPositive() {
    var queries = Self.queries(30).map { $0.labelled { _ in false } }
    queries[7] = queries[7].labelled { $0 == 0 }
    let with = Self.calibrations(queries)
    queries[7] = queries[7].labelled { _ in false }
    #expect(with.calibrations[7] == Self.calibrations(queries).calibrations[7])
  }

  @Test("queries with and without answers are calibrated separately, each from twenty on")
  func cases() {
    let texts = Self.queries(25)
    let answers = Self.queries(10, seed: 2, named: "answered")
    let cases: [CalibrationCase] =
      texts.map { _ in .texts } + answers.map { _ in CalibrationCase.answers }
    let found = Self.calibrations(texts + answers, cases: cases)
    #expect(found.calibrations.prefix(25) == Self.calibrations(texts).calibrations[...])
    #expect(found.calibrations.suffix(10).allSatisfy { $0 == .answers })
    let more = Self.queries(22, seed: 2, named: "answered")
    let both = Self.calibrations(
      texts + more, cases: texts.map { _ in .texts } + more.map { _ in .answers })
    #expect(both.calibrations.prefix(25) == found.calibrations.prefix(25))
    #expect(both.sources.allSatisfy { $0 == .refittedOutOfFold })
  }

  // MARK: - The effect on scores

  private static func scores(_ isLabelled: Bool) -> [UtilityScores] {
    var generator = SplitMix64(seed: 4)
    var queries: [CandidateQuery] = []
    var similarities: [Similarities] = []
    for index in 0..<40 {
      let values = (0..<8).map { _ in Double.random(in: 0...1, using: &generator) }
      let passages = values.indices.map { $0 == 3 ? "" : "Hut \($0) stands in valley \(index)." }
      queries.append(
        CandidateQuery(
          text: "Where is hut \(index)?", passages: passages,
          isLabelledUseful: isLabelled ? values.map { $0 > 0.6 } : nil))
      similarities.append(
        Similarities(questions: [
          Similarities.ToQuestion(
            passage: values, sentence: values, nearestSentence: values.map { _ in 0 })
        ]))
    }
    return UtilityScores.of(queries, similarities: similarities)
  }

  @Test("the order within a query stays the same, and a blank passage stays useless")
  func ordering() {
    let without = Self.scores(false)
    let with = Self.scores(true)
    #expect(without.allSatisfy { $0.calibration == .shipped })
    #expect(with.allSatisfy { $0.calibration == .refittedOutOfFold })
    for (shipped, refitted) in zip(without, with) {
      #expect(shipped.utility != refitted.utility)
      func order(_ utility: [Double]) -> [Int] {
        utility.indices.sorted { (-utility[$0], $0) < (-utility[$1], $1) }
      }
      #expect(order(shipped.utility) == order(refitted.utility))
      #expect(refitted.utility[3] == 0)
      #expect(refitted.utility.allSatisfy { $0 >= 0 && $0 <= 1 })
      #expect(shipped.relevance == refitted.relevance)
      #expect(shipped.bestSentence == refitted.bestSentence)
    }
  }

  @Test("with labels, the utility of the best passages is nearer to 1 than without")
  func calibrated() {
    func mean(_ scores: [UtilityScores]) -> Double {
      let best = scores.map { $0.utility.max() ?? 0 }
      return best.reduce(0, +) / Double(best.count)
    }
    #expect(mean(Self.scores(true)) > mean(Self.scores(false)))
  }
}
