import Report
import Synchronization
import Utility
import Vectors

/// Has a model judge every query, several at once where it can.
struct JudgingRound {
  let judge: Judge

  /// - Parameter progress: called with the number of queries done, and of all; on any thread.
  /// - Returns: one outcome per query, in order.
  func outcomes(
    of queries: [CandidateQuery], progress: (@Sendable (Int, Int) -> Void)? = nil
  ) throws -> [JudgeOutcome] {
    let state = Mutex(
      (next: 0, done: 0, outcomes: [JudgeOutcome?](repeating: nil, count: queries.count)))
    progress?(0, queries.count)
    try onThreads(max(1, min(judge.generator.concurrency, queries.count))) { _ in
      while let index = state.withLock({ state -> Int? in
        guard state.next < queries.count else { return nil }
        state.next += 1
        return state.next - 1
      }) {
        let query = queries[index]
        let outcome = judge.judge(
          query: query.text, passages: query.passages, answers: query.answers)
        let done = state.withLock { state in
          state.outcomes[index] = outcome
          state.done += 1
          return state.done
        }
        progress?(done, queries.count)
      }
    }
    return state.withLock { $0.outcomes.compactMap(\.self) }
  }
}

extension RetrievalFacts.JudgingFacts {
  init(_ outcomes: [JudgeOutcome], by judge: Judge) {
    var failures: [String: Int] = [:]
    for failure in outcomes.flatMap(\.failures) {
      switch failure.cause {
      case .generation(let error): failures[error.kind.rawValue, default: 0] += 1
      case .unreadable: failures["unreadable", default: 0] += 1
      }
    }
    self.init(
      selection: judge.settings.form.rawValue,
      prompts: Dictionary(
        judge.prompts.entries.map {
          ($0.name, $0.isShipped ? $0.version : "\($0.version) \($0.digest)")
        }, uniquingKeysWith: { first, _ in first }),
      calls: outcomes.reduce(0) { $0 + $1.calls }, failures: failures,
      withoutJudgement: outcomes.count { $0.judgement == nil },
      firstFailure: outcomes.lazy.compactMap { $0.failures.first }.first.map { "\($0)" })
  }
}
