import ModelInterfaces
import Records
import Assessments
import Yams

/// Reads one rules file and finds all its problems at once.
struct RuleFile {
  private let file: String
  private(set) var problems: [RuleProblem] = []
  private var rules = RuleSet()

  /// Keys that are reserved for a later version.
  static let later = [
    "constraints", "patterns", "trust", "protected",
  ]
  private static let keys = [
    "match", "fields", "labels", "mode", "thresholds", "encoder", "precision", "on_bad_line",
    "trusted", "utility", "rate", "label_plausibility", "no_label", "label_separator", "unlabelled",
    "decisions", "order", "compare_labels",
  ]

  /// The members that a file of rules can have.
  package static let allKeys = Set(keys + layoutKeys)

  /// Reads the text of a rules file.
  /// - Parameters:
  ///   - stem: the file's name without folder and ending. Where `match` is missing, the rules are for files
  ///     whose names start with it; `default` matches every file.
  ///   - contents: reads the text of a file that the rules name; nil where it cannot be read.
  static func read(
    _ text: String, file: String, stem: String, contents: (String) -> String?
  ) -> (RuleSet, [RuleProblem]) {
    var reader = RuleFile(file: file)
    reader.read(text, contents: contents)
    reader.rules.file = file
    if reader.rules.match.isEmpty {
      reader.rules.match = [stem == "default" ? Glob("*") : Glob.literal(stem, then: "*")]
        .compactMap { $0 }
    }
    return (reader.rules, reader.problems)
  }

  init(file: String) { self.file = file }

  mutating func problem(_ mark: Mark?, _ reason: String, _ remedy: String) {
    problem(line: mark?.line ?? 0, column: mark?.column ?? 0, reason, remedy)
  }

  mutating func problem(
    line: Int, column: Int, _ reason: String, _ remedy: String
  ) {
    guard problems.count < Self.mostProblems else { return }
    problems.append(
      RuleProblem(
        file: file, line: line, column: column, reason: reason,
        remedy: remedy))
  }

  /// The most aliases (`*name`) of a file. Aliases of lists of aliases multiply: ten levels of ten make
  /// ten thousand million values of 500 bytes. So few as these make a hundred thousand at the most.
  static let mostAliases = 32
  /// The most problems that are listed: more than anybody mends before trying again.
  static let mostProblems = 100

  private mutating func read(_ text: String, contents: (String) -> String?) {
    guard Self.aliasCount(in: text.utf8) <= Self.mostAliases else {
      problem(
        nil, "the file has more than \(Self.mostAliases) aliases (*name)",
        "Write the values out where they are needed.")
      return
    }
    let root: Node?
    do {
      root = try Yams.compose(yaml: text)
    } catch {
      notYAML(error)
      return
    }
    // An empty file, or one with only comments, leaves every rule at its default.
    guard let root, !isNull(root) else { return }
    guard let entries = entries(root, "the file", Self.keys + Self.layoutKeys) else { return }
    for (key, value) in entries {
      switch key {
      case "match": match(value)
      case "fields": fields(value)
      case "labels": labels(value)
      case "mode": if let mode: CorrectionMode = choice(value, key) { rules.mode = mode }
      case "thresholds": thresholds(value)
      case "encoder": if !isNull(value) { rules.encoder = string(value, key) }
      case "precision":
        if let precision: PrecisionChoice = choice(value, key) { rules.precision = precision }
      case "on_bad_line":
        if let policy: RuleSet.BadLinePolicy = choice(value, key) { rules.onBadLine = policy }
      case "label_plausibility": rules.asksPlausibility = flag(value, key) ?? false
      case "compare_labels":
        if !isNull(value) { rules.labelQuestions = labelQuestions(value) }
      case "rate": rules.rates = flag(value, key) ?? false
      case "no_label": if !isNull(value) { rules.noLabel = strings(value, key, allowsNull: true) }
      case "label_separator": if !isNull(value) { rules.labelSeparator = string(value, key) }
      case "order": break
      case "decisions": if !isNull(value) { rules.decisions = string(value, key) }
      case "unlabelled": rules.mayBeUnlabelled = flag(value, key) ?? false
      case let key where Self.layoutKeys.contains(key):
        var changed = rules
        layout(key, value, into: &changed)
        rules = changed
      case "utility": rules.utility = utility(value, contents: contents)
      default: trusted(value)
      }
    }
    // Only now are all names and aliases known.
    if let order = entries.first(where: { $0.key == "order" }) { self.order(order.value) }
  }

