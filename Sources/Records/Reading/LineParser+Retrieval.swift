import Assessments

// Queries with passages. A fault in a passage names the passage by its place, from 1, because a line may
// have hundreds of them.

extension LineParser {
  /// The members that make the line a query with passages; `nil` where it is something else.
  ///
  /// A line that also has a text, the texts of a pair, tokens or a relation is read as that, unless the
  /// mapping names the query or the passages.
  func queryAndPassages(in line: Span<UInt8>) -> (query: Member, passages: Member)? {
    guard let passages = member(parts.passages, in: line), let query = member(parts.query, in: line)
    else { return nil }
    if parts.isRetrievalNamed { return (query, passages) }
    let fields = options.fields
    if parts.isTextNamed || fields.textB != nil || fields.head != nil || fields.tail != nil {
      return nil
    }
    let isPair = parts.pairs.contains {
      member([$0.first], in: line) != nil && member([$0.second], in: line) != nil
    }
    let isRelation =
      member(parts.head, in: line)?.kind == .object || member(parts.tail, in: line)?.kind == .object
    let hasText = [parts.text, parts.tokens].contains {
      (member($0, in: line)?.kind ?? .null) != .null
    }
    return isPair || isRelation || hasText ? nil : (query, passages)
  }

  /// Reads a query with its passages.
  ///
  /// - Complexity: linear in bytes.
  mutating func retrieval(
    _ query: Member, _ passages: Member, in line: Span<UInt8>, at place: RecordPlace
  ) throws(Fault) -> ParsedLine {
    let (list, splices) = try self.passages(passages, in: line)
    var splice = Splice(
      insertion: outer.contentEnd, foreign: member([OwnMember.key], in: line)?.value,
      passages: splices, passagesKey: passages.key, passagesPath: path(parts.passages, in: line))
    // A string can have no member, so the results of all passages go into the record's.
    if splices.count < list.passages.count {
      splice.passages = []
      splice.listedPassages = list.passages.map(\.id)
    }
    return try parsed(query, list, in: line, at: place, splice: splice)
  }

  /// The record of a query and its passages.
  mutating func parsed(
    _ query: Member, _ list: PassageList, in line: Span<UInt8>, at place: RecordPlace,
    splice: Splice
  ) throws(Fault) -> ParsedLine {
    let question = try string(query, in: line, part: "the query")
    guard !isBlank(question) else {
      throw Fault(
        offset: query.value.lowerBound, reason: "the query is blank",
        remedy: "Write what is asked, or remove the line.")
    }
    let answers = try answers(in: line)
    let record = Record(
      line: place.line, id: try id(in: line) ?? String(place.number),
      content: .retrieval(Retrieval(query: question, passages: list.passages, answers: answers)),
      labels: [], isMultiLabel: false, votes: [], vector: nil, isTrusted: try isTrusted(in: line))
    return ParsedLine(
      record: record, splice: splice, kind: .retrieval, remarks: ignored(in: line) + list.remarks)
  }

  private func isBlank(_ text: String) -> Bool {
    text.unicodeScalars.allSatisfy(\.properties.isWhitespace)
  }

  /// Whether an answer says that there is none: MS MARCO writes so in words.
  private func isNoAnswer(_ answer: String) -> Bool {
    isBlank(answer) || answer.trimmed == "No Answer Present."
  }

  /// A remark for each member that only other kinds of record have. Such a member stays in the line and is
  /// not read.
  private func ignored(in line: Span<UInt8>) -> [Remark] {
    let members: [(names: [[UInt8]], remark: Remark)] = [
      (parts.label, .ignoredQueryLabel), (parts.annotations, .ignoredQueryAnnotations),
      (parts.vector, .ignoredQueryVector),
    ]
    return members.compactMap { names, remark in
      (member(names, in: line)?.kind ?? .null) == .null ? nil : remark
    }
  }

  private mutating func answers(in line: Span<UInt8>) throws(Fault) -> [String] {
    guard let member = member(parts.answers, in: line) else { return [] }
    switch member.kind {
    case .null: return []
    case .string:
      let answer = try string(member, in: line, part: "the answer")
      return isNoAnswer(answer) ? [] : [answer]
    case .array:
      let list = line.extracting(member.value)
      do throws(Fault) {
        try inner.scan(list)
        var answers: [String] = []
        for (index, element) in inner.members.enumerated() {
          let answer = try string(element, in: list, part: "answer \(index + 1)")
          if !isNoAnswer(answer) { answers.append(answer) }
        }
        return answers
      } catch {
        throw error.moved(by: member.value.lowerBound)
      }
    default:
      throw Fault(
        offset: member.value.lowerBound,
        reason: "the answers are \(member.kind.words) where a list of strings is needed",
        remedy: "Write them as [\"an answer\", …], or leave them out.")
    }
  }

  // MARK: - Passages

