import Assessments

/// What the members of a file's lines show: that a member which was named is not there, that there is no
/// text or no label, or that a member has the same value everywhere.
struct MemberFindings {
  private let census: MemberCensus
  private let reading: Reading
  private let options: ReadingOptions

  /// How many members a message names.
  private static let mostNamed = 12
  /// Names that people give to labels, the likeliest first.
  private static let labelNames = [
    "label", "labels", "gold_label", "intent", "category", "class", "target", "sentiment", "topic",
    "accept", "tag", "label_text", "coarse_label", "output", "y",
  ]
  /// Names that people give to texts, the likeliest first.
  private static let textNames = [
    "text", "sentence", "utterance", "content", "body", "comment", "review", "message", "tweet",
    "title",
    "question", "input", "prompt", "description",
  ]

  init(_ census: MemberCensus, _ reading: Reading, options: ReadingOptions) {
    self.census = census
    self.reading = reading
    self.options = options
  }

  /// Why the file cannot be used.
  var refusals: [Finding] {
    let missing = missingMembers
    if !missing.isEmpty { return missing }
    if let shape = unreadableLabels { return [shape] }
    if let nothing = nothingUsable { return [nothing] }
    return noLabel.map { [$0] } ?? []
  }

  /// The members that have one value in every line.
  func constant(fewest: Int) -> Finding? {
    guard census.lines >= fewest else { return nil }
    let names = census.entries.filter { $0.lines == census.lines && $0.values.count == 1 }
      .map { JSONText.quoted($0.text) }
    guard !names.isEmpty else { return nil }
    return Finding(
      .constantMember,
      "every line has the same value of \(Self.listed(names, most: Self.mostNamed))")
  }

  /// Names that programs give to the member with the annotator.
  private static let annotatorNames: Set<String> = [
    "annotator", "annotator_id", "_annotator_id", "worker", "worker_id", "workerid", "rater",
    "rater_id",
    "user", "user_id", "username", "coder", "labeler", "labeller", "annotated_by", "labeled_by",
    "completed_by", "_session_id", "judge",
  ]

  /// The same texts in lines of different annotators, where nothing says that they are votes.
  var separateVotes: Finding? {
    guard options.fields.annotator == nil,
      let annotator = census.entries.first(where: { entry in
        Self.annotatorNames.contains(entry.text.lowercased()) && !entry.isNested
          && entry.values.count > 1 && entry.lines * 2 > census.lines
      })
    else { return nil }
    var scanner = LineScanner()
    let decoder = TextDecoder()
    var people: [[String]: Set<[UInt8]>] = [:]
    var lines: [Int] = []
    reading.forEachRecord { number, text in
      let record = reading.records[number]
      guard record.content.kind != .retrieval, record.vector == nil,
        (try? scanner.scan(text)) != nil,
        let member = scanner.member(annotator.name, in: text, decoder: decoder)
      else { return }
      let value = member.value.map { text[$0] }
      let known = people[record.content.texts]
      if let known, !known.contains(value) { lines.append(record.line) }
      people[record.content.texts, default: []].insert(value)
    }
    guard lines.count * 20 >= reading.records.count, lines.count > 1 else { return nil }
    return Finding(
      .separateVotes,
      "the text stands in lines of several annotators (\(JSONText.quoted(annotator.text))), and each line is "
        + "judged by itself, as if the others were other texts",
      remedy: "Have them read as votes: --annotator \(annotator.text).", lines: lines)
  }

  // MARK: - Members that were named

  private var missingMembers: [Finding] {
    // A preset names more members than every file of its program has.
    guard census.lines > 0, options.preset == nil else { return [] }
    var findings: [Finding] = []
    for field in FieldMapping.names {
      guard let name = options.fields[keyPath: field.path] else { continue }
      let flag = "--" + field.name.replacing("_", with: "-")
      if field.name.hasPrefix("passage_") {
        guard reading.kinds[.retrieval] != nil, !occursInFile(lastName(of: name)) else { continue }
        findings.append(missing(name, "\(flag) or fields: {\(field.name): …} names it"))
      } else if !isThere(name) {
        findings.append(missing(name, "\(flag) or fields: {\(field.name): …} names it"))
      }
    }
    if let trusted = options.trusted, !isThere(trusted.field) {
      findings.append(missing(trusted.field, "trusted: {field: …} in rules names it"))
    }
    if let field = options.layout.unlabelled?.field, !isThere(field) {
      findings.append(missing(field, "unlabelled_where: {field: …} in rules names it"))
    }
    for name in options.layout.annotatorColumns where !isThere(name) {
      findings.append(missing(name, "--annotator-columns or annotator_columns in rules names it"))
    }
    for name in options.layout.labelColumns where !isThere(name) {
      findings.append(missing(name, "--label-columns or label_columns in rules names it"))
    }
    return findings
  }

  private func missing(_ name: String, _ reason: String) -> Finding {
    let names = census.entries.map(\.text)
    let guess = NearestName.nearest(to: name, among: names).flatMap { guess in
      census.entries.first { $0.text == guess }.map { "Did you mean \($0.described)? " }
    }
    return Finding(
      .missingMember, "no line has the member \(JSONText.quoted(name)); \(reason)",
      remedy: (guess ?? "") + members)
  }