  /// Reads the most questions about labels.
  private mutating func labelQuestions(_ node: Node) -> Int {
    let range = RuleSet.labelQuestionRange
    guard let number = node.scalar.flatMap({ Int($0.string) }),
      number == 0 || range.contains(number)
    else {
      problem(
        node.mark,
        "compare_labels is not a number of questions from \(range.lowerBound) to \(range.upperBound), or 0",
        "Write compare_labels: 400, or 0 to ask none.")
      return 0
    }
    return number
  }

  /// How many aliases a text has at the most: the places at which `*` and the name of an anchor, `&name`,
  /// stand together. It is not known here whether they stand in a text in quotes.
  static func aliasCount(in text: String.UTF8View) -> Int {
    func isNameByte(_ byte: UInt8) -> Bool {
      (0x30...0x39).contains(byte) || (0x41...0x5A).contains(byte) || (0x61...0x7A).contains(byte)
        || byte == UInt8(ascii: "_") || byte == UInt8(ascii: "-")
    }
    func names(after mark: UInt8) -> [Substring.UTF8View] {
      text.indices.filter { text[$0] == mark }.map {
        text[text.index(after: $0)...].prefix(while: isNameByte)
      }.filter { !$0.isEmpty }
    }
    let anchors = Set(names(after: UInt8(ascii: "&")).map(Array.init))
    guard !anchors.isEmpty else { return 0 }
    return names(after: UInt8(ascii: "*")).count { anchors.contains(Array($0)) }
  }

  private mutating func notYAML(_ error: any Error) {
    let remedy = "Check indentation (spaces, no tabs), colons and quotes around this place."
    switch error as? YamlError {
    case .scanner(let context, let what, let mark, _), .parser(let context, let what, let mark, _),
      .composer(let context, let what, let mark, _):
      let within = context.map { " \($0.text)" } ?? ""
      problem(mark, "this is not YAML: \(what)\(within)", remedy)
    case .duplicatedKeysInMapping(let names, let context):
      for name in names.sorted() {
        problem(context.mark, "the key \(name) appears twice", "Keep one of them.")
      }
    case .reader(let what, let offset, _, let text):
      let before = text.prefix(offset ?? 0)
      let line = before.count(where: \.isNewline) + 1
      let column =
        (before.lastIndex(where: \.isNewline).map { before[$0...].dropFirst() } ?? before[...])
        .count + 1
      problem(
        line: line, column: column, "this is not YAML: \(what)",
        "Delete what cannot be printed, and save as UTF-8.")
    default:
      problem(nil, "this is not YAML: \(error)", remedy)
    }
  }

  // MARK: - Keys

  private mutating func match(_ node: Node) {
    let patterns: [Node]
    if let list = node.sequence { patterns = Array(list) } else { patterns = [node] }
    if patterns.isEmpty {
      problem(node.mark, "match is an empty list", "Name a pattern such as \"news*.jsonl\".")
    }
    for node in patterns {
      guard let text = string(node, "match") else { continue }
      if let glob = Glob(text) {
        rules.match.append(glob)
      } else {
        problem(
          node.mark, "the pattern \(text) has a [ without an end or a range that is reversed",
          "Write [abc] or [a-z], or ? for any one character.")
      }
    }
  }

  private mutating func fields(_ node: Node) {
    let names = FieldMapping.names
    guard let entries = entries(node, "fields", names.map(\.name)) else { return }
    for (key, value) in entries where !isNull(value) {
      guard let field = string(value, key) else { continue }
      if let path = FieldMapping.problem(ofPath: field) {
        problem(value.mark, path.reason, path.remedy)
        continue
      }
      for known in names where known.name == key { rules.fields[keyPath: known.path] = field }
    }
  }

  private mutating func thresholds(_ node: Node) {
    guard let entries = entries(node, "thresholds", ["flag"]) else { return }
    for (key, value) in entries where !isNull(value) {
      guard let number = value.scalar.flatMap({ Double($0.string) }), (0...1).contains(number)
      else {
        problem(value.mark, "\(key) is not a number from 0 to 1", "Write it as 0.9.")
        continue
      }
      rules.flagThreshold = number
    }
  }

  private mutating func trusted(_ node: Node) {
    if isNull(node) { return }
    rules.trusted = condition(node, "trusted", "trusted: {field: verified, values: [true]}")
  }

