import Assessments

// Decisions on labels that need the whole file: in which form lines hold them, which spellings are one label,
// and what is no label.

extension Reader {
  func settleLabels(in reading: inout Reading) throws(InputError) {
    settleLists(in: &reading)
    settleFlags(in: &reading)
    settleAnnotations(in: &reading)
    try joinVotes(in: &reading)
    if let separator = options.labelSeparator { split(by: separator, in: &reading) }
    let column = LabelColumn(reading.records)
    let classes = LabelClasses(column, reading.containerKind, options: options)
    reading.findings += classes.findings
    reading.findings += LabelColumnFindings(column, classes, reading, options: options).findings
    if classes.changesAnything { apply(classes, column, to: &reading) }
    for index in reading.records.indices where reading.records[index].labelForm == .list {
      reading.records[index].removeRepeatedLabels()
    }
    settleMissingLabels(in: &reading)
  }

  // MARK: - Forms

  /// Decides how lists are read, and gives the labels of lists by position the position as name.
  private func settleLists(in reading: inout Reading) {
    let places = reading.records.indices.filter { reading.records[$0].labelForm == .list }
    guard !places.isEmpty else { return }
    let plain = plainLabels(in: reading)
    switch LabelForms(places.map { reading.records[$0] }, plain: plain) {
    case .lists: noteMixedLists(plain, places, in: &reading)
    case .refused(let finding): reading.findings.append(finding)
    case .singleItemsAmongPlain:
      for index in places {
        reading.records[index].isMultiLabel = false
        reading.records[index].labelForm = .singleItem
      }
      reading.findings.append(
        Finding(
          .singleItemLists,
          "the label is a list of one item, which is read as a single label like the other \(plain)",
          lines: places.map { reading.records[$0].line }))
    case .singleItems(let empty):
      for index in places {
        reading.records[index].isMultiLabel = false
        reading.records[index].labelForm = .singleItem
        reading.records[index].isLabelled = !reading.records[index].labels.isEmpty
      }
      reading.findings.append(
        Finding(
          .singleItemLists, "every list of labels has one item, which is read as a single label"))
      noteEmptyLists(empty, "an empty list is read as no label", places, in: &reading)
    case .positions(let positions, let isMultiLabel, let empty):
      for index in places { reading.records[index].readPositions(positions, isMultiLabel) }
      reading.findings.append(
        Finding(
          .oneHot,
          "the labels are lists of \(positions.width) zeros and ones; "
            + (isMultiLabel
              ? "each place is a label of its own, from 0 to \(positions.width - 1)"
              : "the place of the one is read as the label, from 0 to \(positions.width - 1)")))
      noteEmptyLists(empty, "a list without a one is read as no label", places, in: &reading)
    }
  }

  /// How many records have a single label that is no list. Where rules give a separator, a string may hold
  /// several labels, so there is none.
  func plainLabels(in reading: Reading) -> Int {
    guard options.labelSeparator == nil else { return 0 }
    return reading.records.count { $0.labelForm == .one && $0.isLabelled }
  }

  /// Says which line makes a file of plain labels one of lists.
  func noteMixedLists(_ plain: Int, _ places: [Int], in reading: inout Reading) {
    guard plain > 0 else { return }
    let lines = places.filter { reading.records[$0].labels.count != 1 }
    guard let first = lines.first else { return }
    let items = reading.records[first].labels.count
    reading.findings.append(
      Finding(
        .mixedLists,
        "the label is a list of \(items == 0 ? "no" : String(items)) labels, and \(plain) "
          + "\(plain == 1 ? "record has" : "records have") a plain one: therefore every label is read as a list of "
          + "labels, of which mode auto replaces none",
        remedy: "Where each text has one label, write that label there.",
        lines: lines.map { reading.records[$0].line }))
  }

  private func noteEmptyLists(
    _ count: Int, _ sentence: String, _ places: [Int], in reading: inout Reading
  ) {
    guard count > 0 else { return }
    let lines = places.filter { reading.records[$0].labels.isEmpty }
      .map { reading.records[$0].line }
    reading.findings.append(Finding(.emptyLists, sentence, lines: lines, count: count))
  }

