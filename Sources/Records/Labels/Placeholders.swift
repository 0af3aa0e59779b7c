import Assessments

/// Which classes of a label column are no classes: what programs and people write where there is no label.
struct Placeholders {
  /// Numbers of classes that are no label.
  private(set) var labels: Set<Int> = []
  /// Numbers of classes that are no label where they stand alone. In a list they may be one: a list says
  /// which labels belong.
  private(set) var labelsAlone: Set<Int> = []
  /// Numbers of classes that are no vote.
  private(set) var votes: Set<Int> = []
  /// Numbers of classes that may be a placeholder, and are read as labels.
  private var doubtful: [Int] = []
  /// The number of the class −1, or of another such number, where it is a placeholder.
  private var sentinel: Int?

  /// Words that are hardly ever a class, in lower case.
  static let words: Set<String> = [
    "n/a", "#n/a", "<na>", "nan", "null", "unlabeled", "unlabelled", "not labeled", "not labelled",
    "no label", "-", "--", "–", "—",
  ]
  /// Words that are a class in some files and a placeholder in others, in lower case.
  static let doubtfulWords: Set<String> = [
    "na", "nil", "none", "unknown", "undefined", "missing", "tbd", "todo", "unsure", "not sure",
    "skip",
    "skipped", "abstain", "?", "??", "empty", "not specified",
  ]
  /// Numbers that programs write for a missing class: −1 (scikit-learn, Hugging Face, Snorkel), −100 (what
  /// PyTorch's losses ignore), and the codes of surveys.
  static let numbers: Set<Int> = [-1, -100, -9, -99, -999]
  /// With fewer other classes, a word or number may well be the other one of two classes.
  static let fewestOthers = 2

  init(
    _ classes: [LabelClasses.Class], options: ReadingOptions, identity: LabelClasses.Identity
  ) {
    labels = Set(classes.indices.filter { classes[$0].key.isEmpty })
    votes = labels
    if let own = options.noLabel {
      let keys = Set(own.map { identity.key(of: $0) })
      let named = classes.indices.filter { keys.contains(classes[$0].key) }
      labels.formUnion(named)
      votes.formUnion(named)
      return
    }
    findWords(classes)
    findNumber(classes)
  }

  func concerns(_ number: Int) -> Bool {
    labels.contains(number) || labelsAlone.contains(number) || votes.contains(number)
  }

  private mutating func findWords(_ classes: [LabelClasses.Class]) {
    let free = classes.indices.filter { classes[$0].ruleName == nil && !labels.contains($0) }
    let found = free.filter { Self.words.contains(classes[$0].key.lowercased()) }
    let others = classes.indices.filter { !found.contains($0) && !labels.contains($0) }
    let haveLetters = others.allSatisfy { hasLetterOrDigit(classes[$0].key) }
    for number in found {
      // Beside + and other signs, - is a class.
      guard others.count >= Self.fewestOthers, haveLetters || hasLetterOrDigit(classes[number].key)
      else { continue }
      labels.insert(number)
      votes.insert(number)
    }
    let doubtful = free.filter {
      classes[$0].labels > 0 && Self.doubtfulWords.contains(classes[$0].key.lowercased())
    }
    if others.count - doubtful.count >= Self.fewestOthers { self.doubtful = doubtful }
    let haveLabels = others.contains { classes[$0].labels > 0 }
    for number in free where classes[number].key.lowercased() == "abstain" {
      if haveLabels, classes[number].labels == 0 { votes.insert(number) }
    }
  }

  private func hasLetterOrDigit(_ text: String) -> Bool {
    text.contains { $0.isLetter || $0.isNumber }
  }

  /// A number below 0 is no label if all other labels are whole numbers of at least 0, and labels and votes
  /// have at least two different ones. With fewer it is a class, as in −1 and +1. It is no vote if all other
  /// votes are such numbers and it is not a class of the labels; if the labels are words, one other vote is
  /// enough.
  private mutating func findNumber(_ classes: [LabelClasses.Class]) {
    let present = classes.indices.filter { !labels.contains($0) }
    let ofLabels = Self.wholeNumbers(present.filter { classes[$0].labels > 0 }, classes)
    let ofVotes = Self.wholeNumbers(present.filter { classes[$0].votes > 0 }, classes)
    let negative = Set((ofLabels ?? [:]).keys).union((ofVotes ?? [:]).keys).filter { $0 < 0 }
    guard negative.count == 1, let value = negative.first, Self.numbers.contains(value),
      let number = ofLabels?[value] ?? ofVotes?[value], classes[number].ruleName == nil
    else { return }
    let others = Set((ofLabels ?? [:]).keys).union((ofVotes ?? [:]).keys).subtracting([value])
    let isLabel = classes[number].labels > 0
    let isMissing = isLabel && ofLabels != nil && others.count >= Self.fewestOthers
    let isClass = isLabel && !isMissing
    if isMissing { labelsAlone.insert(number) }
    if classes[number].votes > 0, let ofVotes, ofVotes.count > 1, !isClass,
      others.count >= Self.fewestOthers || ofLabels == nil
    {
      votes.insert(number)
    }
    if concerns(number) { sentinel = number }
  }

  /// The classes by value where all are whole numbers; nil where one is not.
  private static func wholeNumbers(
    _ numbers: [Int], _ classes: [LabelClasses.Class]
  ) -> [Int: Int]? {
    var values: [Int: Int] = [:]
    for number in numbers {
      guard let whole = Spelling.wholePart(of: classes[number].key), let value = Int(whole) else {
        return nil
      }
      values[value] = number
    }
    return values
  }
}

extension Placeholders {
  func findings(_ classes: [LabelClasses.Class], _ column: LabelColumn) -> [Finding] {
    var findings: [Finding] = []
    for (number, found) in classes.enumerated() where concerns(number) && !found.key.isEmpty {
      let spelled = LabelClasses.ranked(found.places, column).first ?? found.places[0]
      let isSentinel = sentinel == number
      let text =
        isSentinel ? found.key : SpellingFindings.shown(column.tallies[spelled].spelling)
      let remedy =
        isSentinel
        ? "Where it is a class, name it in rules (labels: [{name: …, aliases: [\"\(found.key)\"]}])."
        : "Where it is a class, name it in rules (labels: [{name: \(text)}])."
      func add(_ code: FindingCode, _ reading: String, others: String) {
        let reason = isSentinel ? ", as all other \(others) are whole numbers from 0 on" : ""
        findings.append(
          Finding(
            code, "the \(reading)\(reason)", remedy: remedy, lines: found.lines,
            count: found.lineCount))
      }
      if found.labels > 0, labels.contains(number) || labelsAlone.contains(number) {
        add(.placeholder, "label \(text) is read as no label", others: "labels")
      }
      if found.votes > 0, votes.contains(number) {
        add(.abstention, "vote \(text) is read as an abstention", others: "votes")
      }
    }
    for number in doubtful {
      let found = classes[number]
      let text = SpellingFindings.shown(column.tallies[found.places[0]].spelling)
      findings.append(
        Finding(
          .placeholderWord, "\(text) is read as a label like any other",
          remedy: "Where it means that there is no label, say so in rules (no_label: [\(text)]).",
          lines: found.lines, count: found.labels))
    }
    return findings
  }
}
