// Decisions that need the whole file: whether vectors are used, whether −1 is a label, and whether records
// without a label are multi-label.

extension Reader {
  /// Makes sure that either all records have a ready vector of the same length, or none has.
  ///
  /// Where at least half of the records have a vector, records without one and those with an uncommon
  /// length are rejected; of two equally common lengths the first in the file counts. Where fewer have one,
  /// vectors are ignored, and records with nothing else are rejected. Queries never have a vector and do
  /// not count.
  func settleVectors(
    in reading: inout Reading, with parser: inout LineParser, _ remarks: inout Remarks
  ) {
    var counts: [Int: Int] = [:]
    var order: [Int] = []
    for record in reading.records {
      guard let length = record.vector?.count else { continue }
      if counts[length] == nil { order.append(length) }
      counts[length, default: 0] += 1
    }
    guard var usual = order.first else { return }
    for length in order where counts[length, default: 0] > counts[usual, default: 0] {
      usual = length
    }
    let withVector = counts.values.reduce(0, +)
    let queries = reading.kinds[.retrieval] ?? 0
    let areUsed = withVector * 2 >= reading.records.count - queries
    var unusable: [Int: (reason: String, remedy: String)] = [:]
    for (index, record) in reading.records.enumerated() where record.content.kind != .retrieval {
      switch (record.vector?.count, areUsed) {
      case (usual, true), (nil, false): continue
      case (nil, true):
        unusable[index] = (
          "there is no vector, and most records have one",
          "Give it a vector of \(usual) components, or leave out all vectors."
        )
      case (let length?, true):
        unusable[index] = (
          "the vector has \(length) components where most have \(usual)",
          "Use one model for all vectors."
        )
      case (_, false):
        if record.content == .none {
          unusable[index] = (
            "there is only a vector, and most records have none",
            "Give it a text, or give every record a vector."
          )
        } else {
          reading.records[index] = record.withoutVector()
          remarks.add(Remark.ignoredVector.words, record.line)
        }
      }
    }
    guard !unusable.isEmpty else { return }
    reject(unusable, in: &reading, with: &parser)
  }

  private func reject(
    _ unusable: [Int: (reason: String, remedy: String)], in reading: inout Reading,
    with parser: inout LineParser
  ) {
    var records: [Record] = []
    var splices: [Splice] = []
    let bytes = reading.source.bytes
    var index = -1
    for entry in reading.lines.indices where reading.lines[entry].kind == .record {
      index += 1
      let record = reading.records[index]
      guard let (reason, remedy) = unusable[index] else {
        records.append(record)
        splices.append(reading.splices[index])
        continue
      }
      reading.lines[entry].kind = .rejected
      reading.kinds[record.content.kind, default: 0] -= 1
      let range = reading.lines[entry].range
      let line = bytes.span.extracting(range)
      var offset = 0
      if (try? parser.outer.scan(line)) != nil {
        offset = parser.member(parser.parts.vector, in: line)?.value.lowerBound ?? 0
      }
      let isLine = reading.container.kind == .lines
      reading.rejections.append(
        Rejection(
          line: record.line, byte: range.lowerBound + offset, column: offset + 1, reason: reason,
          remedy: remedy, record: isLine ? nil : entry + 1))
    }
    reading.records = records
    reading.splices = splices
    reading.kinds = reading.kinds.filter { $0.value > 0 }
    reading.rejections.sort { $0.byte < $1.byte }
  }

