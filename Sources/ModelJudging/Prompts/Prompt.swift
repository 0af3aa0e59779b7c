import Digests
package import ModelInterfaces

/// A question to a model, read from a file. The file has a version, a system part and a user part, and
/// the parts have placeholders for the texts.
///
/// ```
/// version: 1
/// --- system
/// You assess search results.
/// --- user
/// {query}
/// ```
package struct Prompt: Sendable, Hashable {
  /// The purpose of a prompt; the raw value is its file's name without `.txt`.
  package enum Name: String, Sendable, CaseIterable, Comparable {
    case answer
    case labelChoice = "label-choice"
    case rating
    case relevanceSelection = "relevance-selection"
    case utilityRanking = "utility-ranking"
    case utilitySelection = "utility-selection"

    package var file: String { rawValue + ".txt" }

    /// The placeholders that the user part must have.
    package var placeholders: [Placeholder] {
      switch self {
      case .answer: [.query, .passages]
      case .labelChoice: [.text, .labels]
      case .rating: [.text]
      case .relevanceSelection: [.query, .passages]
      case .utilityRanking, .utilitySelection: [.query, .answer, .passages]
      }
    }

    /// The placeholders that either part may have in addition.
    var optionalPlaceholders: [Placeholder] {
      [.rating, .labelChoice].contains(self) ? [] : [.count]
    }

    package static func < (left: Self, right: Self) -> Bool { left.rawValue < right.rawValue }
  }

  /// A name in braces, such as `{query}`, that `conversation` replaces with a text.
  package enum Placeholder: String, Sendable, CaseIterable {
    /// The quoted query.
    case query
    /// The quoted answer.
    case answer
    /// The quoted passages, each with its number.
    case passages
    /// How many passages there are.
    case count
    /// The one quoted text.
    case text
    /// The two quoted labels, each with its letter.
    case labels

    var inBraces: String { "{\(rawValue)}" }
  }

  enum Piece: Sendable, Hashable {
    case words(String)
    case place(Placeholder)
  }

  package let name: Name
  /// The version that the file states. It names the wording for people; the digest identifies it exactly.
  package let version: String
  /// SHA-256 of version and wording, in lower-case hexadecimal.
  package let digest: String
  private let system: [Piece]
  private let user: [Piece]

  /// Reads a prompt's file.
  ///
  /// - Throws: `PromptError` with every problem of the file, each with its line and remedy.
  package init(_ name: Name, reading content: String) throws(PromptError) {
    var reader = PromptReader(name: name)
    for line in content.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline) {
      reader.take(line)
    }
    let parts = try reader.finish()
    self.name = name
    (version, system, user) = (parts.version, parts.system, parts.user)
    digest =
      ContentDigest([name.rawValue, version, Self.wording(system), Self.wording(user)]).hexadecimal
  }

  /// The conversation with the texts in the places of the placeholders.
  ///
  /// The texts are inserted once and never searched for placeholders, so a passage with the words
  /// `{answer}` stays as it is.
  package func conversation(
    with texts: [Placeholder: String], maximumTokens: Int
  ) -> Conversation {
    Conversation(
      system: Self.filled(system, with: texts), user: Self.filled(user, with: texts),
      maximumTokens: maximumTokens)
  }

  private static func filled(_ pieces: [Piece], with texts: [Placeholder: String]) -> String {
    pieces.map { piece in
      switch piece {
      case .words(let words): return words
      case .place(let place):
        guard let text = texts[place] else { preconditionFailure("nothing for \(place.inBraces)") }
        return text
      }
    }.joined()
  }

  private static func wording(_ pieces: [Piece]) -> String {
    pieces.map { piece in
      switch piece {
      case .words(let words): words
      case .place(let place): place.inBraces
      }
    }.joined()
  }
}

/// Reads a prompt's file line by line and collects its problems.
private struct PromptReader {
  private enum Part: String, CaseIterable {
    case system, user

    var heading: String { "--- \(rawValue)" }
  }

  let name: Prompt.Name
  private var line = 0
  private var version: String?
  private var part: Part?
  private var lines: [Part: [(number: Int, text: Substring)]] = [:]
  private var problems: [PromptError.Problem] = []

  init(name: Prompt.Name) { self.name = name }

