package import ModelInterfaces

/// Has a model say which of a query's passages are relevant, and which of those are useful for
/// answering it (after arXiv 2504.05220): relevant ones are selected, an answer is written from them
/// unless the record has one, and by it the useful ones are selected or ranked.
///
/// A judgement does not depend on the order of the passages, and passages that read the same have the
/// same judgement. Calls are made one after another: several queries may be judged at once instead, up
/// to the generator's `concurrency`.
package struct PassageJudge: Sendable {
  package let generator: any TextGenerator
  package let prompts: PromptSet
  package let settings: JudgeSettings

  package init(
    asking generator: any TextGenerator, with prompts: PromptSet = .shipped,
    settings: JudgeSettings = JudgeSettings()
  ) {
    self.generator = generator
    self.prompts = prompts
    self.settings = settings
  }

  /// Names everything that can change a judgement.
  package var identity: String {
    "judge \(generator.identity); \(settings.identity); prompts \(prompts.digest)"
  }

  /// Whether only the beginning of a query is shown.
  package func isCut(_ query: String) -> Bool {
    QuotedText(query, words: settings.wordsPerPassage).wasCut
  }

  /// Judges one query's passages.
  ///
  /// What fails costs as little as it can: where a selection of relevant passages fails, they all go
  /// on; without an answer, or without a reply on utility, there is no judgement. Empty passages are
  /// irrelevant, unasked; when nothing is relevant, nothing more is asked.
  ///
  /// - Parameter answers: right answers, where the record has any; then none is generated.
  /// - Complexity: for n different passages at most 16 at a time, n / 16 calls, again for what is left
  ///   until one call holds it, and then one or two.
  package func judge(
    query: String, passages: [String], answers: [String] = []
  ) -> JudgingOutcome {
    let given = answers.joined(separator: "\n")
    let givenAnswer = QuotedText(given, words: settings.wordsPerPassage).isEmpty ? nil : given
    let candidates = Candidates(passages, words: settings.wordsPerPassage)
    let quotedQuery = QuotedText(query, words: settings.wordsPerPassage)
    guard !candidates.distinct.isEmpty else {
      return outcome(Findings(count: 0), candidates, answer: nil, given: givenAnswer)
    }
    guard !quotedQuery.isEmpty else {
      return JudgingOutcome(judgement: nil, reason: "the query is empty", calls: 0, failures: [])
    }
    var conversations = QueryConversations(
      of: generator, with: prompts, settings: settings, query: quotedQuery,
      passages: candidates.distinct)
    var findings = Findings(count: candidates.distinct.count)
    let standing = selectRelevant(asking: &conversations, into: &findings)
    guard !conversations.isHopeless else { return failure(conversations) }
    guard !standing.isEmpty else {
      return outcome(findings, candidates, answer: nil, given: givenAnswer, conversations)
    }
    guard let answer = givenAnswer ?? conversations.answer(from: standing) else {
      return failure(conversations)
    }
    let quotedAnswer = QuotedText(answer, words: settings.wordsPerPassage)
    guard judgeUtility(of: standing, by: quotedAnswer, asking: &conversations, into: &findings)
    else {
      return failure(conversations)
    }
    return outcome(findings, candidates, answer: answer, given: givenAnswer, conversations)
  }

  /// The passages that go on: in one call, if the model narrows them down that far. Those that it found
  /// relevant come before those that it said nothing about.
  private func selectRelevant(
    asking conversations: inout QueryConversations, into findings: inout Findings
  ) -> [Int] {
    var standing = Array(conversations.passages.indices)
    for round in 1...JudgeSettings.mostRounds {
      let selected = conversations.relevant(among: standing, round: round)
      let next = selected.chosen + selected.unjudged
      // Having found them relevant, a model that now rejects them all has misunderstood.
      if round > 1, next.isEmpty { break }
      findings.addRound(selected)
      let isStuck = next.count == standing.count
      standing = next
      if isStuck || standing.count <= settings.passagesPerCall || conversations.isHopeless { break }
    }
    return standing
  }

  /// Whether that succeeded.
  private func judgeUtility(
    of standing: [Int], by answer: QuotedText, asking conversations: inout QueryConversations,
    into findings: inout Findings
  ) -> Bool {
    switch settings.form {
    case .selection:
      let selected = conversations.useful(among: standing, answer: answer)
      guard selected.unjudged.isEmpty else { return false }
      for member in selected.chosen { findings.setUseful(member) }
    case .ranking:
      // One passage is the first of its ranking whatever a model says.
      let ranking = standing.count == 1 ? standing : conversations.ranked(standing, answer: answer)
      guard let ranking else { return false }
      let kept = max(1, Int((Double(ranking.count) * settings.keptShare).rounded()))
      for (place, member) in ranking.enumerated() {
        findings.setRank(place + 1, of: ranking.count, isUseful: place < kept, for: member)
      }
    }
    return true
  }

  private func failure(_ conversations: QueryConversations) -> JudgingOutcome {
    JudgingOutcome(
      judgement: nil,
      reason: conversations.failures.last.map { "\($0)" } ?? "the model was not asked",
      calls: conversations.calls, failures: conversations.failures)
  }

  private func outcome(
    _ findings: Findings, _ candidates: Candidates, answer: String?, given: String?,
    _ conversations: QueryConversations? = nil
  ) -> JudgingOutcome {
    let passages = zip(candidates.places, candidates.wasCut).map { place, wasCut in
      findings.judgement(on: place, wasCut: wasCut)
    }
    let used = given ?? answer
    return JudgingOutcome(
      judgement: QueryJudgement(
        passages: passages, answer: used,
        answerSource: used.map { _ in given == nil ? .generated : .given }),
      reason: nil, calls: conversations?.calls ?? 0, failures: conversations?.failures ?? [])
  }
}

