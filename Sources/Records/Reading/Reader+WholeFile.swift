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
    for (index, record) in reading.records.enumerated() {
      guard let (reason, remedy) = unusable[index] else {
        records.append(record)
        splices.append(reading.splices[index])
        continue
      }
      reading.lines[record.line - 1].kind = .rejected
      reading.kinds[record.content.kind, default: 0] -= 1
      let range = reading.lines[record.line - 1].range
      let line = bytes.span.extracting(range)
      var offset = 0
      if (try? parser.outer.scan(line)) != nil {
        offset = parser.member(parser.parts.vector, in: line)?.value.lowerBound ?? 0
      }
      reading.rejections.append(
        rejection(
          Fault(offset: offset, reason: reason, remedy: remedy), line: record.line,
          start: range.lowerBound))
    }
    reading.records = records
    reading.splices = splices
    reading.kinds = reading.kinds.filter { $0.value > 0 }
    reading.rejections.sort { $0.line < $1.line }
  }

  /// Reads the label −1 as "no label" where every other label is a whole number of at least 0: labelling
  /// functions abstain with it, and programs write it for a missing class.
  ///
  /// Where there are fewer than two other labels, −1 is a class, as in −1 and +1. An alias in the rules
  /// makes it a class in any file.
  func settleAbstentions(in reading: inout Reading, _ remarks: inout Remarks) {
    var names: Set<String> = []
    for record in reading.records {
      for label in record.labels { names.insert(label.name) }
      for vote in record.votes { names.insert(vote.label.name) }
    }
    var others: Set<Int> = []
    var hasAbstention = false
    for name in names {
      guard let value = Self.wholeNumber(name) else { return }
      if value == Self.abstention { hasAbstention = true } else { others.insert(value) }
    }
    guard hasAbstention, others.count >= 2, others.allSatisfy({ $0 >= 0 }) else { return }
    for (index, record) in reading.records.enumerated() {
      let votes = record.votes.filter { !Self.isAbstention($0.label) }
      // A list names the labels that belong to a record, so −1 in it does not mean "no label".
      let isUnlabelled = !record.isMultiLabel && record.labels.contains(where: Self.isAbstention)
      if isUnlabelled { remarks.add(Remark.missingLabel.words, record.line) }
      if votes.count < record.votes.count { remarks.add(Remark.abstention.words, record.line) }
      guard isUnlabelled || votes.count < record.votes.count else { continue }
      reading.records[index] = record.withVotes(votes, isUnlabelled: isUnlabelled)
    }
  }

  private static let abstention = -1

  private static func isAbstention(_ label: Label) -> Bool {
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
