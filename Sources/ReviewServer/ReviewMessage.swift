import Foundation
import ReviewQueue

/// What a page can ask for; the names are those of the addresses.
enum ReviewCall: String, CaseIterable {
  case start, turn, decide, undo, again, leave, finish
}

/// What a page sends.
struct ReviewMessage: Decodable {
  let session: String
  let reviewer: String
  let index: Int?
  /// `keep`, `change`, `neither` or `skip`.
  let answer: String?
  let labels: [String]?
  let note: String?

  /// Nil where the name or the session is none.
  var validSession: ReviewQueue.Session? {
    let name = reviewer.trimmingCharacters(in: .whitespacesAndNewlines)
      .precomposedStringWithCanonicalMapping
    let isName =
      !name.isEmpty && name.utf8.count <= 200
      && !name.unicodeScalars.contains { $0.properties.generalCategory == .control }
    let isID = !session.isEmpty && session.utf8.count <= 64
    return isName && isID ? ReviewQueue.Session(id: session, reviewer: name) : nil
  }

  var validAnswer: OngoingReview.Answer? {
    switch answer {
    case "keep": .keep
    case "neither": .neither
    case "skip": .skip
    case "change": labels.map { .change($0) }
    default: nil
    }
  }
}

/// What a page shows.
struct ReviewView: Encodable {
  /// `record`, `waiting`, `skipped` or `finished`.
  let turn: String
  var card: ReviewCard?
  var skipped: Int?
  var ending: String?
  let decided: Int
  let wanted: Int
  let own: Int
  let canUndo: Bool
  /// What the person should know before going on.
  var message: String?

  init(_ view: OngoingReview.View, card: (Int) -> ReviewCard) {
    decided = view.progress.decided
    wanted = view.progress.wanted
    own = view.progress.own
    canUndo = view.progress.canUndo
    switch view.turn {
    case .record(let index):
      turn = "record"
      self.card = card(index)
    case .waiting: turn = "waiting"
    case .onlySkipped(let count):
      turn = "skipped"
      skipped = count
    case .finished(let ending):
      turn = "finished"
      self.ending =
        switch ending {
        case .allDecided: "allDecided"
        case .budgetUsed: "budgetUsed"
        case .quotasFilled: "quotasFilled"
        }
    }
  }
}

/// What a page needs once.
struct ReviewStart: Encodable {
  let dataset: String
  /// Those of most records first.
  let labels: [String]
  let isBlind: Bool
  let allowsNewLabels: Bool
  let commands: [String]
  let view: ReviewView

  init(_ review: OngoingReview, _ description: ReviewServer.Description, view: ReviewView) {
    dataset = description.dataset
    labels = review.output.labels
    isBlind = review.isBlind
    allowsNewLabels = review.allowsNewLabels
    commands = description.nextCommands
    self.view = view
  }
}

struct ReviewEnd: Encodable {
  /// Whether nobody else is deciding, so that emend ends.
  let isLast: Bool
}

struct ReviewProblem: Encodable {
  let error: String
}
