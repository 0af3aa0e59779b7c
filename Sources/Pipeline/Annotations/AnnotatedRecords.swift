import Records
import Assessments
import LabelQuality

/// A reading's labels as numbers, in the order in which the file first names them.
struct LabelInventory {
  /// By label number, each with the token that the file first spells it with.
  private(set) var labels: [Label] = []
  private var numbers: [String: Int32] = [:]

  /// The number of a label, new where it has not been seen.
  mutating func number(of label: Label) -> Int32 {
    if let known = numbers[label.name] { return known }
    let number = Int32(labels.count)
    numbers[label.name] = number
    labels.append(label)
    return number
  }
}

/// Records with their labels as numbers: what scoring works on, before anything is encoded.
struct AnnotatedRecords {
  let labels: [Label]
  let targets: Targets
  let trusted: [Bool]
  /// What each record's label can be replaced by.
  let slots: [LabelSlot]
  /// Which records have the same content: those with the same number; −1 where there is no text, or a
  /// ready vector beside it.
  let contents: [Int32]
  /// Votes by record, for those that several people annotated; one for each annotator, the last.
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
      var tally: [(label: Int32, count: Int)] = []
      for vote in Self.lastOfEach(record.votes) {
        let label = inventory.number(of: vote.label)
        if let place = tally.firstIndex(where: { $0.label == label }) {
          tally[place].count += 1
        } else {
          tally.append((label, 1))
        }
      }
      tally.sort { ($0.count, $1.label) > ($1.count, $0.label) }
      if !tally.isEmpty { votes[row] = tally }
      if record.isLabelled, isMultiLabel || !own.isEmpty {
        given.append(isMultiLabel ? Array(Set(own)).sorted() : own)
      } else if let leader = tally.first, !isMultiLabel {
        // The given label of a record with votes alone is what most said; METHODS section 2.
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

  /// Numbers the contents of records: the same texts have the same number, compared as Unicode
  /// compares them, with white space folded and nothing else.
  private static func contents(of records: [Record]) -> [Int32] {
    var numbers: [[String]: Int32] = [:]
    return records.map { record in
      // A ready vector may stand for more than the text beside it, such as an image.
      guard record.vector == nil, let parts = record.content.comparedTexts else { return -1 }
      let next = Int32(numbers.count)
      let number = numbers[parts, default: next]
      numbers[parts] = number
      return number
    }
  }

  /// Nobody out-votes a label by repeating himself.
  private static func lastOfEach(_ votes: [Vote]) -> [Vote] {
    var seen: Set<String> = []
    return votes.reversed().filter { seen.insert($0.annotator).inserted }.reversed()
  }
}

extension Content {
  /// What two records must have in common to have the same content; nil where there is no text.
  ///
  /// `String` compares by canonical equivalence (Unicode 15, section 3.7), so composed and decomposed
  /// spellings are alike.
  fileprivate var comparedTexts: [String]? {
    let parts: [String]
    switch self {
    case .text(let text): parts = [text]
    case .pair(let first, let second): parts = [first, second]
    case .relation(let relation):
      // Where an entity stands is part of what a relation says.
      parts =
        [relation.text]
        + [relation.head, relation.tail].flatMap {
          ["\($0.span.lowerBound) \($0.span.upperBound)", $0.type ?? ""]
        }
    case .retrieval(let retrieval): parts = [retrieval.query]
    case .none: return nil
    }
    return parts.map { $0.split(whereSeparator: \.isWhitespace).joined(separator: " ") }
  }
}