  /// Decides whether several annotations of a record are votes. Where texts have several labels each, votes
  /// cannot be judged, and the first annotation stays the label.
  private func settleAnnotations(in reading: inout Reading) {
    let several = reading.records.indices.filter { reading.splices[$0].annotationCount > 1 }
    guard !several.isEmpty else { return }
    let lines = several.map { reading.records[$0].line }
    let hasLists =
      reading.records.contains(where: \.isMultiLabel)
      || several.contains { reading.splices[$0].hasListAnnotations }
    guard !hasLists else {
      for index in several { reading.records[index].votes = [] }
      reading.findings.append(
        Finding(
          .unreadAnnotations,
          "there are several annotations with lists of labels, and only the first is read",
          remedy: "Write one list of labels for each text, and name its member (--label NAME).",
          lines: lines))
      return
    }
    var annotators: Set<Annotator> = []
    for index in several {
      for vote in reading.records[index].votes { annotators.insert(vote.giver) }
      reading.records[index].labels = []
      reading.records[index].isLabelled = false
      reading.splices[index].label = nil
    }
    reading.findings.append(
      Finding(
        .annotationVotes,
        "there are several annotations, which are read as votes of \(annotators.count) annotators; their "
          + "consensus is judged, and what would replace it is a proposal", lines: lines))
  }

  private func split(by separator: String, in reading: inout Reading) {
    for index in reading.records.indices
    where reading.records[index].labelForm == .one && reading.records[index].isLabelled {
      reading.records[index].split(by: separator)
    }
  }

  // MARK: - Classes

  private func apply(_ classes: LabelClasses, _ column: LabelColumn, to reading: inout Reading) {
    for index in reading.records.indices {
      let record = reading.records[index]
      switch record.labelForm {
      case .positions, .flags, .columns: continue
      default: break
      }
      guard !record.labels.isEmpty || !record.votes.isEmpty else { continue }
      let labels = record.labels.compactMap { label -> Label? in
        guard let place = column.place(of: label) else { return label }
        switch classes.meanings[place] {
        case .noLabel: return nil
        case .noLabelAlone: return record.isMultiLabel ? label : nil
        case .label(let name, let token): return Label(name: name, token: token ?? label.token)
        }
      }
      reading.records[index].votes = record.votes.compactMap { vote in
        guard let place = column.place(of: vote.label) else { return vote }
        guard case .label(let name, let token) = classes.voteMeanings[place] else { return nil }
        return Vote(
          giver: vote.giver, label: Label(name: name, token: token ?? vote.label.token))
      }
      // Records with the same label share one list, which is kept where nothing changes.
      let isSame =
        labels.count == record.labels.count
        && zip(labels, record.labels).allSatisfy { $0.isWritten(as: $1) }
      if !isSame { reading.records[index].labels = labels }
      if labels.isEmpty, !record.labels.isEmpty { reading.records[index].isLabelled = false }
    }
  }

  /// Gives records without a label the form that most labels have, so that the label proposed for them has
  /// it too.
  private func settleMissingLabels(in reading: inout Reading) {
    var counts: [LabelForm: Int] = [:]
    var multiLabel: Set<LabelForm> = []
    for record in reading.records where record.isLabelled {
      counts[record.labelForm, default: 0] += 1
      if record.isMultiLabel { multiLabel.insert(record.labelForm) }
    }
    let labelled = counts.values.reduce(0, +)
    guard let (form, count) = counts.first(where: { $0.value * 2 > labelled }), form != .one,
      count > 0
    else { return }
    for index in reading.records.indices
    where !reading.records[index].isLabelled && reading.records[index].content.kind != .retrieval {
      reading.records[index].labelForm = form
      reading.records[index].isMultiLabel = multiLabel.contains(form)
    }
  }
}

extension Label {
  /// Whether name and token have the same bytes. Strings that differ in Unicode form alone are equal to Swift.
  fileprivate func isWritten(as other: Label) -> Bool {
    name.utf8.elementsEqual(other.name.utf8) && token.utf8.elementsEqual(other.token.utf8)
  }
}

extension Record {
  fileprivate mutating func removeRepeatedLabels() {
    guard labels.count > 1 else { return }
    var seen: Set<String> = []
    labels = labels.filter { seen.insert($0.name).inserted }
  }

  fileprivate mutating func readPositions(_ positions: LabelForm.Positions, _ isMultiLabel: Bool) {
    labels = labels.indices.filter { LabelForms.value(labels[$0]) == 1 }.map {
      Label(name: String($0), token: String($0))
    }
    labelForm = .positions(positions)
    self.isMultiLabel = isMultiLabel
    if !isMultiLabel { isLabelled = !labels.isEmpty }
  }

  /// Reads a string as several labels.
  fileprivate mutating func split(by separator: String) {
    guard let label = labels.first, Spelling(label).kind == .string else { return }
    labels = label.name.split(separator: separator, omittingEmptySubsequences: true)
      .map { Spelling.cleaned(String($0)) }.filter { !$0.isEmpty }
      .map { Label(name: $0, token: JSONText.quoted($0)) }
    labelForm = .delimited(separator)
    isMultiLabel = true
    removeRepeatedLabels()
  }
}
