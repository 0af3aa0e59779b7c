package import ModelInterfaces

/// Reads which passages a reply selects, or how it ranks them, in the forms that models really use.
///
/// The order of trust, within what the model says after thinking aloud:
/// 1. the last list after `selection`, `selected` or `ranking`, in square brackets before one without:
///    quoted passages hold no square brackets, so a reply that repeats a passage's own "selection"
///    does not pass for the model's;
/// 2. for a ranking, the last list with `>`;
/// 3. the last list that has its lines to itself, in square brackets before one without;
/// 4. every number in square brackets, or after "passage" and the like, that its part of the sentence
///    does not deny ("[2] is not relevant"), unless the reply is a refusal.
/// A number that names no passage is ignored, a repeated one counts where it came first. A reply that
/// was cut off is read in the forms 1 to 3 only: its prose may not have come to the point.
package struct SelectionParser: Sendable {
  package enum Form: Sendable {
    case selection, ranking
  }

  /// How many passages were shown.
  package let count: Int
  package let form: Form

  /// The end of a reply that is read, in characters: a small model may repeat itself for as long as it
  /// is allowed to, and what counts stands last.
  static let longestReply = 20_000

  package init(count: Int, form: Form = .selection) {
    precondition(count > 0, "nothing was shown")
    self.count = count
    self.form = form
  }

  /// - Complexity: O(length of the reply)
  package func reading(of reply: Reply) -> SelectionReading {
    guard let spoken = reply.spoken else {
      return .unreadable("the reply ended before the model had done thinking")
    }
    guard !spoken.isEmpty else { return .unreadable("the reply is empty") }
    var scanner = SelectionScanner(spoken.unicodeScalars.suffix(Self.longestReply))
    scanner.largestInRange = form == .selection ? count : 0
    let text = SelectionText(tokens: scanner.tokens(wasCut: reply.wasCut))
    return reading(of: text, wasCut: reply.wasCut)
  }

  private func reading(of text: SelectionText, wasCut: Bool) -> SelectionReading {
    if let marked = text.lastMarked { return reading(of: marked) }
    if form == .ranking, let arrows = text.lists.last(where: { $0.hasArrow }) {
      return reading(of: .list(arrows.numbers))
    }
    let alone = text.lists.filter { $0.isAlone && !$0.isDenied }
    if let own = alone.last(where: { $0.kind == .bracketed }) ?? alone.last {
      return reading(of: .list(own.numbers))
    }
    guard !wasCut else { return .unreadable("the reply was cut off before it named passages") }
    let named = text.lists.filter { $0.kind != .bare }
    let bracketed = named.filter { $0.kind == .bracketed }
    let trusted = bracketed.isEmpty ? named : bracketed
    let affirmed = trusted.filter { !$0.isDenied }
    if !affirmed.isEmpty, text.isRefusal { return .unreadable("the model refuses to reply") }
    if !affirmed.isEmpty { return reading(of: .list(affirmed.flatMap(\.numbers))) }
    if text.saysNothingFits { return .nothing }
    // That some are denied does not say that all are.
    return .unreadable(
      trusted.isEmpty ? "the reply names no passage" : "the reply says only what does not fit")
  }

  private func reading(of statement: SelectionText.Statement) -> SelectionReading {
    switch statement {
    case .nothing: return .nothing
    case .list(let numbers):
      var seen: Set<Int> = []
      let known = numbers.filter { (1...count).contains($0) && seen.insert($0).inserted }
      guard !known.isEmpty else {
        return .unreadable("the reply names no passage from 1 to \(count)")
      }
      return .numbers(known)
    }
  }
}
