/// A reply's tokens, with the lists of numbers in them.
struct SelectionText {
  /// Consecutive numbers with nothing between them that ends a list.
  struct List: Equatable {
    enum Kind: Equatable {
      case bracketed
      /// After "passage" or a similar word.
      case named
      case bare
    }

    let kind: Kind
    let numbers: [Int]
    /// Where the list is among the tokens.
    let range: Range<Int>
    let hasArrow: Bool
    /// Whether its lines have no other content.
    let isAlone: Bool
    let startsLine: Bool
    /// Whether its part of the sentence rejects these numbers.
    var isDenied = false
  }

  enum Statement: Equatable {
    case list([Int])
    case nothing
  }

  /// Words that may stand between the numbers of a list.
  static let listWords: Set<String> = [
    "passage", "passages", "text", "texts", "document", "documents", "doc", "docs", "number",
    "numbers", "no", "nr", "id", "ids", "item", "items", "p", "and", "or", "nor", "then", "to",
    "und",
    "et", "y",
    "e",
  ]
  /// Words that show that the bare number after them names a passage.
  private static let nouns: Set<String> = [
    "passage", "passages", "text", "texts", "document", "documents", "doc", "docs",
  ]
  private static let markers: Set<String> = [
    "selection", "selections", "selected", "select", "ranking", "rankings", "ranked", "rank",
  ]
  /// Words that may stand between a marker and its list.
  private static let markerWords: Set<String> = [
    "is", "are", "as", "follows", "passage", "passages", "text", "texts", "document", "documents",
    "numbers", "order", "list", "final", "result", "ids",
  ]
  private static let denials: Set<String> = [
    "not", "none", "irrelevant", "unrelated", "useless", "unhelpful", "except", "excluding",
    "without", "neither", "nor", "excluded", "isn", "aren", "doesn", "don", "nicht", "no", "never",
    "ignored", "ignoring", "cannot", "unable", "off", "fails", "lacks", "rejected", "excludes",
  ]
  private static let noneWords: Set<String> = [
    "none", "nothing", "null", "keine", "keines", "aucun", "aucune", "ninguno", "ninguna",
    "nessuno", "nenhum", "ninguém", "нет", "无", "なし",
  ]

  let tokens: [SelectionToken]
  private(set) var lists: [List] = []

  init(tokens: [SelectionToken]) {
    self.tokens = tokens
    findLists()
    findDenials()
  }

  /// What stands after the last marker that is followed by a list or by "none". A marker that opens its
  /// line, as the prompt asks, is preferred to one within a sentence, which may only explain the choice.
  var lastMarked: Statement? {
    let markers = tokens.indices.filter { position in
      guard case .word(let word) = tokens[position] else { return false }
      return Self.markers.contains(word) && !isDeniedOrCounted(position)
    }
    let opening = markers.filter(opensLine)
    return lastStatement(after: opening) ?? lastStatement(after: markers)
  }

  /// Words that may stand before a marker that opens its line.
  private static let openingWords: Set<String> = [
    "my", "final", "the", "so", "therefore", "answer",
  ]

  /// Whether only ornaments, colons and opening words stand before a marker in its line, and a colon
  /// follows it.
  private func opensLine(_ marker: Int) -> Bool {
    for token in tokens[..<marker].reversed() {
      switch token {
      case .newline: return hasColon(after: marker)
      case .ornament, .colon: continue
      case .word(let word) where Self.openingWords.contains(word) || Self.markers.contains(word):
        continue
      default: return false
      }
    }
    return hasColon(after: marker)
  }

  private func hasColon(after marker: Int) -> Bool {
    for token in tokens[(marker + 1)...] {
      switch token {
      case .colon: return true
      case .newline, .stop: return false
      case .word(let word)
      where !Self.markerWords.contains(word) && !Self.nouns.contains(word)
        && word != "of":
        return false
      default: continue
      }
    }
    return false
  }

  /// Whether a marker is negated or belongs to a count: "Not selected: [1]", "I did not select [2]",
  /// "total selected: 2".
  private func isDeniedOrCounted(_ marker: Int) -> Bool {
    let before = tokens[..<marker].reversed().prefix { $0 != .newline && $0 != .stop }.prefix(3)
    return before.contains { token in
      guard case .word(let word) = token else { return false }
      return Self.denials.contains(word) || word == "total" || word == "number"
    }
  }

