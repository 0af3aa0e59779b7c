import Assessments
import Foundation
import Messages

extension RunDifference {
  /// The difference as JSON, with a line end.
  package func json() throws -> [UInt8] {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
    return [UInt8](try encoder.encode(self)) + [10]
  }

  /// What changed, in sentences without a full stop.
  package var sentences: [String] {
    guard !isEmpty else { return ["both say the same about all \(common)"] }
    var sentences: [String] = []
    func add(_ kind: Kind, _ what: (Int) -> String) {
      if let count = counts[kind.rawValue] { sentences.append(what(count)) }
    }
    add(.removed) { "\($0) only in \(before.name)" }
    add(.added) { "\($0) only in \(after.name)" }
    add(.text) { "\($0) with another text" }
    add(.given) { "\($0) with another given label" }
    add(.label) { "\($0) with another label after the run" }
    if newlyFlagged > 0 { sentences.append("\(newlyFlagged) newly flagged") }
    if noLongerFlagged > 0 { sentences.append("\(noLongerFlagged) no longer flagged") }
    add(.proposal) { "\($0) with another proposal" }
    if let distance = meanCredibilityDistance {
      sentences.append(
        "credibilities moved by \(Self.decimals(distance)) on average"
          + (counts[Kind.credibility.rawValue].map {
            ", by \(Self.decimals(Self.leastCredibility)) or more in \($0)"
          } ?? ""))
    }
    return sentences
  }

  /// How a state reads beside the other one.
  package static func words(_ state: State?) -> String {
    guard let state else { return "not there" }
    func names(_ labels: [String]) -> String {
      labels.isEmpty ? "no label" : labels.joined(separator: ", ")
    }
    var words = names(state.given)
    if state.label != state.given { words += " → \(names(state.label))" }
    if state.flagged { words += ", flagged" }
    if !state.proposal.isEmpty, state.proposal != state.label {
      words += ", proposal \(names(state.proposal))"
    }
    if let credibility = state.credibility { words += ", credibility \(decimals(credibility))" }
    return words
  }

  /// The difference for a terminal, with the first changes.
  package func summary(changes shown: Int = 20) -> String {
    var lines = [
      "\(before.name): \(side(before))", "\(after.name): \(side(after))",
      sentences.joined(separator: "; "),
    ]
    for change in changes.prefix(shown) {
      lines.append(
        "  \(change.id): \(Self.words(change.before))  |  \(Self.words(change.after))")
    }
    let total = max(changes.count, counts.values.max() ?? 0)
    if total > shown { lines.append("  and more: --json or --html FILE lists \(changes.count)") }
    return lines.map { EscapedText.plain($0) }.joined(separator: "\n")
  }

  private func side(_ side: Side) -> String {
    var text = "\(side.items) judged, \(side.flagged) flagged, \(side.replaced) replaced"
    if let rate = side.errorRate {
      text +=
        ", \(Self.percent(rate.low)) to \(Self.percent(rate.high)) wrong (\(rate.isMeasured ? "measured" : "estimated"))"
    }
    return text
  }

  private static func decimals(_ value: Double) -> String { String(format: "%.3f", value) }
  private static func percent(_ share: Double) -> String { String(format: "%.1f %%", 100 * share) }
}