  /// Whether any line has the member; of a path, whether any line has its first member.
  private func isThere(_ name: String) -> Bool {
    if census.has(name) { return true }
    guard let end = name.firstIndex(where: { $0 == "." || $0 == "[" }), end > name.startIndex else {
      return false
    }
    return census.has(String(name[..<end]))
  }

  private func lastName(of path: String) -> String {
    path.split { ".[]".contains($0) }.last { Int($0) == nil }.map(String.init) ?? path
  }

  /// Whether the file has the name in quotes anywhere.
  private func occursInFile(_ name: String) -> Bool {
    let sought = Array(JSONText.quoted(name).utf8)
    let bytes = reading.source.bytes
    guard let first = sought.first, bytes.count >= sought.count else { return false }
    for start in 0...(bytes.count - sought.count)
    where bytes[start] == first && bytes[start..<start + sought.count].elementsEqual(sought) {
      return true
    }
    return false
  }

  // MARK: - Nothing to judge

  /// Labels that most lines have and that cannot be read.
  private var unreadableLabels: Finding? {
    for code in [FindingCode.spans, .objects, .probabilities] {
      let lines = reading.rejections.filter { $0.code == code }
      guard let first = lines.first else { continue }
      let readable = reading.records.count { $0.isLabelled && !$0.labels.isEmpty }
      guard lines.count >= readable else { continue }
      return Finding(
        code, first.reason, remedy: first.remedy,
        lines: lines.prefix(Finding.mostLines).map(reading.place),
        count: lines.count)
    }
    return nil
  }

  private var nothingUsable: Finding? {
    guard reading.records.isEmpty, let first = reading.rejections.first else { return nil }
    let lines = reading.rejections.prefix(Finding.mostLines).map(reading.place)
    let count = reading.rejections.count
    if reading.rejections.allSatisfy({ $0.code == .noText }) {
      let known = Self.textNames.lazy.compactMap { name in
        census.entries.first { $0.text == name && $0.strings > 0 }
      }.first
      let likely =
        known
        ?? census.entries.filter { $0.mayBeText(lines: census.lines) }
        .max { $0.characters < $1.characters }
      let guess = likely.map { "Did you mean --text \($0.text)? " } ?? ""
      return Finding(
        .noText, first.reason,
        remedy:
          "\(guess)\(members) Name the one that has the text (--text NAME, or fields: {text: NAME} "
          + "in rules).", lines: lines, count: count)
    }
    if reading.containerKind == .lines,
      [".csv", ".tsv"].contains(reading.source.suffix.lowercased()),
      census.lines == 0
    {
      let source = reading.source
      if let fault = Table.quotingFault(
        in: source.bytes, from: reading.format.hasByteOrderMark ? byteOrderMark.count : 0)
      {
        let place = LineCounter.error(source, at: fault.offset, fault.reason, fault.remedy)
        return Finding(
          .noUsableLine, "the file is no table, since \(fault.reason)", remedy: fault.remedy,
          lines: place.line.map { [$0] } ?? [])
      }
      let unread = UnreadTable(reading.source)
      return Finding(
        .noUsableLine, unread.reason, remedy: unread.remedy, lines: [unread.line], count: count)
    }
    return Finding(
      .noUsableLine, "no line can be used; the first: \(first.reason)", remedy: first.remedy,
      lines: lines, count: count)
  }

  private var noLabel: Finding? {
    guard !options.mayBeUnlabelled, options.labelNames.isEmpty, !reading.records.isEmpty,
      reading.records.allSatisfy({
        !$0.isLabelled && $0.votes.isEmpty && $0.content.kind != .retrieval
      })
    else { return nil }
    let own = options.fields.label.map { [$0] } ?? ["label", "labels"]
    let there = own.first { isThere($0) }
    let known = Self.labelNames.lazy.compactMap { name in
      census.entries.first { $0.text == name && $0.lines > 0 && !own.contains(name) }
    }.first
    let likely =
      known
      ?? census.entries.filter { $0.mayBeLabel(lines: census.lines) }
      .max { $0.values.count < $1.values.count }
    let guess = likely.map { "Did you mean --label \($0.described)? " } ?? ""
    if let path = options.layout.annotation?.label, options.fields.label == nil {
      return Finding(
        .noLabel, "no line has a label: no annotation has \(JSONText.quoted(path))",
        remedy:
          "Spans, ratings and texts of annotators are not judged; where the label is elsewhere, name it "
          + "(--label PATH, or annotation: {label: PATH} in rules).")
    }
    return Finding(
      .noLabel,
      there.map { "no line has a label: \(JSONText.quoted($0)) has no value that is one" }
        ?? "no line has a label: there is no member \(own.map { JSONText.quoted($0) }.joined(separator: " or "))",
      remedy:
        "\(guess)\(members) Name the one that has the label (--label NAME, or fields: {label: NAME} "
        + "in rules); where there is none by intention, say --unlabelled.")
  }

  // MARK: - Members in a message

  private var members: String {
    let described = census.entries.map(\.described)
    guard !described.isEmpty else { return "The lines have no members." }
    return "The lines have \(Self.listed(described, most: Self.mostNamed))."
  }

  private static func listed(_ items: [String], most: Int) -> String {
    items.prefix(most).joined(separator: ", ")
      + (items.count > most ? " and \(items.count - most) more" : "")
  }
}