  private func lastStatement(after markers: [Int]) -> Statement? {
    var bare: Statement?
    for position in markers.reversed() {
      guard let (statement, kind) = statement(after: position) else { continue }
      if kind == .bracketed { return statement }
      bare = bare ?? statement
    }
    return bare
  }

  /// Whether the reply begins like a refusal: "I'm sorry, but I can't help with document 4."
  var isRefusal: Bool {
    let sentence = tokens.prefix { $0 != .newline && $0 != .stop }
    let words = sentence.compactMap { token in
      if case .word(let word) = token { word } else { nil }
    }
    return words.indices.contains { index in
      // The tokens of "I can't" are "i", "can" and "t".
      let next = words[(index + 1)...].prefix(2)
      switch words[index] {
      case "i", "we":
        return next.first == "cannot"
          || Self.inabilities.contains(next.first ?? "") && next.last == "t"
      case "am", "m", "are", "re": return next.first == "unable"
      default: return false
      }
    }
  }

  private static let inabilities: Set<String> = ["can", "won", "couldn"]

  /// Whether the reply says anywhere that no passage fits.
  var saysNothingFits: Bool {
    for (position, token) in tokens.enumerated() {
      switch token {
      case .emptyBrackets: return true
      case .word(let word):
        if Self.noneWords.contains(word) { return true }
        // "No passage is relevant", "no relevant passages".
        if word == "no",
          tokens[(position + 1)...].prefix(3).contains(where: { token in
            if case .word(let next) = token { return Self.nouns.contains(next) }
            return false
          })
        {
          return true
        }
      default: break
      }
    }
    return false
  }

  private func statement(after marker: Int) -> (Statement, List.Kind)? {
    var position = marker + 1
    var hasColon = false
    var newlines = 0
    scan: while position < tokens.count {
      switch tokens[position] {
      case .colon:
        hasColon = true
      case .ornament: break
      case .newline:
        newlines += 1
        if newlines > 2 { return nil }
      case .word(let word) where Self.noneWords.contains(word):
        // Counts as a list without brackets, because a quoted passage could have the same words.
        return hasColon || word == "none" ? (.nothing, .bare) : nil
      case .word("no") where hasColon && word(at: position + 1).map(Self.nouns.contains) ?? false:
        return (.nothing, .bare)
      case .word(let word):
        guard Self.markerWords.contains(word) else { return nil }
      case .emptyBrackets: return (.nothing, .bracketed)
      case .number:
        // "(3 of 16)" is a count.
        guard word(at: position + 1) == "of" else { break scan }
        position += 2
      case .arrow, .stop, .comma: return nil
      }
      position += 1
    }
    guard let index = lists.firstIndex(where: { $0.range.contains(position) }) else { return nil }
    let list = lists[index]
    // "I selected 3 passages" is a count, "selected: 3" is a selection.
    guard hasColon || list.kind != .bare else { return nil }
    guard list.startsLine else { return (.list(list.numbers), list.kind) }
    // A list with a remark on each line continues as long as lines begin with the same kind of number.
    let following = lists[(index + 1)...].prefix { $0.startsLine && $0.kind == list.kind }
    let affirmed = following.filter { !$0.isDenied }.flatMap(\.numbers)
    return (.list((list.isDenied ? [] : list.numbers) + affirmed), list.kind)
  }

  private func word(at position: Int) -> String? {
    guard position < tokens.count, case .word(let word) = tokens[position] else { return nil }
    return word
  }

  private mutating func findLists() {
    var position = 0
    while position < tokens.count {
      guard case .number(_, let isBracketed) = tokens[position] else {
        position += 1
        continue
      }
      let end = endOfList(from: position, isBracketed: isBracketed)
      lists.append(list(in: position..<end, isBracketed: isBracketed))
      position = end
    }
  }

