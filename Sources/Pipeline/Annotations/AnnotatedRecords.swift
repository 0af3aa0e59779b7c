import Assessments
import Records
import LabelQuality

/// Numbers the labels of a reading, in the order in which they first occur in the file.
struct LabelInventory {
  /// The labels by number, each with the token of its first occurrence in the file.
  private(set) var labels: [Label] = []
  private var numbers: [String: Int32] = [:]

  /// The number of a label; a new label gets the next number.
  mutating func number(of label: Label) -> Int32 {
    if let known = numbers[label.name] { return known }
    let number = Int32(labels.count)
    numbers[label.name] = number
    labels.append(label)
    return number
  }
}

/// Records with their labels as numbers, before anything is encoded; the assessment works on these.
struct AnnotatedRecords {
  let labels: [Label]
  let targets: Targets
  let trusted: [Bool]
  /// Where each record can have a corrected label: one label, a list of labels, or nowhere.
  let slots: [LabelSlot]
  /// Numbers of the records' contents: records with the same content have the same number. −1 for a
  /// record without a text or with a ready vector, and for all records if none is trusted.
  let contents: [Int32]
  /// Votes by record, for records that annotators voted on; the last vote of each annotator counts.
  let votes: [Int: [(label: Int32, count: Int)]]

  /// - Complexity: O(records).
  init(_ records: [Record]) {
    var inventory = LabelInventory()
    let isMultiLabel = records.contains { $0.isMultiLabel }
    var given: [[Int32]?] = []
    var votes: [Int: [(label: Int32, count: Int)]] = [:]
    given.reserveCapacity(records.count)
    for (row, record) in records.enumerated() {
      let own = record.labels.map { inventory.number(of: $0) }
      var counts: [Int32: Int] = [:]
      for vote in Self.lastOfEach(record.votes) {
        counts[inventory.number(of: vote.label), default: 0] += 1
      }
      var tally = counts.map { (label: $0.key, count: $0.value) }
      tally.sort { ($0.count, $1.label) > ($1.count, $0.label) }
      if !tally.isEmpty { votes[row] = tally }
      if record.isLabelled, isMultiLabel || !own.isEmpty {
        given.append(isMultiLabel ? Array(Set(own)).sorted() : own)
      } else if let leader = tally.first, !isMultiLabel {
        // The given label of a record that has only votes is the label with the most votes.
        given.append([leader.label])
      } else {
        given.append(nil)
      }
    }
    labels = inventory.labels
    targets = Targets(
      given: given, labelCount: inventory.labels.count, isMultiLabel: isMultiLabel)
    trusted = records.map(\.isTrusted)
    contents = trusted.contains(true) ? Self.contents(of: records) : records.map { _ in -1 }
    self.votes = votes
    slots = records.map { $0.isLabelled ? ($0.isMultiLabel ? .list : .one) : .none }
  }

  /// Numbers the contents of records: equal texts have the same number. Texts are equal by Unicode's
  /// canonical equivalence after white space is folded; nothing else is ignored.
  private static func contents(of records: [Record]) -> [Int32] {
    var numbers: [[String]: Int32] = [:]
    return records.map { record in
      // A ready vector may describe more than the record's text, such as an image.
      guard record.vector == nil, let parts = record.content.comparedTexts else { return -1 }
      let next = Int32(numbers.count)
      let number = numbers[parts, default: next]
      numbers[parts] = number
      return number
    }
  }

  /// The last vote of each annotator, so that nobody can vote several times.
  private static func lastOfEach(_ votes: [Vote]) -> [Vote] {
    var seen: Set<ExactText> = []
    return votes.reversed().filter { seen.insert(ExactText($0.annotator)).inserted }.reversed()
  }
}

extension Content {
  /// What two records must have in common to have the same content; nil if there is no text.
  ///
  /// `String` compares by canonical equivalence (Unicode 15, section 3.7), so composed and decomposed
  /// spellings are equal.
  fileprivate var comparedTexts: [String]? {
    guard !texts.isEmpty else { return nil }
    // The place and the type of an entity are part of what a relation says.
    let places = entities.flatMap {
      ["\($0.span.lowerBound) \($0.span.upperBound)", $0.type ?? ""]
    }
    return (texts + places).map { $0.split(whereSeparator: \.isWhitespace).joined(separator: " ") }
  }
}
