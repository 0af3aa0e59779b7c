import Synchronization
import Testing
import ModelJudging
import ModelInterfaces
import Concurrency

@Suite struct PassageJudgeTests {
  /// The reply of a model that finds passages with "on topic" relevant and passages with "gold" useful,
  /// and ranks passages by the number in them.
  private static func sensible(_ conversation: Conversation) -> Reply {
    switch conversation.question {
    case .relevance: conversation.selection { $0.contains("on topic") }
    case .selection: conversation.selection { $0.contains("gold") }
    case .answer: Reply(text: "It is so.")
    case .ranking:
      Reply(
        text: conversation.shownPassages.enumerated()
          .sorted { Self.digits($0.element) > Self.digits($1.element) }
          .map { "[\($0.offset + 1)]" }.joined(separator: " > "))
    case .rating: Reply(text: "")
    }
  }

  private static func digits(_ text: String) -> Int { Int(text.filter(\.isNumber)) ?? 0 }

  private static let failure = GenerationError(.timedOut, at: "there", "no answer", remedy: "Wait.")

  private static let passages = [
    "about cheese", "on topic", "on topic, gold", "about wine", "", "on topic, gold 2",
  ]

  @Test func selectsRelevantPassagesThenAnswersThenSelectsUsefulOnes() throws {
    let generator = ScriptedTextGenerator(Self.sensible)
    let outcome = PassageJudge(asking: generator).judge(query: "Is it so?", passages: Self.passages)
    let judgement = try #require(outcome.judgement)
    #expect(judgement.passages.map(\.isRelevant) == [false, true, true, false, false, true])
    #expect(judgement.passages.map(\.isUseful) == [false, false, true, false, false, true])
    #expect(judgement.passages.map(\.score) == [0, 0.5, 1, 0, 0, 1])
    #expect(judgement.answer == "It is so." && judgement.answerSource == .generated)
    #expect(outcome.calls == 3 && outcome.failures.isEmpty && outcome.reason == nil)
    #expect(generator.conversations.map(\.question) == [.relevance, .answer, .selection])
    #expect(
      Set(generator.conversations[1].shownPassages)
        == Set(["on topic", "on topic, gold", "on topic, gold 2"]))
    #expect(generator.conversations[2].user.contains("<answer>\n| It is so.\n</answer>"))
  }

  @Test func givenAnswersSaveACall() throws {
    let generator = ScriptedTextGenerator(Self.sensible)
    let outcome = PassageJudge(asking: generator).judge(
      query: "Is it so?", passages: Self.passages, answers: ["Yes", "It is"])
    #expect(generator.conversations.map(\.question) == [.relevance, .selection])
    #expect(generator.conversations[1].user.contains("<answer>\n| Yes\n| It is\n</answer>"))
    #expect(outcome.judgement?.answerSource == .given)
  }

  @Test func ranksAndKeepsTheFirstTenth() throws {
    let generator = ScriptedTextGenerator(Self.sensible)
    let passages = (1...40).map { "on topic \($0)" }
    let judge = PassageJudge(asking: generator, settings: JudgeSettings(form: .ranking))
    let judgement = try #require(judge.judge(query: "Q", passages: passages).judgement)
    // Windows from the back: 24…40, 16…32, 8…24, 0…16; the best eight of all move to the front.
    #expect(generator.conversations.filter { $0.question == .ranking }.count == 4)
    #expect(judgement.passages.filter(\.isUseful).count == 4)
    #expect(judgement.passages.suffix(4).map(\.isUseful) == [true, true, true, true])
    #expect(judgement.passages.last?.rank == 1 && judgement.passages.last?.score == 1)
    #expect(Set(judgement.passages.compactMap(\.rank)) == Set(1...40))
  }

  @Test func manyPassagesAreSelectedInBalancedRounds() throws {
    let generator = ScriptedTextGenerator(Self.sensible)
    let passages = (0..<1_000).map { $0 % 40 == 0 ? "on topic \($0) gold" : "passage \($0)" }
    let outcome = PassageJudge(asking: generator).judge(query: "Q", passages: passages)
    let sizes = generator.conversations.filter { $0.question == .relevance }
      .map(\.shownPassages.count)
    // The first round has 63 parts. The second has the remaining 25 passages in two parts, and selects
    // all of them, so there is no third round.
    #expect(sizes.count == 65)
    #expect(Set(sizes.prefix(63)) == [15, 16])
    #expect(Set(sizes.suffix(2)) == [12, 13])
    #expect(outcome.judgement?.passages.filter(\.isUseful).count == 25)
    #expect(outcome.calls == generator.conversations.count)
  }

  @Test(arguments: 0..<20, JudgeSettings.UtilityForm.allCases)
  func permutedPassagesHavePermutedJudgements(seed: Int, form: JudgeSettings.UtilityForm) throws {
    var random = SplitMix64(seed: UInt64(seed))
    // This model replies by position alone, so any influence of the user's order would be visible.
    let generator = ScriptedTextGenerator { conversation in
      switch conversation.question {
      case .answer: return Reply(text: conversation.shownPassages.joined(separator: " "))
      case .ranking: return Reply(text: "[3] > [1]")
      default: return Reply(text: "My selection:[[1],[2],[5]]")
      }
    }
    let judge = PassageJudge(asking: generator, settings: JudgeSettings(form: form, seed: 3))
    let passages = (0..<40).map { "passage \($0 / 2)" } + ["", "other"]
    let order = Array(passages.indices).shuffled(using: &random)
    let straight = try #require(judge.judge(query: "Q", passages: passages).judgement)
    let permuted = try #require(
      judge.judge(query: "Q", passages: order.map { passages[$0] }).judgement)
    #expect(permuted.passages == order.map { straight.passages[$0] })
    #expect(permuted.answer == straight.answer)
    for pair in stride(from: 0, to: 40, by: 2) {
      #expect(straight.passages[pair] == straight.passages[pair + 1])
    }
  }

  @Test func theShownOrderDiffersFromTheUsersOrder() {
    let passages = (0..<16).map { "on topic \($0)" }
    let shown = (0..<2).map { seed in
      let generator = ScriptedTextGenerator(Self.sensible)
      _ = PassageJudge(asking: generator, settings: JudgeSettings(seed: UInt64(seed)))
        .judge(query: "Q", passages: passages)
      return generator.conversations[0].shownPassages
    }
    #expect(shown[0] != passages && Set(shown[0]) == Set(passages))
    #expect(shown[0] != shown[1])
  }

  @Test func emptyPassagesAndEmptyQueriesCostNoCall() {
    let generator = ScriptedTextGenerator(Self.sensible)
    let judge = PassageJudge(asking: generator)
    #expect(judge.judge(query: "Q", passages: []).judgement?.passages.isEmpty == true)
    let empty = judge.judge(query: "Q", passages: ["", " \n"], answers: ["A"])
    #expect(empty.judgement?.passages.map(\.isRelevant) == [false, false])
    #expect(empty.judgement?.answer == "A")
    #expect(judge.judge(query: " ", passages: ["P"]).reason == "the query is empty")
    #expect(generator.conversations.isEmpty)
  }

  @Test func judgingEndsAfterOneCallIfNothingIsRelevant() throws {
    let generator = ScriptedTextGenerator(Self.sensible)
    let outcome = PassageJudge(asking: generator).judge(query: "Q", passages: ["about cheese"])
    let judgement = try #require(outcome.judgement)
    #expect(judgement.passages.map(\.isRelevant) == [false] && judgement.answer == nil)
    #expect(outcome.calls == 1)
  }

  @Test func onePassageIsNotRanked() throws {
    let generator = ScriptedTextGenerator(Self.sensible)
    let judge = PassageJudge(asking: generator, settings: JudgeSettings(form: .ranking))
    let outcome = judge.judge(query: "Q", passages: ["on topic", "on topic"])
    #expect(outcome.judgement?.passages.map(\.rank) == [1, 1])
    #expect(generator.conversations.map(\.question) == [.relevance, .answer])
  }

  @Test func withoutAReadableSelectionAllPassagesGoOn() throws {
    let generator = ScriptedTextGenerator { conversation in
      conversation.question == .relevance ? Reply(text: "Sorry, no.") : Self.sensible(conversation)
    }
    let outcome = PassageJudge(asking: generator).judge(query: "Q", passages: Self.passages)
    let judgement = try #require(outcome.judgement)
    #expect(judgement.passages.map(\.isRelevant) == [nil, nil, nil, nil, false, nil])
    #expect(judgement.passages.map(\.isUseful) == [false, false, true, false, false, true])
    #expect(judgement.passages.map(\.score) == [0.25, 0.25, 0.75, 0.25, 0, 0.75])
    #expect(
      outcome.failures.map(\.description) == [
        "selection of relevant passages: the reply names no passage; it begins: Sorry, no."
      ])
  }

  @Test func withoutAnAnswerThereIsNoJudgement() {
    for reply in [nil, Reply(text: " … "), Reply(text: "<think>hm", wasCut: true)] {
      let generator = ScriptedTextGenerator { conversation throws(GenerationError) in
        guard conversation.question == .answer else { return Self.sensible(conversation) }
        guard let reply else { throw Self.failure }
        return reply
      }
      let outcome = PassageJudge(asking: generator).judge(query: "Q", passages: Self.passages)
      #expect(outcome.judgement == nil)
      #expect(outcome.failures.map(\.step) == [.answer])
      #expect(outcome.reason == outcome.failures.first?.description)
      #expect(outcome.calls == 2)
    }
  }

  @Test func withoutAReplyAboutUtilityThereIsNoJudgement() {
    for form in JudgeSettings.UtilityForm.allCases {
      let generator = ScriptedTextGenerator { conversation throws(GenerationError) in
        switch conversation.question {
        case .selection: throw Self.failure
        case .ranking: return Reply(text: "None")
        default: return Self.sensible(conversation)
        }
      }
      let judge = PassageJudge(asking: generator, settings: JudgeSettings(form: form))
      let outcome = judge.judge(query: "Q", passages: Self.passages)
      #expect(outcome.judgement == nil)
      #expect(
        outcome.failures.map(\.step) == [form == .selection ? .utilitySelection : .utilityRanking])
    }
  }

  @Test func anUnreachableServerIsAskedOnlyOnce() {
    let error = GenerationError(.unreachable, at: "there", "refused", remedy: "Start it.")
    let generator = ScriptedTextGenerator { _ throws(GenerationError) in throw error }
    let passages = (0..<100).map { "passage \($0)" }
    let outcome = PassageJudge(asking: generator).judge(query: "Q", passages: passages)
    #expect(outcome.judgement == nil && outcome.calls == 1)
    #expect(outcome.reason == "selection of relevant passages: there: refused. Start it.")
  }

  @Test(arguments: 0..<100)
  func randomRepliesNeverBreakAJudgement(seed: Int) {
    let pieces = [
      "[1]", "[9]", "selection:", "none", ">", "<think>", "yes", "\n", "[", "16", "not",
    ]
    let generator = ScriptedTextGenerator { conversation throws(GenerationError) in
      var random = SplitMix64(seed: UInt64(seed + conversation.user.utf8.count))
      if Int.random(in: 0..<8, using: &random) == 0 { throw Self.failure }
      let words = (0..<5).compactMap { _ in pieces.randomElement(using: &random) }
      return Reply(text: words.joined(separator: " "))
    }
    let form = JudgeSettings.UtilityForm.allCases[seed % 2]
    let passages = (0..<50).map { "passage \($0)" }
    let outcome = PassageJudge(asking: generator, settings: JudgeSettings(form: form))
      .judge(query: "Q", passages: passages)
    #expect(outcome.calls == generator.conversations.count)
    #expect((outcome.judgement == nil) == (outcome.reason != nil))
    #expect(outcome.judgement?.passages.count ?? 50 == 50)
    #expect(outcome.judgement?.passages.allSatisfy { (0...1).contains($0.score) } ?? true)
  }

  @Test func longPassagesAreCutAndMarkedAsCut() {
    let generator = ScriptedTextGenerator(Self.sensible)
    let long = "on topic " + String(repeating: "word ", count: 400)
    let outcome = PassageJudge(asking: generator).judge(query: "Q", passages: [long, "on topic"])
    #expect(outcome.judgement?.passages.map(\.wasCut) == [true, false])
  }

  @Test func identityDependsOnSettingsAndPrompts() throws {
    let generator = ScriptedTextGenerator(Self.sensible)
    let replaced = try PromptSet(replacing: [
      "answer": "version: 1\n--- user\n{query}{passages}"
    ])
    let identities = [
      PassageJudge(asking: generator).identity,
      PassageJudge(asking: generator, with: replaced).identity,
      PassageJudge(asking: generator, settings: JudgeSettings(seed: 1)).identity,
      PassageJudge(asking: generator, settings: JudgeSettings(thinkingTokens: 9)).identity,
    ]
    #expect(Set(identities).count == identities.count)
  }

  /// A generator that replies to at most this many passages at once.
  private static func limited(to most: Int) -> ScriptedTextGenerator {
    ScriptedTextGenerator { conversation throws(GenerationError) in
      guard conversation.shownPassages.count <= most else {
        throw GenerationError(.tooLong, at: "small", "too long", remedy: "Shorten it.")
      }
      return sensible(conversation)
    }
  }

  @Test("passages that do not fit are asked about in parts, with no failure", arguments: [1, 2, 5])
  func halvesConversationsThatAreTooLong(most: Int) throws {
    let passages = (0..<20).map { $0 % 3 == 0 ? "on topic \($0) gold" : "on topic \($0)" }
    let outcome = PassageJudge(asking: Self.limited(to: most)).judge(query: "Q", passages: passages)
    let judgement = try #require(outcome.judgement)
    #expect(judgement.passages.map(\.isUseful) == passages.map { $0.contains("gold") })
    #expect(judgement.passages.allSatisfy { $0.isRelevant == true })
    #expect(outcome.failures.isEmpty)
  }

  @Test func ranksInWindowsThatFit() throws {
    let passages = (1...20).map { "on topic \($0)" }
    let outcome = PassageJudge(
      asking: Self.limited(to: 5), settings: JudgeSettings(form: .ranking)
    ).judge(query: "Q", passages: passages)
    let judgement = try #require(outcome.judgement)
    #expect(judgement.passages.last?.rank == 1 && outcome.failures.isEmpty)
    #expect(Set(judgement.passages.compactMap(\.rank)) == Set(1...20))
  }

  @Test func aFailedCallFailsTheWholeRanking() {
    let passages = (1...40).map { "on topic \($0)" }
    let calls = Mutex(0)
    let generator = ScriptedTextGenerator { conversation in
      guard conversation.question == .ranking else { return Self.sensible(conversation) }
      let call = calls.withLock { calls in
        calls += 1
        return calls
      }
      return call == 2 ? Reply(text: "I am unable to rank these.") : Self.sensible(conversation)
    }
    let outcome = PassageJudge(asking: generator, settings: JudgeSettings(form: .ranking))
      .judge(query: "Q", passages: passages)
    #expect(outcome.judgement == nil && outcome.failures.count == 1)
  }

  @Test func onePassageThatDoesNotFitIsAFailure() {
    let judge = PassageJudge(asking: Self.limited(to: 0))
    let outcome = judge.judge(query: "Q", passages: ["on topic"])
    #expect(outcome.judgement == nil && outcome.reason?.contains("too long") == true)
  }
}
