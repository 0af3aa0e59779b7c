import Assessments
import Foundation
import Messages
import ReviewQueue
import HTMLReport
import Report
import Service

/// A review in a terminal: a record is printed, and a line is read for each answer.
struct TerminalReview {
  private let review: OngoingReview
  private let session: ReviewQueue.Session
  private let dataset: String

  init(_ review: OngoingReview, reviewer: String, dataset: String) {
    self.review = review
    session = ReviewQueue.Session(id: "terminal", reviewer: reviewer)
    self.dataset = dataset
  }

  static let help = """
    k       keep: the given label is right
    a       accept: the proposal is right
    1 … 9   the likely label with this number is right
    l NAME  the label NAME is right; where several may be, with commas between them
    n       neither: no label fits
    s       skip
    m TEXT  a note, kept with the next decision
    u       undo: take the last answer back
    q       quit
    """

  /// Asks until nothing is left, the input ends, or the person quits. At the end it asks again about what the
  /// person skipped, now or at an earlier time, until a whole round decides nothing.
  func run() throws {
    try StandardOutput.say(
      "\(dataset), decided by \(session.reviewer). Type a letter and Enter; ? lists them.")
    var note = ""
    var view = review.view(of: session, at: .now)
    var shown: Int?
    var offered: Int?
    while true {
      if case .onlySkipped(let count) = view.turn, count != offered {
        offered = count
        try StandardOutput.say(
          "\nWhat is left you skipped: \(String(counting: count, "record")). Here \(count == 1 ? "it is" : "they are") again."
        )
        view = review.lookAgain(session, at: .now)
        shown = nil
      }
      guard case .record(let index) = view.turn else { break }
      let card = ReviewCard(
        index, of: review.output, isBlind: review.isBlind, signalName: SignalNames.described)
      if shown != index {
        try show(card, view.progress)
        shown = index
      }
      try StandardOutput.write(Array("> ".utf8))
      guard let line = readLine() else { break }
      let input = line.trimmingCharacters(in: .whitespaces)
      let command = input.prefix { $0 != " " }.lowercased()
      let rest = input.dropFirst(command.count).trimmingCharacters(in: .whitespaces)
      do {
        switch command {
        case "": continue
        case "q": return
        case "?", "h": try StandardOutput.say(Self.help)
        case "m":
          note = rest
          try StandardOutput.say(rest.isEmpty ? "The note is empty now." : "Noted.")
        case "u":
          guard view.progress.canUndo else {
            try StandardOutput.say("There is nothing to take back.")
            continue
          }
          view = try review.undo(session, at: .now)
          (note, shown) = ("", nil)
        default:
          guard let answer = try answer(command, rest, card) else { continue }
          view = try review.decide(answer, on: index, note: note, session, at: .now)
          note = ""
        }
      } catch let refusal as OngoingReview.Refusal {
        try StandardOutput.say(refusal.description)
        view = review.view(of: session, at: .now)
      }
    }
    if case .onlySkipped(let count) = view.turn {
      try StandardOutput.say(
        "Only \(count == 1 ? "the record is" : "the \(count) records are") left that you skipped; start again to see \(count == 1 ? "it" : "them")."
      )
    }
  }

  /// The answer that a line gives; nil where it gives none, which was then said.
  private func answer(
    _ command: String, _ rest: String, _ card: ReviewCard
  ) throws -> OngoingReview.Answer? {
    switch command {
    case "k": return .keep
    case "n": return .neither
    case "s": return .skip
    case "a":
      guard !card.proposal.isEmpty else {
        try StandardOutput.say("There is no proposal here.")
        return nil
      }
      return .change(card.proposal)
    case "l":
      guard !rest.isEmpty else {
        try StandardOutput.say(
          "Type the label behind the l, such as: l \(card.given?.first ?? "sport")")
        return nil
      }
      return .change(
        card.mayHaveSeveral
          ? rest.split(separator: ",").map { $0.trimmingCharacters(in: .whitespaces) } : [rest])
    default:
      if let number = Int(command), number >= 1, number <= card.likely.count, !card.mayHaveSeveral {
        return .change([card.likely[number - 1].label])
      }
      try StandardOutput.say("\"\(EscapedText.excerpt(command))\" is no answer; ? lists them.")
      return nil
    }
  }

  // MARK: - What is shown

  private func show(_ card: ReviewCard, _ progress: ReviewQueue.Progress) throws {
    let id = card.id.map { ", id \(EscapedText.excerpt($0))" } ?? ""
    var lines = [
      "",
      "[\(progress.decided + 1) of \(progress.wanted)] \(card.place.rawValue) \(card.line)\(id)",
    ]
    for part in card.parts {
      let name = part.name.isEmpty ? "" : "\(part.name): "
      lines.append("  \(name)\(EscapedText.plain(part.text, limit: Self.longestText))")
    }
    var labels = "  label: \(card.given.map(names) ?? "none")"
    if !card.proposal.isEmpty {
      labels += "   \(card.isReplaced ? "replaced by" : "perhaps"): \(names(card.proposal))"
    }
    if card.given != nil, let credibility = card.credibility {
      labels += "   the label is right with probability \(Self.percent(credibility))"
    }
    lines.append(labels)
    if let reason = card.reason { lines.append("  \(EscapedText.excerpt(reason))") }
    if !card.mayHaveSeveral, !card.likely.isEmpty {
      let likely = card.likely.enumerated().map { "\($0 + 1) \(EscapedText.excerpt($1.label))" }
      lines.append("  likely: \(likely.joined(separator: ", "))")
    }
    for near in card.neighbours {
      lines.append(
        "    near: \(EscapedText.excerpt(near.label)) | \(EscapedText.excerpt(near.text))")
    }
    try StandardOutput.say(lines.joined(separator: "\n"))
  }

  private static func percent(_ share: Double) -> String {
    if share > 0, share < 0.005 { return "below 1 %" }
    return share < 1 && share >= 0.995 ? "above 99 %" : "\(Int((share * 100).rounded())) %"
  }

  private func names(_ labels: [String]) -> String {
    labels.isEmpty ? "none" : labels.map(EscapedText.excerpt).joined(separator: ", ")
  }

  /// As much of a text as fits on a screen, in bytes.
  private static let longestText = 4_000
}
