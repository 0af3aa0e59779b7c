import Assessments

/// Which spellings of a file's labels are one class, and which mean that there is no label.
///
/// Two spellings are one class where they differ by nothing but Unicode form, outer white space, characters
/// without width or JSON type: `billing` and `billing ` with a blank, `1`, `1.0` and `"1"`; in a table also `1`
/// and `1.0`, where all labels are numbers. Rules can join more: by an alias, or by `LabelFolding`. A class has the name that rules give it, else that of its
/// commonest spelling.
struct LabelClasses {
  static let mostLines = Finding.mostLines

  /// What one spelling means.
  enum Meaning {
    /// The label of this name; `token` replaces the spelling where rules say that it is an alias.
    case label(name: String, token: String?)
    case noLabel
    /// No label where it stands alone; a label within a list.
    case noLabelAlone
  }

  /// One class of labels.
  struct Class {
    var key: String
    /// Places among the column's tallies, in order.
    var places: [Int] = []
    /// Those of `places` that are aliases.
    var aliases: Set<Int> = []
    /// Name or alias in rules; nil where rules say nothing.
    var ruleName: String?
    var name = ""
    /// How often the class is a label, and how often a vote.
    var labels = 0
    var votes = 0
    var lines: [Int] = []
    /// How many lines have it; a line with several spellings counts for each.
    var lineCount = 0
  }

  let classes: [Class]
  /// The meaning of each of the column's tallies as a label, and as a vote.
  let meanings: [Meaning]
  let voteMeanings: [Meaning]
  let findings: [Finding]
  let numbers: LabelNumbers
  /// Whether any label has another name or another meaning than the parser gave it.
  let changesAnything: Bool

  /// - Parameter container: of the file that has the column.
  init(_ column: LabelColumn, _ container: ContainerKind, options: ReadingOptions) {
    let labelNumbers = LabelNumbers(column, container, options: options)
    let identity = Identity(column, labelNumbers, options: options)
    self.numbers = labelNumbers
    var classes: [Class] = []
    var numbers: [String: Int] = [:]
    var classOfTally: [Int] = []
    for (place, tally) in column.tallies.enumerated() {
      let own = identity.key(of: tally.spelling)
      let alias = identity.names[own]
      let key = alias.map { identity.key(of: Spelling(text: $0, kind: .string)) } ?? own
      let number = numbers[key] ?? classes.count
      if number == classes.count {
        numbers[key] = number
        classes.append(Class(key: key, ruleName: alias))
      }
      classes[number].places.append(place)
      if own != key { classes[number].aliases.insert(place) }
      classes[number].labels += tally.labels
      classes[number].votes += tally.votes
      classes[number].lineCount += tally.lineCount
      classes[number].lines = Self.merged(classes[number].lines, tally.lines)
      classOfTally.append(number)
    }
    for number in classes.indices {
      let ranked = Self.ranked(classes[number].places, column)
      let spelled = ranked.first { !classes[number].aliases.contains($0) }
      classes[number].name =
        classes[number].ruleName ?? spelled.map { column.tallies[$0].spelling.text } ?? ""
    }
    let placeholders = Placeholders(classes, options: options, identity: identity)
    var meanings: [Meaning] = []
    var voteMeanings: [Meaning] = []
    var changesAnything = false
    for (place, tally) in column.tallies.enumerated() {
      let number = classOfTally[place]
      let own = classes[number]
      var token: String?
      if own.aliases.contains(place) {
        let spelled = Self.ranked(own.places, column).first { !own.aliases.contains($0) }
        // A class that the file gives as a number stays one, whatever rules call it.
        token =
          spelled.map { column.tallies[$0].token }
          ?? (tally.spelling.kind == .string ? JSONText.quoted(own.name) : nil)
      }
      let label = Meaning.label(name: own.name, token: token)
      meanings.append(
        placeholders.labels.contains(number)
          ? .noLabel : placeholders.labelsAlone.contains(number) ? .noLabelAlone : label)
      voteMeanings.append(placeholders.votes.contains(number) ? .noLabel : label)
      if token != nil || !own.name.utf8.elementsEqual(tally.spelling.text.utf8)
        || placeholders.concerns(number)
      {
        changesAnything = true
      }
    }
    self.classes = classes
    self.meanings = meanings
    self.voteMeanings = voteMeanings
    self.changesAnything = changesAnything
    let remaining = classes.indices.filter { !placeholders.concerns($0) }.map { classes[$0] }
    findings =
      placeholders.findings(classes, column)
      + SpellingFindings(remaining, column, folding: options.folding).findings
      + RuleLabelFindings(remaining, column, identity, options: options).findings
  }

  /// The places of tallies, the commonest first; of equally common ones the first in the file.
  static func ranked(_ places: [Int], _ column: LabelColumn) -> [Int] {
    places.sorted {
      let (left, right) = (column.tallies[$0], column.tallies[$1])
      return (left.labels, left.votes, $1) > (right.labels, right.votes, $0)
    }
  }

  /// The first lines of two ascending lists, each once.
  static func merged(_ left: [Int], _ right: [Int]) -> [Int] {
    Array(Set(left).union(right).sorted().prefix(mostLines))
  }
}

extension LabelClasses {
  /// What spellings of one class have in common.
  struct Identity {
    private let hasNumbers: Bool
    private let hasBooleans: Bool
    private let folding: LabelFolding
    private let numbers: LabelNumbers
    /// The names that rules give, by the key of a name or an alias.
    private(set) var names: [String: String] = [:]

    init(_ column: LabelColumn, _ numbers: LabelNumbers, options: ReadingOptions) {
      self.numbers = numbers
      hasNumbers =
        numbers.areNumbers || column.tallies.contains { $0.spelling.kind == .number }
      hasBooleans = column.tallies.contains { $0.spelling.kind == .boolean }
      folding = options.folding
      for name in options.labelNames { names[key(of: name)] = name }
      for (alias, name) in options.canonicalNames.sorted(by: { $0.key < $1.key }) {
        names[key(of: alias)] = name
        if names[key(of: name)] == nil { names[key(of: name)] = name }
      }
    }

    func key(of text: String) -> String { key(of: Spelling(text: text, kind: .string)) }

    /// A string is a number, or true or false, only in a file that also has labels of that type, or in a table
    /// whose labels are numbers: in a column of strings, `1.0` and `1` may be different versions.
    func key(of spelling: Spelling) -> String {
      let key: String
      switch spelling.kind {
      case .number: key = Spelling.number(spelling.text)
      case .boolean: key = spelling.text
      case .string:
        let text = Spelling.cleaned(spelling.text)
        let lower = text.lowercased()
        if hasNumbers, let whole = Spelling.wholePart(of: numbers.withPoint(text)) {
          key = whole
        } else if hasBooleans, lower == "true" || lower == "false" {
          key = lower
        } else {
          key = text
        }
      }
      return folding.folded(key)
    }
  }
}