  /// The position after the last number of the list.
  private func endOfList(from start: Int, isBracketed: Bool) -> Int {
    var end = start + 1
    var position = end
    while position < tokens.count {
      switch tokens[position] {
      case .number(_, isBracketed):
        end = position + 1
      case .number: return end
      case .word("no"):
        // "No. 3" continues a list, "[2] No" does not.
        guard case .number? = tokens[(position + 1)...].first(where: { $0 != .stop }) else {
          return end
        }
      case .word(let word):
        guard Self.listWords.contains(word) else { return end }
      case .colon, .emptyBrackets: return end
      case .stop:
        // A bare "1. 3." continues; after brackets, a stop ends the sentence and with it the list.
        if isBracketed { return end }
      case .arrow, .comma, .newline, .ornament: break
      }
      position += 1
    }
    return end
  }

  private func list(in range: Range<Int>, isBracketed: Bool) -> List {
    let startsLine = hasNoContent(tokens[..<range.lowerBound].reversed())
    let endsLine = hasNoContent(tokens[range.upperBound...])
    let isNamed =
      tokens[..<range.lowerBound].last { $0 != .ornament }.map { token in
        if case .word(let word) = token { return Self.nouns.contains(word) }
        return false
      } ?? false
    return List(
      kind: isBracketed ? .bracketed : isNamed ? .named : .bare,
      numbers: tokens[range].compactMap { token in
        if case .number(let number, _) = token { return number }
        return nil
      },
      range: range, hasArrow: tokens[range].contains(.arrow),
      isAlone: startsLine && endsLine, startsLine: startsLine)
  }

  /// Whether there is no content before the next end of a line.
  private func hasNoContent(_ part: some Sequence<SelectionToken>) -> Bool {
    for token in part {
      switch token {
      case .newline: return true
      case .ornament, .comma, .stop: continue
      case .word(let word) where Self.nouns.contains(word): continue
      default: return false
      }
    }
    return true
  }

  /// Marks the lists that the reply rejects. The words between two lists of a sentence belong to the first
  /// list up to the last comma or conjunction, and to the second list from there: "[1] is not relevant,
  /// [2] is", "[1], but not [2]".
  private mutating func findDenials() {
    for index in lists.indices where lists[index].startsLine {
      if isUnderDenial(index) { lists[index].isDenied = true }
    }
    for index in lists.indices {
      let start = index > 0 ? lists[index - 1].range.upperBound : 0
      let gap = tokens[start..<lists[index].range.lowerBound]
      let sentence = gap.lastIndex { $0 == .stop || $0 == .newline }.map { $0 + 1 }
      let own = tokens[(sentence ?? (index > 0 ? clauseBoundary(in: gap) : start))..<gap.endIndex]
      if holdsDenial(own) { lists[index].isDenied = true }
      if index > 0 {
        let end = gap.firstIndex { $0 == .stop || $0 == .newline } ?? clauseBoundary(in: gap)
        if holdsDenial(tokens[start..<end]) { lists[index - 1].isDenied = true }
      }
    }
    guard let last = lists.last else { return }
    let rest = tokens[last.range.upperBound...].prefix { $0 != .stop && $0 != .newline }
    // "[2], and none of the others": the next clause is about other passages.
    let clause = rest.prefix { $0 != .comma && $0 != .word("and") && $0 != .word("but") }
    if holdsDenial(clause) { lists[lists.count - 1].isDenied = true }
  }

  /// Whether the heading above a list, which is the last line before it that is not a list item, rejects
  /// what follows: "Rejected:", "These passages are not relevant:".
  private func isUnderDenial(_ index: Int) -> Bool {
    var lines = tokens[..<lists[index].range.lowerBound].split(
      separator: .newline, omittingEmptySubsequences: true)
    // In its own line, the list has only ornaments and similar tokens before it.
    if let own = lines.last, own.endIndex == lists[index].range.lowerBound { lines.removeLast() }
    for line in lines.reversed() {
      let isItem = lists.contains { $0.startsLine && line.indices.overlaps($0.range) }
      if isItem { continue }
      guard line.last == .colon else { return false }
      return holdsDenial(line)
    }
    return false
  }

  /// Where the clause of the second list begins in the words between two lists.
  private func clauseBoundary(in gap: ArraySlice<SelectionToken>) -> Int {
    gap.lastIndex { $0 == .comma || $0 == .word("and") || $0 == .word("but") } ?? gap.endIndex
  }

  private func holdsDenial(_ part: ArraySlice<SelectionToken>) -> Bool {
    part.contains { token in
      if case .word(let word) = token { return Self.denials.contains(word) }
      return false
    }
  }
}
