package import Decisions
package import Foundation
import Assessments
import Records
import Synchronization

/// A review that people are at: the records, whose turn it is, and the file of decisions.
///
/// All calls may come from any thread. A call that decides returns when the decision is on disk.
package final class OngoingReview: Sendable {
  /// How a person answers.
  package enum Answer: Sendable, Equatable {
    case keep
    case change([String])
    case neither
    case skip
  }

  /// Why an answer is not taken. Nothing was written.
  package enum Refusal: Error, Sendable, Equatable, CustomStringConvertible {
    /// Others have decided the record meanwhile.
    case alreadyDecided(by: [String])
    /// The answer fits the record not, as the sentence says.
    case unfitting(String)

    package var description: String {
      switch self {
      case .alreadyDecided(let people):
        let names = people.filter { !$0.isEmpty }.joined(separator: " and ")
        return
          "\(names.isEmpty ? "Somebody else" : names) decided this record meanwhile, so your answer was not taken."
      case .unfitting(let sentence): return sentence
      }
    }
  }

  /// What a person sees.
  package struct View: Sendable {
    package let turn: ReviewQueue.Turn
    package let progress: ReviewQueue.Progress
  }

  private struct State {
    var queue: ReviewQueue
    var log: DecisionLog
  }

  package let output: ReviewableOutput
  /// Whether people see no proposal and nothing else that tells what the run found.
  package let isBlind: Bool
  /// Whether a label that no record has may be given.
  package let allowsNewLabels: Bool
  /// Decisions in the file that are about no record of the output.
  package let foreignCount: Int
  private let samplings: [Int: Decision.Sampling]
  private let state: Mutex<State>

  /// - Parameters:
  ///   - order: indices of the records to decide.
  ///   - samplings: how records were drawn.
  ///   - log: the file of decisions, with `earlier`, what is in it.
  package init(
    _ output: ReviewableOutput, order: [Int], limits: ReviewQueue.Limits = ReviewQueue.Limits(),
    samplings: [Int: Decision.Sampling] = [:], isBlind: Bool = false,
    allowsNewLabels: Bool = false, log: DecisionLog, earlier: [Decision]
  ) {
    self.output = output
    self.samplings = samplings
    self.isBlind = isBlind
    self.allowsNewLabels = allowsNewLabels
    let records = output.records
    var queue = ReviewQueue(order, limits: limits) { index in
      records[index].labels.map(\.name).joined(separator: ", ")
    }
    var lookup = RecordLookup(records)
    var foreignCount = 0
    for decision in earlier {
      let found = lookup.indices(of: decision)
      if found.isEmpty { foreignCount += 1 }
      for index in found {
        if decision.verdict == .skip {
          queue.noteSkip(of: index, by: decision.by)
        } else {
          queue.noteDecision(on: index, by: decision.by)
        }
      }
    }
    self.foreignCount = foreignCount
    state = Mutex(State(queue: queue, log: log))
  }

  package var decidedCount: Int { state.withLock { $0.queue.decided } }
  package var wantedCount: Int { state.withLock { $0.queue.wantedCount } }
  package var isFinished: Bool { state.withLock { $0.queue.isFinished } }
  package func sessionCount(at now: ContinuousClock.Instant) -> Int {
    state.withLock { $0.queue.sessionCount(at: now) }
  }

  /// The record that the session decides next.
  package func view(of session: ReviewQueue.Session, at now: ContinuousClock.Instant) -> View {
    state.withLock { Self.view(&$0, session, now) }
  }

  /// Takes a person's answer about a record.
  ///
  /// - Parameter at: when, as RFC 3339 says.
  /// - Returns: what the person sees next; the answer is then on disk.
  /// - Throws: `Refusal`, or why the file of decisions cannot be written; nothing has changed then.
  package func decide(
    _ answer: Answer, on index: Int, note: String = "", _ session: ReviewQueue.Session,
    at now: ContinuousClock.Instant, date: Date = Date()
  ) throws -> View {
    try state.withLock { state in
      guard state.queue.contains(index) else {
        throw Refusal.unfitting("There is no such record in this review.")
      }
      guard state.queue.mayDecide(index, session) else {
        throw Refusal.alreadyDecided(
          by: state.queue.reviewers(of: index).filter { $0 != session.reviewer })
      }
      let decision = try decision(answer, index, note, session.reviewer, date)
      try state.log.append(decision)
      if decision.verdict == .skip {
        state.queue.noteSkip(of: index, by: session.reviewer)
      } else {
        state.queue.noteDecision(on: index, by: session.reviewer)
      }
      return Self.view(&state, session, now)
    }
  }

  /// Takes a person's last answer back: a decision by a further line, which says `skip`.
  package func undo(
    _ session: ReviewQueue.Session, at now: ContinuousClock.Instant, date: Date = Date()
  ) throws -> View {
    try state.withLock { state in
      if let step = state.queue.lastStep(of: session.reviewer), step.isDecision {
        try state.log.append(try decision(.skip, step.index, "", session.reviewer, date))
      }
      state.queue.undo(session, at: now)
      return Self.view(&state, session, now)
    }
  }

  /// Offers a person again what this person skipped.
  package func lookAgain(
    _ session: ReviewQueue.Session, at now: ContinuousClock.Instant
  ) -> View {
    state.withLock { state in
      state.queue.offerSkippedAgain(to: session.reviewer)
      return Self.view(&state, session, now)
    }
  }

  /// Ends a session, so that its record is free for others.
  package func close(_ session: ReviewQueue.Session) {
    state.withLock { $0.queue.close(session) }
  }

  /// Closes the file of decisions. Nothing can be decided afterwards.
  package func closeLog() { state.withLock { $0.log.close() } }

  private static func view(
    _ state: inout State, _ session: ReviewQueue.Session, _ now: ContinuousClock.Instant
  ) -> View {
    let turn = state.queue.turn(of: session, at: now)
    return View(turn: turn, progress: state.queue.progress(of: session.reviewer))
  }

  /// As long as a note may be, in bytes.
  package static let longestNote = 2_000

  private func decision(
    _ answer: Answer, _ index: Int, _ note: String, _ reviewer: String, _ date: Date
  ) throws(Refusal) -> Decision {
    let record = output.records[index]
    guard note.utf8.count <= Self.longestNote else {
      throw .unfitting("The note is longer than \(Self.longestNote) bytes; shorten it.")
    }
    var decision = Decision(
      id: record.id, line: record.line, contentDigest: record.contentDigest,
      given: Decision.Answer(record), verdict: .skip, by: reviewer, at: date.ISO8601Format(),
      note: note, sampling: samplings[index])
    switch answer {
    case .skip: break
    case .neither: decision.verdict = .neither
    case .keep:
      guard record.isLabelled else {
        throw .unfitting("This record has no label that could be kept; choose one.")
      }
      decision.verdict = .keep
    case .change(let names):
      try check(names, record)
      let isGiven =
        record.isLabelled
        && Set(names.map(ExactText.init)) == Set(record.labels.map { ExactText($0.name) })
      decision.verdict = isGiven ? .keep : .change
      if !isGiven { decision.label = Decision.Answer(names, of: record) }
    }
    return decision
  }

  private func check(_ names: [String], _ record: Record) throws(Refusal) {
    guard record.isMultiLabel || names.count == 1 else {
      throw .unfitting("This record has one label; choose one.")
    }
    guard Set(names.map(ExactText.init)).count == names.count else {
      throw .unfitting("A label is named twice.")
    }
    for name in names where !output.isLabel(name) {
      guard allowsNewLabels, !name.trimmed.isEmpty, name.utf8.count <= Self.longestLabel else {
        throw .unfitting(
          "No record has the label \"\(name)\"; choose one of the list"
            + (allowsNewLabels ? "." : ", or start emend review with --new-labels."))
      }
    }
  }

  /// As long as a new label may be, in bytes.
  private static let longestLabel = 500
}

/// Finds the records that decisions are about, by id, content and, where several have both, by line.
private struct RecordLookup {
  private let records: [Record]
  private var byID: [ExactText: [Int]] = [:]
  private var digests: [Int: String] = [:]

  init(_ records: [Record]) {
    self.records = records
    for (index, record) in records.enumerated() {
      byID[ExactText(record.id), default: []].append(index)
    }
  }

  mutating func indices(of decision: Decision) -> [Int] {
    let same = (byID[ExactText(decision.id)] ?? []).filter { index in
      let digest = digests[index] ?? records[index].contentDigest
      digests[index] = digest
      return digest == decision.contentDigest
    }
    let onLine = same.filter { records[$0].line == decision.line }
    return onLine.isEmpty ? same : onLine
  }
}
