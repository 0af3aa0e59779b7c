import Assessments

/// How the lists in a file's label column are read.
enum LabelForms {
  /// Every list is a list of labels.
  case lists
  /// Every list has at most one item, so that it is a single label.
  case singleItems(empty: Int)
  /// Every list has one item, and the other records have a plain label.
  case singleItemsAmongPlain
  /// Every list has a place for each label. Any number of places can hold a one.
  case positions(LabelForm.Positions, isMultiLabel: Bool, empty: Int)
  /// The lists are no labels of the text.
  case refused(Finding)

  /// With fewer items on average, lists that are as long as the text has words are so by chance.
  private static let fewestTags = 3.0
  /// The share of lists, 0…1, that must have a property for it to be the file's.
  private static let nearlyAll = 0.95

  /// - Parameters:
  ///   - records: all records whose label is a list, with the items as the lines have them.
  ///   - plain: how many other records have a single label that is no list.
  init(_ records: [Record], plain: Int) {
    if plain > 0, records.allSatisfy({ $0.labels.count == 1 }) {
      self = .singleItemsAmongPlain
    } else if plain >= records.count {
      // A few lists among plain labels cannot show that they are lists by position, or no labels, or that an
      // empty one means no label.
      self = .lists
    } else if let refused = Self.refusal(records) {
      self = .refused(refused)
    } else if let positions = Self.positions(records) {
      self = positions
    } else if let singleItems = Self.singleItems(records) {
      self = singleItems
    } else {
      self = .lists
    }
  }

  private static func isNumber(_ label: Label) -> Bool { Spelling(label).kind == .number }

  // MARK: - Lists that are no labels

  private static func refusal(_ records: [Record]) -> Finding? {
    let filled = records.filter { !$0.labels.isEmpty }
    guard !filled.isEmpty else { return nil }
    let lines = filled.map(\.line)
    func share(_ condition: (Record) -> Bool) -> Double {
      Double(filled.count(where: condition)) / Double(filled.count)
    }
    let isNumeric = share { $0.labels.allSatisfy(isNumber) } >= nearlyAll
    let hasFractions =
      share {
        $0.labels.contains {
          isNumber($0) && Spelling.wholePart(of: Spelling.number($0.name)) == nil
        }
      }
      >= 0.5
    let areLong = filled.reduce(0) { $0 + $1.labels.count } >= 2 * filled.count
    if isNumeric, hasFractions, areLong {
      let sumsToOne = share { record in
        let values = record.labels.compactMap { Double($0.name) }
        return values.allSatisfy { (0...1).contains($0) } && abs(values.reduce(0, +) - 1) <= 0.02
      }
      if sumsToOne >= nearlyAll {
        return Finding(
          .probabilities, "each label is a list of probabilities, which are no label",
          remedy:
            "Give every line the label itself, such as the likeliest one, and name its member "
            + "(--label NAME).", lines: lines)
      }
      return Finding(
        .scores, "each label is a list of numbers with fractions, which are no label",
        remedy: "Give every line the label itself, and name its member (--label NAME).",
        lines: lines)
    }
    let mixed = share { $0.labels.contains(where: isNumber) && !$0.labels.allSatisfy(isNumber) }
    if mixed > 0.5 {
      return Finding(
        .unequalLists,
        "the items of a label's list are of different kinds, such as numbers and words",
        remedy: "Give every line a label, or a list of labels, for its text.", lines: lines)
    }
    let items = filled.reduce(0) { $0 + $1.labels.count }
    let lengths = Set(filled.map(\.labels.count))
    if Double(items) >= fewestTags * Double(filled.count), lengths.count > 1 || filled.count < 3,
      share({ $0.labels.count == wordCount($0) }) >= nearlyAll
    {
      return Finding(
        .tokenTags, "each label is a list with a tag for every word of the text",
        remedy: "emend judges labels of whole texts; give every line a label for its text.",
        lines: lines)
    }
    return nil
  }

  private static func wordCount(_ record: Record) -> Int {
    (record.content.texts.first ?? "").split(whereSeparator: \.isWhitespace).count
  }

  // MARK: - Lists by position

  private static func positions(_ records: [Record]) -> LabelForms? {
    guard let width = records.first?.labels.count, width >= 2,
      records.allSatisfy({ $0.labels.count == width })
    else { return nil }
    var zeros: [String: Int] = [:]
    var ones: [String: Int] = [:]
    var places: Set<Int> = []
    var empty = 0
    var several = 0
    var isSurelyByPosition = width > 2
    for record in records {
      var count = 0
      for (place, label) in record.labels.enumerated() {
        switch value(label) {
        case 0: zeros[label.token, default: 0] += 1
        case 1:
          ones[label.token, default: 0] += 1
          places.insert(place)
          count += 1
        default: return nil
        }
      }
      if count == 0 { empty += 1 }
      if count > 1 { several += 1 }
      // Two different labels in a list could be 0 and 1; the same one twice, or the reverse order, could not.
      if count != 1 || value(record.labels[0]) == 1 { isSurelyByPosition = true }
    }
    guard isSurelyByPosition, let zero = commonest(zeros), let one = commonest(ones) else {
      return nil
    }
    let isSingle = several == 0 && places.count >= 2 && empty * 2 <= records.count
    return .positions(
      LabelForm.Positions(width: width, zero: zero, one: one), isMultiLabel: !isSingle,
      empty: isSingle ? empty : 0)
  }

  /// 0 for 0, 0.0 and false; 1 for 1, 1.0 and true; nil for anything else.
  static func value(_ label: Label) -> Int? {
    let spelling = Spelling(label)
    switch spelling.kind {
    case .boolean: return label.name == "true" ? 1 : 0
    case .number:
      let whole = Spelling.wholePart(of: label.name)
      return whole == "0" ? 0 : whole == "1" ? 1 : nil
    case .string: return nil
    }
  }

  private static func commonest(_ counts: [String: Int]) -> String? {
    counts.max { ($0.value, $1.key) < ($1.value, $0.key) }?.key
  }

  // MARK: - Lists of one item

  private static func singleItems(_ records: [Record]) -> LabelForms? {
    guard records.allSatisfy({ $0.labels.count <= 1 }) else { return nil }
    var names: Set<String> = []
    var empty = 0
    for record in records {
      if let label = record.labels.first { names.insert(label.name) } else { empty += 1 }
    }
    // With one label, or mostly empty lists, an empty list says that no label belongs to the text.
    guard names.count >= 2, empty * 2 <= records.count else { return nil }
    return .singleItems(empty: empty)
  }
}