  /// The passages, and where each object among them is cut; strings have no splice.
  private mutating func passages(
    _ member: Member, in line: Span<UInt8>
  ) throws(Fault) -> (list: PassageList, splices: [PassageSplice]) {
    guard member.kind == .array else {
      throw Fault(
        offset: member.value.lowerBound,
        reason: "the passages are \(member.kind.words) where a list is needed",
        remedy: "Write them as [{\"text\": …}, …].")
    }
    guard self.member([OwnMember.key], in: line)?.value != member.value else {
      throw Fault(
        offset: member.key.lowerBound - 1,
        reason: "the passages are in the member \"emend\", where the results go",
        remedy: "Give that member another name.")
    }
    let start = member.value.lowerBound
    let list = line.extracting(member.value)
    var passages = PassageList()
    var splices: [PassageSplice] = []
    do throws(Fault) {
      try inner.scan(list)
      splices.reserveCapacity(inner.members.count)
      for (index, element) in inner.members.enumerated() {
        let place = index + 1
        if element.kind == .string {
          let text = try string(element, in: list, part: "passage \(place)")
          passages.append(Passage(id: String(place), text: text))
          continue
        }
        let (passage, splice, isUnjudged) = try passage(
          element, "passage \(place)", String(place), start, in: list)
        passages.append(passage, isUnjudged: isUnjudged)
        splices.append(splice)
      }
    } catch {
      throw error.moved(by: start)
    }
    return (passages, splices)
  }

  /// Reads one passage and where to cut it. `list` starts `start` bytes into the line.
  ///
  /// - Parameters:
  ///   - part: what a message calls the passage.
  ///   - name: its id, where it has none of its own.
  mutating func passage(
    _ element: Member, _ part: String, _ name: String, _ start: Int, in list: Span<UInt8>
  ) throws(Fault) -> (Passage, PassageSplice, isUnjudged: Bool) {
    try checkIsObject(element, part: part, example: "{\"text\": …}")
    let object = list.extracting(element.value)
    do throws(Fault) {
      try innermost.scan(object)
      if let fault = innermost.repeatedKey(in: object, decoder: decoder) { throw fault }
      guard let given = passageMember(parts.passageText, in: object) else {
        let name = String(decoding: parts.passageText.first ?? [], as: UTF8.self)
        throw Fault(
          offset: 0, reason: "\(part) has no \"\(name)\"",
          remedy: "Add it, or name the field that holds it (passage_text in fields: of the rules).")
      }
      let text = try string(given, in: object, part: "the text of \(part)")
      var id: String?
      if let given = passageMember(parts.passageID, in: object) {
        id = try scalar(given, in: object, part: "the id of \(part)")?.name
      }
      var title: String?
      if let given = passageMember([FieldNames.title], in: object), given.kind != .null {
        title = try string(given, in: object, part: "the title of \(part)")
      }
      let label = passageMember(parts.passageLabel, in: object)
      let grade = try label.map { given throws(Fault) in
        try self.grade(given, in: object, part: part)
      }.flatMap(\.self)
      let passage = Passage(
        id: id ?? name, text: text, title: title,
        grade: grade.flatMap { $0 < 0 ? nil : $0 })
      let shift = start + element.value.lowerBound
      let foreign = innermost.member(OwnMember.key, in: object, decoder: decoder)?.value
      return (
        passage,
        PassageSplice(
          insertion: shift + innermost.contentEnd,
          foreign: foreign.map { ($0.lowerBound + shift)..<($0.upperBound + shift) }),
        (grade ?? 0) < 0
      )
    } catch {
      throw error.moved(by: element.value.lowerBound)
    }
  }

  private func passageMember(_ names: [[UInt8]], in object: Span<UInt8>) -> Member? {
    for name in names {
      if let found = innermost.member(name, in: object, decoder: decoder) { return found }
    }
    if !parts.paths.isEmpty, let name = names.first, let path = parts.paths[name] {
      return (try? path.member(in: object, innermost, decoder)).flatMap(\.self)
    }
    return nil
  }

  /// The given grade of a passage, up to the scale; `nil` where none was given. Below 0 it means that nobody
  /// judged the passage, as in TREC's files, or that it is spam.
  func grade(_ given: Member, in object: Span<UInt8>, part: String) throws(Fault) -> Int? {
    let token = text(object.extracting(given.value))
    var number: Int?
    switch given.kind {
    case .null: return nil
    case .true_: number = 1
    case .false_: number = 0
    case .number: number = wholeNumber(token)
    case .string:
      number = wholeNumber(try string(given, in: object, part: "the label of \(part)"))
    case .object, .array: number = nil
    }
    let scale = options.gradeScale
    if number == nil, given.kind == .number || given.kind == .string {
      let content =
        given.kind == .string ? try string(given, in: object, part: part) : token
      if content.hasPrefix("-"), wholeNumber(String(content.dropFirst())).map({ $0 > 0 }) == true {
        return -1
      }
    }
    if let number, number <= scale { return number }
    // A label may be as long as a line, so only a short one is repeated in the message.
    let isShort = token.utf8.count <= 40 && given.kind != .object && given.kind != .array
    let mending = "write a whole number from 0 to \(scale), true, false or null"
    throw Fault(
      offset: given.value.lowerBound,
      reason:
        "the label of \(part) is \(isShort ? token : given.kind.words), where the scale is 0 to \(scale)",
      remedy: number.map {
        "Widen the scale in the rules (utility: {scale: \($0)}), or \(mending)."
      } ?? "Rather \(mending); the rules widen the scale (utility: {scale: N}).")
  }

  /// Reads a whole number of at least 0 that is written `3`, or `3.0` as some programs write whole numbers.
  private func wholeNumber(_ text: String) -> Int? {
    let parts = text.split(separator: ".", maxSplits: 1, omittingEmptySubsequences: false)
    guard let whole = parts.first, !whole.isEmpty,
      whole.utf8.allSatisfy({ (0x30...0x39).contains($0) })
    else { return nil }
    if parts.count == 2 {
      guard !parts[1].isEmpty, parts[1].utf8.allSatisfy({ $0 == 0x30 }) else { return nil }
    }
    return Int(whole)
  }
}