  /// Reads −1 as no label, and as no vote, where it means that: labelling functions abstain with it, and
  /// programs write it for a missing class.
  ///
  /// A label of −1 is no label if all other labels are whole numbers of at least 0 and labels and votes
  /// have at least two different ones. With fewer it is a class, as in −1 and +1. A vote of −1 is no vote
  /// if all other votes are such numbers and −1 is not a class of the labels; if the labels are words, one
  /// other vote is enough. An alias in rules makes −1 a class everywhere.
  func settleAbstentions(in reading: inout Reading, _ remarks: inout Remarks) {
    let labels = Self.wholeNumbers(reading.records.lazy.flatMap { $0.labels })
    let votes = Self.wholeNumbers(reading.records.lazy.flatMap { $0.votes.map(\.label) })
    let others = (labels ?? []).union(votes ?? []).subtracting([Self.abstention])
    let isMissing =
      Self.isBesideCounts(labels) && others.count >= 2 && others.allSatisfy { $0 >= 0 }
    let isClass =
      !isMissing && reading.records.contains { $0.labels.contains(where: Self.isMinusOne) }
    // Where labels are words and votes are numbers, a vote of −1 names no label that the file has.
    let isAbstention =
      Self.isBesideCounts(votes) && !isClass && (others.count >= 2 || labels == nil)
    guard isMissing || isAbstention else { return }
    for (index, record) in reading.records.enumerated() {
      // A list says which labels belong, so −1 in it does not mean that the record has no label.
      let isUnlabelled =
        isMissing && !record.isMultiLabel && record.labels.contains(where: Self.isMinusOne)
      let votes = isAbstention ? record.votes.filter { !Self.isMinusOne($0.label) } : record.votes
      if isUnlabelled { remarks.add(Remark.missingLabel.words, record.line) }
      if votes.count < record.votes.count { remarks.add(Remark.abstention.words, record.line) }
      guard isUnlabelled || votes.count < record.votes.count else { continue }
      reading.records[index] = record.withVotes(votes, isUnlabelled: isUnlabelled)
    }
  }

  /// Whether −1 is among the values, and all others are at least 0.
  private static func isBesideCounts(_ values: Set<Int>?) -> Bool {
    guard let values, values.contains(abstention) else { return false }
    return values.allSatisfy { $0 >= abstention } && values.count > 1
  }

  /// The different values of labels that are all whole numbers; nil where one is not.
  private static func wholeNumbers(_ labels: some Sequence<Label>) -> Set<Int>? {
    var names: Set<String> = []
    for label in labels { names.insert(label.name) }
    var values: Set<Int> = []
    for name in names {
      guard let value = wholeNumber(name) else { return nil }
      values.insert(value)
    }
    return values
  }

  private static let abstention = -1

  private static func isMinusOne(_ label: Label) -> Bool {
    wholeNumber(label.name) == abstention
  }

  /// Reads a whole number that is written `3`, or `3.0` as some programs write whole numbers.
  private static func wholeNumber(_ name: String) -> Int? {
    if let value = Int(name) { return value }
    guard name.contains("."), let value = Double(name) else { return nil }
    return Int(exactly: value)
  }

  /// Where most labels are lists, makes records without a label multi-label too, so that the label proposed
  /// for them is a list.
  func settleLists(in reading: inout Reading) {
    let labelled = reading.records.filter(\.isLabelled)
    guard labelled.count(where: \.isMultiLabel) * 2 > labelled.count else { return }
    for (index, record) in reading.records.enumerated()
    where !record.isLabelled && record.content.kind != .retrieval {
      reading.records[index] = record.asMultiLabel()
    }
  }
}

extension Content {
  var kind: RecordKind {
    switch self {
    case .text: .classification
    case .pair: .pair
    case .relation: .relation
    case .retrieval: .retrieval
    case .none: .vector
    }
  }
}

extension Record {
  fileprivate func withoutVector() -> Record {
    Record(
      line: line, id: id, content: content, labels: labels, isMultiLabel: isMultiLabel,
      votes: votes, vector: nil, isLabelled: isLabelled, isTrusted: isTrusted)
  }

  fileprivate func withVotes(_ votes: [Vote], isUnlabelled: Bool) -> Record {
    Record(
      line: line, id: id, content: content, labels: isUnlabelled ? [] : labels,
      isMultiLabel: isMultiLabel, votes: votes, vector: vector,
      isLabelled: isLabelled && !isUnlabelled, isTrusted: isTrusted)
  }

  fileprivate func asMultiLabel() -> Record {
    Record(
      line: line, id: id, content: content, labels: labels, isMultiLabel: true, votes: votes,
      vector: vector, isLabelled: isLabelled, isTrusted: isTrusted)
  }
}
