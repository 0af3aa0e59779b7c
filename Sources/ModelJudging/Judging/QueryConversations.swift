import Digests
import ModelInterfaces

/// The conversations about one query: asks the questions, reads the replies, and counts the calls and
/// the failures.
struct QueryConversations {
  let generator: any TextGenerator
  let prompts: PromptSet
  let settings: JudgeSettings
  let query: QuotedText
  /// All different, none empty. The methods refer to passages by their places in this list.
  let passages: [QuotedText]
  private let digests: [String]
  private(set) var calls = 0
  private(set) var failures: [StepFailure] = []
  /// The tokens of all replies so far and of their prompts.
  private(set) var usage = TokenUsage()

  init(
    of generator: any TextGenerator, with prompts: PromptSet, settings: JudgeSettings,
    query: QuotedText, passages: [QuotedText]
  ) {
    self.generator = generator
    self.prompts = prompts
    self.settings = settings
    self.query = query
    self.passages = passages
    let salt = ["\(settings.seed)", query.text]
    digests = passages.map { ContentDigest(salt + [$0.text]).hexadecimal }
  }

  /// Whether no server answered the last call; more calls would only cost more time.
  var isServerUnreachable: Bool {
    if case .generation(let error)? = failures.last?.cause { return error.kind == .unreachable }
    return false
  }

  /// The order in which a step shows passages. It depends on the step, the seed, the query and the
  /// passages' texts alone. It does not depend on the user's order, because models prefer passages in
  /// first and last places.
  func shuffled(_ members: [Int], for step: String) -> [Int] {
    members.map { (key: ContentDigest([step, digests[$0]]), member: $0) }
      .sorted { ($0.key, $0.member) < ($1.key, $1.member) }.map(\.member)
  }

  /// The result of a selection. The members of a failed call are in `unjudged`.
  struct Selected {
    var chosen: [Int] = []
    var unjudged: [Int] = []
  }

  /// Has the model select the relevant passages, in as few calls of equal size as the limit allows.
  mutating func relevant(among members: [Int], round: Int) -> Selected {
    select(
      .relevanceSelection, among: shuffled(members, for: "relevance \(round)"),
      asking: .relevanceSelection, texts: [:])
  }

  /// Has the model select the useful passages.
  mutating func useful(among members: [Int], answer: QuotedText) -> Selected {
    select(
      .utilitySelection, among: shuffled(members, for: "utility"), asking: .utilitySelection,
      texts: [.answer: answer.fenced(as: "answer")])
  }

  private mutating func select(
    _ step: StepFailure.Step, among members: [Int], asking name: Prompt.Name,
    texts: [Prompt.Placeholder: String]
  ) -> Selected {
    var selected = Selected()
    var pending = Array(balancedChunks(of: members).reversed())
    while let chunk = pending.popLast() {
      guard !isServerUnreachable else {
        selected.unjudged += chunk
        continue
      }
      let before = failures.count
      switch ask(step, about: chunk, asking: name, texts: texts, form: .selection) {
      case .numbers(let numbers)?: selected.chosen += numbers.map { chunk[$0 - 1] }
      case .nothing?: break
      case .unreadable?, nil:
        guard chunk.count > 1, discardTooLongFailure(since: before) else {
          selected.unjudged += chunk
          continue
        }
        let half = chunk.count / 2
        pending += [Array(chunk[half...]), Array(chunk[..<half])]
      }
    }
    return selected
  }

  /// Has the model rank the passages, the most useful first; nil if a call failed.
  ///
  /// If one call cannot hold all passages, the model ranks them in windows that overlap by half, from the
  /// back to the front, so that the best passages move to the front (Sun et al. 2023, arXiv 2304.09542).
  /// Passages that a reply leaves out keep their order behind the others of the window.
  mutating func ranked(_ members: [Int], answer: QuotedText) -> [Int]? {
    var order = shuffled(members, for: "ranking")
    var window = settings.passagesPerCall
    var start = max(0, order.count - window)
    while !isServerUnreachable {
      let before = failures.count
      let shown = Array(order[start..<min(start + window, order.count)])
      let reading = ask(
        .utilityRanking, about: shown, asking: .utilityRanking,
        texts: [.answer: answer.fenced(as: "answer")], form: .ranking)
      if case .numbers(let numbers)? = reading {
        let named = numbers.map { shown[$0 - 1] }
        let rest = shown.filter { !named.contains($0) }
        order.replaceSubrange(start..<start + shown.count, with: named + rest)
      } else if window > 2, discardTooLongFailure(since: before) {
        // The order of the windows ranked so far stays; only the next windows are smaller.
        window = max(2, window / 2)
        start = max(start, order.count - window)
        continue
      } else {
        // Without this window's reply, the places of its passages would be arbitrary.
        return nil
      }
      guard start > 0 else { return order }
      start = max(0, start - window / 2)
    }
    return nil
  }