  /// Reads the field and the values that records must have.
  mutating func condition(_ node: Node, _ key: String, _ example: String) -> TrustCondition? {
    guard let entries = entries(node, key, ["field", "values"]) else { return nil }
    var field: String?
    var values: Set<String> = []
    var isWhole = true
    for (key, value) in entries {
      if key == "field" {
        field = string(value, key)
        isWhole = isWhole && field != nil
      } else {
        let list = strings(value, key, allowsNull: true)
        isWhole = isWhole && list != nil
        values = Set(list ?? [])
      }
    }
    if let field, !values.isEmpty { return TrustCondition(field: field, values: values) }
    if isWhole {
      problem(node.mark, "\(key) needs both field and values", "Write \(example).")
    }
    return nil
  }

  // MARK: - Labels

  private mutating func labels(_ node: Node) {
    if isNull(node) { return }
    var node = node
    if node.mapping != nil {
      guard let entries = entries(node, "labels", ["classes", "canonical"]) else { return }
      if let canonical = entries.first(where: { $0.key == "canonical" }) {
        folding(canonical.value)
      }
      guard let classes = entries.first(where: { $0.key == "classes" }) else { return }
      node = classes.value
      if isNull(node) { return }
    }
    guard let list = node.sequence else {
      problem(
        node.mark, "labels is \(words(node)) where a list is needed",
        "Write - name: …, one for each label.")
      return
    }
    var meaning: [String: String] = [:]
    var spellings: [(text: String, name: String, mark: Mark?)] = []
    for element in list {
      guard let (rule, marks) = label(element) else { continue }
      if rules.labels.contains(where: { $0.name == rule.name }) {
        problem(element.mark, "the label \(rule.name) appears twice", "Join the two entries.")
        continue
      }
      rules.labels.append(rule)
      meaning[rule.name] = rule.name
      for (alias, mark) in zip(rule.aliases, marks) { spellings.append((alias, rule.name, mark)) }
    }
    // All names are known by now, so an alias that is another label's name is found whatever their order.
    for (alias, name, mark) in spellings {
      if let other = meaning[alias], other != name {
        problem(
          mark, "the alias \(alias) of \(name) also means \(other)",
          "Keep it with one of the two labels.")
      }
      meaning[alias] = meaning[alias] ?? name
    }
  }

  private mutating func order(_ node: Node) {
    guard !isNull(node), let names = strings(node, "order"), !names.isEmpty else { return }
    guard names.count > 1 else {
      problem(node.mark, "order needs two labels at least", "Write order: [lowest, …, highest].")
      return
    }
    rules.order = names.map { name in
      let rule = rules.labels.first { $0.name == name || $0.aliases.contains(name) }
      return (rule ?? rules.labels.first { $0.givenName == name })?.name ?? name
    }
    var seen: Set<String> = []
    for name in rules.order where !seen.insert(name).inserted {
      problem(node.mark, "order names the label \(name) twice", "Keep one of them.")
    }
  }

  /// What a difference between two spellings counts for.
  private enum Difference: String, CaseIterable {
    /// Labels that differ in it are one label.
    case fold
    /// Labels that differ in it are different labels.
    case exact
  }

  private mutating func folding(_ node: Node) {
    guard let entries = entries(node, "canonical", ["case", "spaces", "punctuation"]) else {
      return
    }
    for (key, value) in entries {
      guard let difference: Difference = choice(value, key) else { continue }
      let isIgnored = difference == .fold
      switch key {
      case "case": rules.folding.ignoresCase = isIgnored
      case "spaces": rules.folding.ignoresSpaces = isIgnored
      default: rules.folding.ignoresPunctuation = isIgnored
      }
    }
  }

  private mutating func label(_ node: Node) -> (RuleSet.LabelRule, aliases: [Mark?])? {
    if node.scalar != nil {
      return string(node, "a label").map { (RuleSet.LabelRule(name: $0), []) }
    }
    guard let entries = entries(node, "a label", ["name", "aliases", "about", "examples"]) else {
      return nil
    }
    var name: String?
    var isNamed = false
    var aliases: [String] = []
    var marks: [Mark?] = []
    var about: String?
    var examples: [String] = []
    for (key, value) in entries {
      switch key {
      case "name":
        isNamed = true
        name = string(value, "a label's name")
      case "about": if !isNull(value) { about = string(value, key) }
      case "aliases":
        aliases = strings(value, key) ?? []
        marks = value.sequence?.map(\.mark) ?? [value.mark]
      default: examples = strings(value, key) ?? []
      }
    }
    guard let name else {
      if !isNamed {
        problem(node.mark, "a label without a name", "Add name: as the dataset spells it.")
      }
      return nil
    }
    return (
      RuleSet.LabelRule(name: name, aliases: aliases, about: about, examples: examples), marks
    )
  }
}
