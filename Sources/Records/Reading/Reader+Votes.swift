import Assessments

// Lines that hold one annotator's label each: those of the same text are one record with votes.

extension Reader {
  /// Joins the lines of each text, and of each id where lines have one, to one record with their labels as votes.
  /// Each of these lines gets the record's result. A text of one annotator keeps its label. Where texts have
  /// several labels each, votes cannot be judged: every line is read by itself.
  ///
  /// - Throws: where lists of labels cannot be the votes that the user asked for. A preset asks for votes only
  ///   where they can be.
  /// - Complexity: linear in the texts' length.
  func joinVotes(in reading: inout Reading) throws(InputError) {
    guard options.fields.annotator != nil, options.fields.annotations == nil else { return }
    var groups: [[String]: [Int]] = [:]
    for (index, record) in reading.records.enumerated()
    where record.vector == nil && record.content.kind != .retrieval {
      let spans = record.content.entities.map { "\($0.span.lowerBound)-\($0.span.upperBound)" }
      let id = reading.splices[index].hasOwnID ? [record.id] : []
      // Two blank texts without an id have nothing in common.
      guard !(id.isEmpty && record.content.isBlank) else { continue }
      groups[id + record.content.texts + spans, default: []].append(index)
    }
    // A text that one person labelled twice has no other vote.
    let several = groups.values.filter { group in
      Set(group.map { Annotator(name: reading.splices[$0].annotator, place: 0) }).count > 1
    }.sorted { $0[0] < $1[0] }
    guard !several.isEmpty else { return }
    let lines = several.map { reading.records[$0[0]].line }
    if let list = several.joined().first(where: { reading.records[$0].isMultiLabel }),
      options.preset == nil
    {
      throw InputError(
        file: reading.source.file, line: reading.records[list].line,
        reason: "several lines have the same text and lists of labels, which cannot be votes",
        remedy:
          "Give each line one label; or take --annotator, or fields: {annotator: …} in rules, away to judge "
          + "each line by itself.")
    }
    guard !reading.records.contains(where: \.isMultiLabel) else {
      reading.findings.append(
        Finding(
          .separateVotes,
          "the text has lines of several annotators with lists of labels, which cannot be votes, so each line "
            + "is judged by itself",
          remedy: "Give each line one label, so that the lines of a text are votes on it.",
          lines: lines))
      return
    }
    var leaders = Array(reading.records.indices)
    var annotators: Set<Annotator> = []
    for group in several {
      let leader = group[0]
      for index in group {
        leaders[index] = leader
        let record = reading.records[index]
        let annotator = Annotator(name: reading.splices[index].annotator, place: record.line)
        annotators.insert(annotator)
        for label in record.labels {
          reading.records[leader].votes.append(Vote(giver: annotator, label: label))
        }
        reading.splices[index].label = nil
      }
      reading.records[leader].labels = []
      reading.records[leader].isLabelled = false
    }
    reading.findings.append(
      Finding(
        .annotationVotes,
        "the text has lines of several annotators (\(annotators.count) in all), which are read as votes; their "
          + "consensus is judged, and what would replace it is a proposal", lines: lines))
    var numbers = [Int](repeating: 0, count: leaders.count)
    var records: [Record] = []
    for index in leaders.indices {
      if leaders[index] == index {
        numbers[index] = records.count
        records.append(reading.records[index])
      } else {
        reading.kinds[reading.records[index].content.kind, default: 0] -= 1
      }
    }
    reading.recordOfLine = leaders.map { numbers[$0] }
    reading.records = records
  }
}

extension Reading {
  /// The number of the record that a line of a record belongs to, by the number of that line among such lines.
  func record(ofLine number: Int) -> Int { recordOfLine.isEmpty ? number : recordOfLine[number] }
}
