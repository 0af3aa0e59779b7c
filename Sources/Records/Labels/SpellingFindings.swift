import Assessments

/// What a file's labels show about their spellings.
struct SpellingFindings {
  private let classes: [LabelClasses.Class]
  private let column: LabelColumn
  private let folding: LabelFolding

  /// How many labels a finding names.
  private static let mostNamed = 5
  /// With fewer letters and digits, spellings that differ by punctuation are hardly ever one label.
  private static let fewestLetters = 3

  init(_ classes: [LabelClasses.Class], _ column: LabelColumn, folding: LabelFolding) {
    self.classes = classes
    self.column = column
    self.folding = folding
  }

  var findings: [Finding] { [joined, similar].compactMap(\.self) }

  /// The classes that have several spellings.
  private var joined: Finding? {
    var shown: [String] = []
    var lines: [Int] = []
    var count = 0
    for found in classes {
      let places = LabelClasses.ranked(found.places.filter { !found.aliases.contains($0) }, column)
      guard places.count > 1 else { continue }
      shown.append(
        places.prefix(Self.mostNamed).map(described).joined(separator: " and ")
          + (places.count > Self.mostNamed ? " and \(places.count - Self.mostNamed) more" : ""))
      for place in places.dropFirst() {
        lines = LabelClasses.merged(lines, column.tallies[place].lines)
        count += column.tallies[place].labels + column.tallies[place].votes
      }
    }
    guard !shown.isEmpty else { return nil }
    return Finding(
      .joinedSpellings,
      "spellings that differ only in Unicode form, outer white space, invisible characters, JSON type or a "
        + "number's zeros behind the point are one label: \(Self.listed(shown)); a corrected label is written as most are",
      lines: lines, count: count)
  }

  /// The classes whose names differ only in case, inner white space or punctuation.
  private var similar: Finding? {
    var groups: [String: [LabelClasses.Class]] = [:]
    var order: [String] = []
    for found in classes where found.ruleName == nil {
      let key = Self.similarityKey(found.key)
      if groups[key] == nil { order.append(key) }
      groups[key, default: []].append(found)
    }
    let alike = order.compactMap { groups[$0] }.filter { $0.count > 1 }
    guard !alike.isEmpty else { return nil }
    var shown: [String] = []
    var aliases: [String] = []
    var lines: [Int] = []
    var count = 0
    for group in alike {
      let ranked = group.enumerated().sorted {
        ($0.element.labels, $0.element.votes, $1.offset)
          > ($1.element.labels, $1.element.votes, $0.offset)
      }.map(\.element)
      shown.append(
        ranked.map { "\(JSONText.quoted($0.name)) (\($0.labels + $0.votes))" }
          .joined(separator: " and "))
      let others = ranked.dropFirst().map { JSONText.quoted($0.name) }.joined(separator: ", ")
      aliases.append("{name: \(JSONText.quoted(ranked[0].name)), aliases: [\(others)]}")
      for other in ranked.dropFirst() {
        lines = LabelClasses.merged(lines, other.lines)
        count += other.labels + other.votes
      }
    }
    return Finding(
      .similarSpellings,
      "labels differ only in case, spaces, punctuation or a number's needless zeros and stay different labels: "
        + Self.listed(shown),
      remedy: "Where they are the same, say so in rules (labels: [\(Self.listed(aliases))]).",
      lines: lines, count: count)
  }

  /// What is left of a name without case, white space and punctuation; the name itself where that is too
  /// little to tell anything.
  static func similarityKey(_ name: String) -> String {
    if let number = withoutNeedlessZeros(name) { return number }
    let kept = name.lowercased().filter { !$0.isWhitespace && !$0.isPunctuation }
    return kept.count >= fewestLetters ? kept : LabelFolding.ofSimilar.folded(name)
  }

  /// `7` of `7`, `07` and `7.0`; nil of anything that is no whole number.
  private static func withoutNeedlessZeros(_ name: String) -> String? {
    let digits = name.drop { $0 == "0" }
    return Spelling.wholePart(of: digits.first?.isNumber == true ? String(digits) : "0\(digits)")
  }

  private static func listed(_ items: [String]) -> String {
    items.prefix(mostNamed).joined(separator: ", ")
      + (items.count > mostNamed ? ", …" : "")
  }

  private func described(_ place: Int) -> String {
    let tally = column.tallies[place]
    return "\(Self.shown(tally.spelling)) (\(tally.labels + tally.votes))"
  }

  /// A spelling as JSON text, in which characters that nobody can see are escaped.
  static func shown(_ spelling: Spelling) -> String {
    guard spelling.kind == .string else { return spelling.text }
    var shown = ""
    for scalar in spelling.text.unicodeScalars {
      let properties = scalar.properties
      let isVisible =
        scalar == " "
        || !(properties.isWhitespace || properties.isDefaultIgnorableCodePoint
          || properties.generalCategory == .nonspacingMark
          || properties.generalCategory == .control)
      if isVisible {
        if scalar == "\"" || scalar == "\\" { shown += "\\" }
        shown.unicodeScalars.append(scalar)
      } else {
        let digits = String(scalar.value, radix: 16, uppercase: true)
        shown += "\\u" + String(repeating: "0", count: max(0, 4 - digits.count)) + digits
      }
    }
    return "\"\(shown)\""
  }
}

extension LabelFolding {
  /// Labels whose names agree under it are probably one label in two spellings.
  package static var ofSimilar: LabelFolding {
    var folding = LabelFolding()
    folding.ignoresCase = true
    folding.ignoresSpaces = true
    return folding
  }

  /// The name as this folding leaves it, for names of classes.
  package func key(_ name: String) -> String { folded(Spelling.cleaned(name)) }
}
