import Records
import Yams

// The keys for the layout of records, and the keys that only presets have.

extension RuleFile {
  static let layoutKeys = [
    "annotator_columns", "label_columns", "unlabelled_where", "label_names", "votes", "annotation",
    "passages",
  ]

  /// Reads a key of `layoutKeys`.
  mutating func layout(_ key: String, _ value: Node, into rules: inout RuleSet) {
    if isNull(value) { return }
    switch key {
    case "annotator_columns":
      rules.layout.annotatorColumns = strings(value, key) ?? []
    case "label_columns":
      rules.layout.labelColumns = strings(value, key) ?? []
    case "votes": rules.layout.hasVotes = flag(value, key) ?? true
    case "passages": rules.layout.passages = passages(value)
    case "annotation": rules.layout.annotation = annotation(value)
    case "label_names": labelNames(value, into: &rules)
    default:
      rules.layout.unlabelled = condition(
        value, key, "unlabelled_where: {field: answer, values: [reject]}")
    }
  }

  /// Reads where a query's passages are.
  private mutating func passages(_ node: Node) -> PassageLayout? {
    let known = ["positive", "negative", "text", "label"]
    guard let entries = entries(node, "passages", known) else { return nil }
    var layout = PassageLayout()
    for (key, value) in entries where !isNull(value) {
      let names =
        value.sequence == nil
        ? [string(value, key)].compactMap(\.self) : strings(value, key) ?? []
      switch key {
      case "positive": layout.positive = names
      case "negative": layout.negative = names
      case "text": layout.texts = names.first
      default: layout.labels = names.first
      }
    }
    guard (layout.texts == nil) != (layout.positive.isEmpty && layout.negative.isEmpty) else {
      problem(
        node.mark, "passages needs either positive and negative, or text and label",
        "Write passages: {positive: pos, negative: neg}.")
      return nil
    }
    return layout
  }

  /// Reads how an item of the list of annotations is read.
  private mutating func annotation(_ node: Node) -> AnnotationLayout? {
    guard let entries = entries(node, "annotation", ["label", "annotator", "ignored"]) else {
      return nil
    }
    var layout = AnnotationLayout()
    for (key, value) in entries where !isNull(value) {
      switch key {
      case "label": layout.label = string(value, key)
      case "annotator": layout.annotator = string(value, key)
      default:
        layout.ignored = condition(
          value, key, "ignored: {field: was_cancelled, values: [true]}")
      }
    }
    if let fault = layout.pathProblem { problem(node.mark, fault.reason, fault.remedy) }
    return layout
  }

  /// Reads the names of classes that the dataset gives as numbers: a list, from 0 on, or name by value.
  private mutating func labelNames(_ node: Node, into rules: inout RuleSet) {
    var names: [(value: String, name: String)] = []
    if let mapping = node.mapping {
      for (key, value) in mapping {
        guard let label = string(key, "a label of label_names"), let name = string(value, label)
        else {
          continue
        }
        names.append((label, name))
      }
    } else if let list = strings(node, "label_names") {
      names = list.enumerated().map { (String($0), $1) }
    }
    rules.nameLabels(names)
  }

  /// A preset's text.
  static func readPreset(
    _ text: String, file: String
  ) -> (
    rules: RuleSet, problems: [RuleProblem], alternatives: [String: [String]],
    signs: [(name: String, kinds: Set<RecordSample.Kind>)]
  ) {
    var reader = RuleFile(file: file)
    var rules = RuleSet()
    var alternatives: [String: [String]] = [:]
    var signs: [(name: String, kinds: Set<RecordSample.Kind>)] = []
    guard let root = try? Yams.compose(yaml: text),
      let entries = reader.entries(root, "the preset", ["detect", "fields"] + layoutKeys)
    else {
      reader.problem(nil, "this is no preset", "Write detect: and fields:.")
      return (rules, reader.problems, [:], [])
    }
    for (key, value) in entries {
      switch key {
      case "detect":
        for (name, kinds) in value.mapping ?? [:] {
          let words =
            kinds.sequence.map { $0.compactMap(\.scalar?.string) } ?? [kinds.scalar?.string ?? ""]
          let found = words.compactMap { RecordSample.Kind(rawValue: $0) }
          if found.count != words.count {
            reader.problem(
              kinds.mark, "detect has an unknown kind of value", "Write string, list, …")
          }
          signs.append((reader.string(name, "a sign") ?? "", Set(found)))
        }
      case "fields":
        let known = FieldMapping.names.map(\.name)
        for (name, names) in reader.entries(value, "fields", known) ?? [] {
          let list =
            names.sequence == nil
            ? [reader.string(names, name)].compactMap(\.self) : reader.strings(names, name) ?? []
          for path in list {
            if let fault = FieldMapping.problem(ofPath: path) {
              reader.problem(names.mark, fault.reason, fault.remedy)
            }
          }
          alternatives[name] = list
        }
      default: reader.layout(key, value, into: &rules)
      }
    }
    if signs.isEmpty { reader.problem(nil, "the preset has no signs", "Write detect:.") }
    return (rules, reader.problems, alternatives, signs)
  }
}

extension RuleSet {
  /// Names labels that the dataset writes in another way, such as by numbers: their meaning is that of their
  /// names, and they are written as the dataset writes them.
  package mutating func nameLabels(_ names: [(value: String, name: String)]) {
    // A file can describe very many.
    var known = Set(labels.map(\.name))
    for (value, name) in names where known.insert(value).inserted {
      labels.append(LabelRule(name: value, about: name.replacing("_", with: " "), givenName: name))
    }
  }
}
