package import ModelInterfaces

/// Reads which passages a reply selects, or how it ranks them, in the forms that models really use.
///
/// The parser leaves out the model's reasoning and uses the first of these forms that it finds:
/// 1. the last list after `selection`, `selected` or `ranking`; a list in square brackets is preferred to
///    one without. Quoted passages have no square brackets, so if a reply repeats a "selection" that a
///    passage contains, the parser does not take it for the model's;
/// 2. for a ranking, the last list with `>`;
/// 3. the last list that is alone on its lines; a list in square brackets is preferred to one without;
/// 4. all numbers in square brackets, or after "passage" and similar words, that their part of the
///    sentence does not negate ("[2] is not relevant"), unless the reply is a refusal.
///
/// The parser ignores a number that names no passage, and counts a repeated number where it occurs first.
/// It reads a reply that was cut off in forms 1 to 3 only, because its prose may not be complete.
package struct SelectionParser: Sendable {
  package enum Form: Sendable {
    case selection, ranking
  }

  /// How many passages were shown.
  package let count: Int
  package let form: Form

  /// How many Unicode scalars the parser reads, at the end of a reply. A small model may repeat itself up
  /// to its token limit, and the final selection is at the end.
  static let longestReply = 20_000

  package init(count: Int, form: Form = .selection) {
    precondition(count > 0, "nothing was shown")
    self.count = count
    self.form = form
  }

  /// - Complexity: O(length of the reply)
  package func reading(of reply: Reply) -> SelectionReading {
    guard let finalText = reply.finalText else {
      return .unreadable("the reply ended before the model had done thinking")
    }
    guard !finalText.isEmpty else { return .unreadable("the reply is empty") }
    var scanner = SelectionScanner(finalText.unicodeScalars.suffix(Self.longestReply))
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
    // A reply that only rejects some passages does not reject all of them.
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