  mutating func take(_ text: Substring) {
    line += 1
    if text.hasPrefix("---") {
      takeHeading(text)
    } else if let part {
      lines[part, default: []].append((line, text))
    } else if !text.allSatisfy(\.isWhitespace) {
      takeHeader(text)
    }
  }

  private mutating func takeHeading(_ text: Substring) {
    guard let found = Part.allCases.first(where: { $0.heading == trimmed(text) }) else {
      report(
        line, "`\(text)` is no part of a prompt",
        "The parts are `--- system` and `--- user`; begin other lines differently.")
      return
    }
    if lines[found] != nil {
      report(line, "`\(found.heading)` stands here for the second time", "Join the two.")
    }
    part = found
    lines[found, default: []] += []
  }

  private mutating func takeHeader(_ text: Substring) {
    let halves = text.split(separator: ":", maxSplits: 1)
    guard halves.count == 2, trimmed(halves[0]) == "version", !trimmed(halves[1]).isEmpty else {
      report(
        line, "only `version:` and a text may stand before `--- system`",
        "Write `version: 1`, or move the line below `--- user`.")
      return
    }
    if version != nil { report(line, "there is a second version", "Keep one.") }
    version = trimmed(halves[1])
  }

  mutating func finish() throws(PromptError) -> (
    version: String, system: [Prompt.Piece], user: [Prompt.Piece]
  ) {
    if version == nil, !problems.contains(where: { $0.reason.hasPrefix("only `version:`") }) {
      report(0, "the version is missing", "Write `version: 1` in its first line.")
    }
    let system = pieces(of: .system)
    let user = pieces(of: .user)
    for missing in name.placeholders where !user.contains(.place(missing)) {
      report(
        0, "\(missing.inBraces) is missing in the user part",
        "Write \(missing.inBraces) below `--- user`, where it belongs.")
    }
    for place in name.placeholders where system.contains(.place(place)) {
      report(
        0, "\(place.inBraces) stands in the system part",
        "Move it below `--- user`: texts of others are data, and the system part gives orders.")
    }
    guard problems.isEmpty, let version else { throw PromptError(problems: problems) }
    return (version, system, user)
  }

  /// A part's wording, without the white space around it.
  private mutating func pieces(of part: Part) -> [Prompt.Piece] {
    var content = (lines[part] ?? [])[...]
    while content.first.map({ trimmed($0.text).isEmpty }) ?? false { content.removeFirst() }
    while content.last.map({ trimmed($0.text).isEmpty }) ?? false { content.removeLast() }
    var pieces: [Prompt.Piece] = []
    for (index, (number, text)) in content.enumerated() {
      if index > 0 { pieces.append(.words("\n")) }
      pieces += self.pieces(of: text, line: number)
    }
    return pieces
  }

  private mutating func pieces(of text: Substring, line: Int) -> [Prompt.Piece] {
    var pieces: [Prompt.Piece] = []
    var rest = text
    while let open = rest.firstIndex(of: "{") {
      pieces.append(.words(String(rest[..<open])))
      let word = rest[rest.index(after: open)...].prefix { $0.isASCII && $0.isLetter }
      guard !word.isEmpty, word.endIndex < rest.endIndex, rest[word.endIndex] == "}" else {
        // A brace without a single word in it stays as it is, because prompts may show JSON.
        pieces.append(.words("{"))
        rest = rest[rest.index(after: open)...]
        continue
      }
      let known = name.placeholders + name.optionalPlaceholders
      if let place = known.first(where: { $0.rawValue == word }) {
        pieces.append(.place(place))
      } else {
        report(
          line, "{\(word)} means nothing here",
          "Use \(known.map(\.inBraces).joined(separator: ", ")), or another kind of brackets.")
      }
      rest = rest[rest.index(after: word.endIndex)...]
    }
    pieces.append(.words(String(rest)))
    return pieces
  }

  private mutating func report(_ line: Int, _ reason: String, _ remedy: String) {
    problems.append(
      PromptError.Problem(file: name.file, line: line, reason: reason, remedy: remedy))
  }

  private func trimmed(_ text: Substring) -> String {
    let tail = text.drop(while: \.isWhitespace).reversed().drop(while: \.isWhitespace)
    return String(tail.reversed())
  }
}
