package import ModelInterfaces

/// Reads a rating from a reply. It is strict about the content and tolerant about the layout.
///
/// The reply must have every criterion with one whole number from 1 to 5 (`4`, `4/5`), and one known
/// domain. Order, capitals, bullets, bold type, underscores, quotes (JSON) and American spelling do not
/// matter. The parser guesses nothing.
package struct RatingParser: Sendable {
  /// Why a reply has no rating: everything that is missing or wrong, in the order of the criteria.
  package struct Problem: Error, Sendable, Equatable, CustomStringConvertible {
    package let reasons: [String]

    package var description: String { reasons.joined(separator: "; ") }
  }

  package init() {}

  package func rating(in reply: Reply) throws(Problem) -> Rating {
    guard let finalText = reply.finalText else {
      throw Problem(reasons: ["the reply ended before the model had done thinking"])
    }
    var values: [String: [String]] = [:]
    for line in finalText.split(whereSeparator: { $0.isNewline || $0 == "," || $0 == ";" }) {
      guard let colon = line.firstIndex(where: { $0 == ":" || $0 == "=" }) else { continue }
      let value = line[line.index(after: colon)...]
      values[name(in: line[..<colon]), default: []].append(plain(value))
    }
    var reasons: [String] = []
    var ratings: [Rating.Criterion: Int] = [:]
    for criterion in Rating.Criterion.allCases {
      switch single(values[criterion.rawValue], called: criterion.rawValue) {
      case .success(let value):
        if let rating = number(in: value) {
          ratings[criterion] = rating
        } else {
          reasons.append("\(criterion.rawValue) is \(shown(value)), not a whole number from 1 to 5")
        }
      case .failure(let problem): reasons += problem.reasons
      }
    }
    // If every criterion is missing, one sentence says it better than a list.
    if Rating.Criterion.allCases.allSatisfy({ values[$0.rawValue] == nil }) {
      reasons = ["none of the \(Rating.Criterion.allCases.count) criteria is rated"]
    }
    var domain: Rating.Domain?
    switch single(values["domain"], called: "domain") {
    case .success(let value):
      domain = Rating.Domain(rawValue: value)
      if domain == nil { reasons.append("\(shown(value)) is no known domain") }
    case .failure(let problem): reasons += problem.reasons
    }
    guard reasons.isEmpty, let domain, let rating = Rating(domain: domain, ratings: ratings) else {
      let cut = reply.wasCut ? ["the reply was cut off"] : []
      throw Problem(reasons: cut + reasons)
    }
    return rating
  }

  /// The only value of a name; a repeated equal value counts once.
  private func single(_ values: [String]?, called name: String) -> Result<String, Problem> {
    guard let values, let first = values.first else {
      return .failure(Problem(reasons: ["\(name) is missing"]))
    }
    guard values.allSatisfy({ $0 == first }) else {
      let all = values.map(shown).joined(separator: " and ")
      return .failure(Problem(reasons: ["\(name) is both \(all)"]))
    }
    return .success(first)
  }

  private func number(in value: String) -> Int? {
    let digits = value.hasSuffix("/5") ? value.dropLast(2) : value[...]
    guard digits.utf8.count == 1, let number = Int(digits) else { return nil }
    return Rating.range.contains(number) ? number : nil
  }

  /// A criterion's name without numbering, bullets and decoration.
  private func name(in text: Substring) -> String {
    let words = text.lowercased().split { !$0.isLetter }.joined(separator: " ")
    return words == "structural standardization" ? "structural standardisation" : words
  }

  /// A value without decoration around it.
  private func plain(_ text: Substring) -> String {
    let isOrnament = { (character: Character) in
      character.isWhitespace || "*_`\"'{}.".contains(character)
    }
    let tail = text.drop(while: isOrnament).reversed().drop(while: isOrnament)
    return String(tail.reversed()).lowercased()
  }

  /// A value as an error message shows it.
  private func shown(_ value: String) -> String {
    "`\(QuotedText(value, words: 4).text.split(separator: "\n").joined(separator: " "))`"
  }
}