/// The passages as they are shown: each text once, without the empty ones.
private struct Candidates {
  private(set) var distinct: [QuotedText] = []
  /// For each of the record's passages its place in `distinct`; nil for an empty one.
  private(set) var places: [Int?] = []
  private(set) var wasCut: [Bool] = []

  init(_ passages: [String], words: Int) {
    var known: [String: Int] = [:]
    for passage in passages {
      let quoted = QuotedText(passage, words: words)
      wasCut.append(quoted.wasCut)
      if quoted.isEmpty {
        places.append(nil)
      } else if let place = known[quoted.text] {
        places.append(place)
      } else {
        known[quoted.text] = distinct.count
        places.append(distinct.count)
        distinct.append(quoted)
      }
    }
  }
}

/// What is known of each different passage so far.
private struct Findings {
  private struct Finding {
    var isRelevant: Bool? = false
    /// Rounds in which it was found relevant; one that says nothing is half a round.
    var rounds = 0.0
    var isUseful = false
    var rank: Int?
    var utility = 0.0
  }

  private var findings: [Finding]
  private var rounds = 0

  init(count: Int) { findings = Array(repeating: Finding(), count: count) }

  mutating func addRound(_ selected: QueryConversations.Selected) {
    rounds += 1
    for member in selected.chosen {
      if rounds == 1 { findings[member].isRelevant = true }
      findings[member].rounds += 1
    }
    for member in selected.unjudged {
      if rounds == 1 { findings[member].isRelevant = nil }
      findings[member].rounds += 0.5
    }
  }

  mutating func setUseful(_ member: Int) {
    findings[member].isUseful = true
    findings[member].utility = 1
  }

  mutating func setRank(_ rank: Int, of count: Int, isUseful: Bool, for member: Int) {
    findings[member].rank = rank
    findings[member].isUseful = isUseful
    findings[member].utility = Double(count - rank + 1) / Double(count)
  }

  /// - Parameter place: nil for an empty passage.
  func judgement(on place: Int?, wasCut: Bool) -> PassageJudgement {
    let finding = place.map { findings[$0] } ?? Finding()
    let relevance = rounds > 0 ? finding.rounds / Double(rounds) : 0
    return PassageJudgement(
      isRelevant: finding.isRelevant, isUseful: finding.isUseful, rank: finding.rank,
      score: (relevance + finding.utility) / 2, wasCut: wasCut)
  }
}
