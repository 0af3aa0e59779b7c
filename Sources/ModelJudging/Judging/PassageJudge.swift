package import ModelInterfaces

/// Asks a language model which of a query's passages are relevant, and which of those are useful for
/// answering the query (after arXiv 2504.05220; docs/METHODS.md, section 4).
///
/// The model first selects the relevant passages. It then writes an answer from them, unless the record
/// has one. With this answer, it selects or ranks the useful passages.
///
/// A judgement does not depend on the order of the passages, and passages with the same text have the
/// same judgement. The judge makes its calls one after another; callers may judge several queries at once
/// instead, up to the generator's `concurrency`.
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

  /// Whether the model sees only the beginning of a query.
  package func isCut(_ query: String) -> Bool {
    QuotedText(query, words: settings.wordsPerPassage).wasCut
  }

  /// Judges one query's passages.
  ///
  /// If a call for relevant passages fails, all its passages go on to the next step. If the model gives no
  /// answer to the query, or no reply about utility, there is no judgement. Empty passages are irrelevant
  /// without a call. If no passage is relevant, the judge asks nothing more.
  ///
  /// - Parameter answers: right answers, if the record has any; then the model writes none.
  /// - Complexity: for n different passages, ⌈n / `passagesPerCall`⌉ calls, again for the passages that
  ///   remain until one call can hold them, and then one or two calls; more for a long ranking.
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
    let remaining = selectRelevant(asking: &conversations, into: &findings)
    guard !conversations.isServerUnreachable else { return failure(conversations) }
    guard !remaining.isEmpty else {
      return outcome(findings, candidates, answer: nil, given: givenAnswer, conversations)
    }
    guard let answer = givenAnswer ?? conversations.answer(from: remaining) else {
      return failure(conversations)
    }
    let quotedAnswer = QuotedText(answer, words: settings.wordsPerPassage)
    guard judgeUtility(of: remaining, by: quotedAnswer, asking: &conversations, into: &findings)
    else {
      return failure(conversations)
    }
    return outcome(findings, candidates, answer: answer, given: givenAnswer, conversations)
  }

  /// The passages that go on to the next step. They fit into one call if the model selects few enough.
  /// Those that it found relevant come before those without a judgement.
  private func selectRelevant(
    asking conversations: inout QueryConversations, into findings: inout Findings
  ) -> [Int] {
    var remaining = Array(conversations.passages.indices)
    for round in 1...JudgeSettings.mostRounds {
      let selected = conversations.relevant(among: remaining, round: round)
      let next = selected.chosen + selected.unjudged
      // The model found these passages relevant before. If it now rejects all, it misunderstood.
      if round > 1, next.isEmpty { break }
      findings.addRound(selected)
      let isUnchanged = next.count == remaining.count
      remaining = next
      let fitsOneCall = remaining.count <= settings.passagesPerCall
      if isUnchanged || fitsOneCall || conversations.isServerUnreachable { break }
    }
    return remaining
  }

  /// Has the model judge the utility of passages.
  ///
  /// - Returns: whether this succeeded.
  private func judgeUtility(
    of remaining: [Int], by answer: QuotedText, asking conversations: inout QueryConversations,
    into findings: inout Findings
  ) -> Bool {
    switch settings.form {
    case .selection:
      let selected = conversations.useful(among: remaining, answer: answer)
      guard selected.unjudged.isEmpty else { return false }
      for member in selected.chosen { findings.setUseful(member) }
    case .ranking:
      // A single passage is always the first of its ranking, so the judge asks nothing.
      let ranking =
        remaining.count == 1 ? remaining : conversations.ranked(remaining, answer: answer)
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
      calls: conversations.calls, failures: conversations.failures, usage: conversations.usage)
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
      reason: nil, calls: conversations?.calls ?? 0, failures: conversations?.failures ?? [],
      usage: conversations?.usage ?? TokenUsage())
  }
}

/// The passages as the model sees them: each text once, without the empty ones.
private struct Candidates {
  private(set) var distinct: [QuotedText] = []
  /// For each of the record's passages its place in `distinct`; nil for an empty passage.
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

/// What the model has said about each different passage so far.
private struct Findings {
  private struct Finding {
    var isRelevant: Bool? = false
    /// How many rounds found the passage relevant; a round without a readable reply counts half.
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
