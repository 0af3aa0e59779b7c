import Assessments

/// What the values of a label column show: that they are scores or texts and no labels, that there is one
/// label alone, or that a string holds several labels.
struct LabelColumnFindings {
  private let column: LabelColumn
  private let classes: LabelClasses
  private let reading: Reading
  private let options: ReadingOptions

  /// From this share of labels on, 0…1, a property is the column's.
  private static let nearlyAll = 0.95
  /// From this share of fractions among numbers on, 0…1, the numbers are scores.
  private static let leastFractions = 0.05
  /// With fewer labelled records, labels that occur once may be classes.
  private static let fewestUnrepeated = 50
  /// From this share of labels that occur once, 0…1, no label can be learnt from others.
  private static let mostUnrepeated = 0.8
  /// What separates labels in one string.
  private static let separators = ["|", ";", ","]

  init(
    _ column: LabelColumn, _ classes: LabelClasses, _ reading: Reading, options: ReadingOptions
  ) {
    self.column = column
    self.classes = classes
    self.reading = reading
    self.options = options
  }

  var findings: [Finding] {
    [textLists ?? scores ?? unrepeated, oneLabel, delimiter].compactMap(\.self)
  }

  private var labelled: Int { reading.records.count(where: \.isLabelled) }

  private var hasLists: Bool { reading.records.contains(where: \.isMultiLabel) }

  /// The numbers of the classes that are labels.
  private var labels: [LabelClasses.Class] {
    classes.classes.filter { found in
      guard found.labels > 0, let place = found.places.first else { return false }
      if case .label = classes.meanings[place] { return true }
      return false
    }
  }

  private var scores: Finding? {
    guard !hasLists else { return nil }
    var all = 0
    var numeric = 0
    var fractions = 0
    var different = 0
    var least = Double.infinity
    var most = -Double.infinity
    var lines: [Int] = []
    var example = ""
    for found in labels where found.ruleName == nil {
      all += found.labels
      guard let value = Double(classes.numbers.withPoint(found.key)), value.isFinite else {
        continue
      }
      numeric += found.labels
      (least, most) = (min(least, value), max(most, value))
      // 01 is a code, and no fraction.
      guard value != value.rounded() else { continue }
      fractions += found.labels
      different += 1
      if different == 1 { example = found.name }
      lines = LabelClasses.merged(lines, found.lines)
    }
    guard Double(numeric) >= Self.nearlyAll * Double(all), different > 1,
      Double(fractions) >= Self.leastFractions * Double(numeric)
    else { return nil }
    return Finding(
      .scores,
      "the labels look like scores: numbers with fractions, from \(least) to \(most), which emend cannot judge",
      remedy:
        "Name the member that has a class (--label NAME), write whole grades in place of the scores, "
        + "or, where each number is a class, list them in rules (labels: [{name: \(JSONText.quoted(example))}, …]).",
      lines: lines, count: fractions)
  }

  /// Lists or objects that are written as text, as pandas writes them into a table.
  private var textLists: Finding? {
    let written = labels.filter { found in
      found.ruleName == nil && Self.isWrittenList(found.name)
    }
    let count = written.reduce(0) { $0 + $1.labels }
    guard let example = written.first, count * 2 > labels.reduce(0, { $0 + $1.labels }) else {
      return nil
    }
    return Finding(
      .objects,
      "the labels are lists or objects that are written as text, such as \(JSONText.quoted(example.name))",
      remedy:
        "Write one JSON object a line, with a label or a list of labels that is no text; or a column for each "
        + "label, with 0 or 1 (--label-columns a,b,c).",
      lines: Array(written.flatMap(\.lines).sorted().prefix(Finding.mostLines)), count: count)
  }

  /// Whether a text is a list or an object: it has brackets, and in them nothing, a quote, a number or other
  /// brackets. `[positive]` is a name.
  private static func isWrittenList(_ name: String) -> Bool {
    guard
      name.hasPrefix("[") && name.hasSuffix("]") || name.hasPrefix("{") && name.hasSuffix("}"),
      name.utf8.count >= 2
    else { return false }
    let content = name.dropFirst().dropLast()
    guard let first = content.first(where: { !$0.isWhitespace }) else { return true }
    return first == "'" || first == "\"" || first == "-" || first.isNumber
      || content.contains { "[]{}".contains($0) }
  }

  private var unrepeated: Finding? {
    guard !hasLists, labelled >= Self.fewestUnrepeated else { return nil }
    let once = labels.filter { $0.labels == 1 && $0.ruleName == nil }
    guard Double(once.count) >= Self.mostUnrepeated * Double(labelled) else { return nil }
    return Finding(
      .unrepeatedLabels,
      "\(once.count) of \(labelled) labels occur once, so no label can be judged by other records",
      remedy:
        "Name the member that has the class (--label NAME); a text, an id or a score is none.",
      lines: Array(once.flatMap(\.lines).sorted().prefix(Finding.mostLines)), count: once.count)
  }

  private var oneLabel: Finding? {
    guard !hasLists, let only = labels.first, labels.count == 1, only.labels > 1,
      !classes.classes.contains(where: { $0.votes > 0 && $0.key != only.key })
    else { return nil }
    return Finding(
      .oneLabel,
      "there is only one label, \(JSONText.quoted(only.name)), so no label can look wrong",
      remedy: "Check that the right member is read as the label (--label NAME).")
  }

  /// Strings that hold several labels: their parts are labels elsewhere too.
  private var delimiter: Finding? {
    guard options.labelSeparator == nil, !hasLists else { return nil }
    let names = labels
    for separator in Self.separators where !(separator == "," && classes.numbers.hasDecimalCommas) {
      let composite = names.filter { $0.name.contains(separator) }
      guard composite.reduce(0, { $0 + $1.labels }) >= 2 else { continue }
      var wholes: [String: Int] = [:]
      for found in names {
        for part in Set(Self.parts(found.name, separator)) { wholes[part, default: 0] += 1 }
      }
      let parts = composite.flatMap { Self.parts($0.name, separator) }
      guard parts.count >= 2,
        parts.count(where: { wholes[$0, default: 0] > 1 }) * 2 > parts.count
      else { continue }
      let example = composite[0]
      return Finding(
        .delimiter,
        "\(JSONText.quoted(example.name)) and \(composite.count - 1) other labels look like several labels "
          + "in one string, and are each read as one label",
        remedy:
          "Where they are several, say so (--label-separator \"\(separator)\", or label_separator: "
          + "\"\(separator)\" in rules).",
        lines: Array(composite.flatMap(\.lines).sorted().prefix(Finding.mostLines)),
        count: composite.reduce(0) { $0 + $1.labels })
    }
    return nil
  }

  private static func parts(_ name: String, _ separator: String) -> [String] {
    name.split(separator: separator).map { Spelling.cleaned(String($0)) }
  }
}