  /// Has the model answer the query from as many passages as one call may show; nil if that failed.
  mutating func answer(from members: [Int]) -> String? {
    var shown = Array(members.prefix(settings.passagesPerCall))
    let before = failures.count
    var found: Reply?
    while found == nil {
      let conversation = prompts[.answer].conversation(
        with: texts(about: shown), maximumTokens: settings.answerTokens + settings.thinkingTokens)
      found = reply(to: conversation, for: .answer)
      guard found == nil else { break }
      guard shown.count > 1, discardTooLongFailure(since: before) else { return nil }
      shown = Array(shown.prefix(shown.count / 2))
    }
    guard let reply = found else { return nil }
    guard let finalText = reply.finalText else {
      failures.append(StepFailure(.answer, unreadable: "the model had not done thinking", reply))
      return nil
    }
    guard finalText.contains(where: { $0.isLetter || $0.isNumber }) else {
      failures.append(StepFailure(.answer, unreadable: "the reply has no words", reply))
      return nil
    }
    return finalText
  }

  private mutating func ask(
    _ step: StepFailure.Step, about shown: [Int], asking name: Prompt.Name,
    texts extra: [Prompt.Placeholder: String], form: SelectionParser.Form
  ) -> SelectionReading? {
    let conversation = prompts[name].conversation(
      with: texts(about: shown).merging(extra) { _, new in new },
      maximumTokens: settings.selectionTokens + settings.thinkingTokens)
    guard let reply = reply(to: conversation, for: step) else { return nil }
    let reading = SelectionParser(count: shown.count, form: form).reading(of: reply)
    switch reading {
    case .unreadable(let reason):
      failures.append(StepFailure(step, unreadable: reason, reply))
    case .nothing where form == .ranking:
      failures.append(StepFailure(step, unreadable: "the reply ranks nothing", reply))
    case .nothing, .numbers: break
    }
    return reading
  }

  /// Removes the last failure if its conversation was too long for the model: the caller then asks about
  /// fewer passages at once, and the failure has no effect.
  ///
  /// - Parameter count: how many failures there were before the call.
  /// - Returns: whether a failure was removed.
  private mutating func discardTooLongFailure(since count: Int) -> Bool {
    guard failures.count > count, case .generation(let error)? = failures.last?.cause,
      error.kind == .tooLong
    else { return false }
    failures.removeLast()
    return true
  }

  private mutating func reply(
    to conversation: Conversation, for step: StepFailure.Step
  ) -> Reply? {
    calls += 1
    do {
      let reply = try generator.reply(to: conversation)
      usage = usage + (reply.usage ?? TokenUsage(estimating: conversation, reply: reply.text))
      return reply
    } catch {
      failures.append(StepFailure(step, .generation(error)))
      return nil
    }
  }

  private func texts(about shown: [Int]) -> [Prompt.Placeholder: String] {
    let fenced = shown.enumerated().map { passages[$1].fenced(as: "passage \($0 + 1)") }
    return [
      .query: query.fenced(as: "question"), .count: "\(shown.count)",
      .passages: fenced.joined(separator: "\n"),
    ]
  }

  /// Divides members into as few parts as the limit allows; the sizes of the parts differ by one at most.
  private func balancedChunks(of members: [Int]) -> [[Int]] {
    let parts = (members.count + settings.passagesPerCall - 1) / settings.passagesPerCall
    return (0..<parts).map { part in
      Array(members[members.count * part / parts..<members.count * (part + 1) / parts])
    }
  }
}
