import Assessments

extension LineParser {
  /// Reads the content and finds its kind by the fields: a pair where both its texts are there, a relation
  /// where an entity is, else a text, else tokens, else a ready vector.
  mutating func content(
    in line: Span<UInt8>, hasVector: Bool, remarks: inout [Remark]
  ) throws(Fault) -> (Content, RecordKind) {
    for pair in parts.pairs {
      if let first = member([pair.first], in: line), let second = member([pair.second], in: line) {
        let texts = Content.pair(
          try string(first, in: line, part: "the first text"),
          try string(second, in: line, part: "the second text"))
        return (texts, .pair)
      }
    }
    if options.fields.textB != nil {
      throw missing("a pair needs both its texts, and one is missing")
    }
    let head = member(parts.head, in: line)
    let tail = member(parts.tail, in: line)
    let isRelation = head?.kind == .object || tail?.kind == .object
    if isRelation || options.fields.head != nil || options.fields.tail != nil {
      return (try relation(head, tail, in: line, remarks: &remarks), .relation)
    }
    if let text = member(parts.text, in: line), text.kind != .null {
      return (.text(try string(text, in: line, part: "the text")), .classification)
    }
    if let tokens = member(parts.tokens, in: line), tokens.kind != .null {
      return (.text(try words(tokens, in: line).joined(separator: " ")), .classification)
    }
    if hasVector { return (.none, .vector) }
    // What looks like a query names what it lacks.
    if let fault = incompleteQuery(in: line) { throw fault }
    throw missing("there is no \(name(parts.text)) to judge the label by")
  }

  /// The fault of a line that has a query without passages, or passages without a query; `nil` for any
  /// other line.
  private func incompleteQuery(in line: Span<UInt8>) -> Fault? {
    let query = member(parts.query, in: line)
    let passages = member(parts.passages, in: line)
    if member([Array("anchor".utf8)], in: line) != nil,
      member([Array("positive".utf8)], in: line) != nil
    {
      return Fault(
        offset: 0,
        reason: "this is a training triplet (anchor, positive, negative), and most lines are not",
        remedy: "Put such lines into a file of their own, or read all of them by --preset triplets."
      )
    }
    guard (query == nil) != (passages == nil) else { return nil }
    if query != nil, member([Array("pos".utf8)], in: line)?.kind == .array {
      return Fault(
        offset: 0,
        reason: "the passages are in \"pos\" and \"neg\", and in most lines they are not",
        remedy:
          "Put such lines into a file of their own, or read all of them by --preset flag-embedding."
      )
    }
    if query != nil, member([Array("passage".utf8)], in: line)?.kind == .string {
      return Fault(
        offset: 0, reason: "there is one passage beside the query",
        remedy: "Judge query and passage as a pair: --text query --text-b passage.")
    }
    return Fault(
      offset: 0,
      reason: query == nil
        ? "there are passages and no \(name(parts.query))"
        : "there is a query and no \(name(parts.passages))",
      remedy: query == nil
        ? "Add it, or name the field that holds the query (--query NAME, or fields: {query: NAME} in "
          + "rules)."
        : "Add it, as [{\"text\": …}, …], or name the field (--passages NAME, or fields: "
          + "{passages: NAME} in rules); where the query itself is labelled, --text says its field."
    )
  }

  private func name(_ names: [[UInt8]]) -> String {
    "\"" + String(decoding: names.first ?? [], as: UTF8.self) + "\""
  }

  private func missing(_ reason: String) -> Fault {
    Fault(
      offset: 0, reason: reason,
      remedy: "Add it, or name the field that holds the text (--text NAME, or fields: in rules).",
      code: .noText)
  }

  // MARK: - Relations

  private mutating func relation(
    _ head: Member?, _ tail: Member?, in line: Span<UInt8>, remarks: inout [Remark]
  ) throws(Fault) -> Content {
    guard let head, let tail else {
      throw Fault(
        offset: (head ?? tail).map { $0.key.lowerBound - 1 } ?? 0,
        reason: "a relation needs two entities, and \(head == nil ? "head" : "tail") is missing",
        remedy: "Give both head and tail as {\"start\": …, \"end\": …}.")
    }
    let sentence: Sentence
    if let text = member(parts.text, in: line), text.kind != .null {
      sentence = Sentence(text: try string(text, in: line, part: "the text"))
    } else if let tokens = member(parts.tokens, in: line), tokens.kind != .null {
      sentence = Sentence(tokens: try words(tokens, in: line))
    } else {
      throw missing("a relation has neither \(name(parts.text)) nor \(name(parts.tokens))")
    }
    let first = try entity(head, "head", sentence, in: line, remarks: &remarks)
    let second = try entity(tail, "tail", sentence, in: line, remarks: &remarks)
    return .relation(Relation(text: sentence.text, head: first, tail: second))
  }

  func checkIsObject(_ member: Member, part: String, example: String) throws(Fault) {
    guard member.kind == .object else {
      throw Fault(
        offset: member.value.lowerBound,
        reason: "\(part) is \(member.kind.words) where an object is needed",
        remedy: "Write it as \(example).")
    }
  }

  private mutating func entity(
    _ member: Member, _ part: String, _ sentence: Sentence, in line: Span<UInt8>,
    remarks: inout [Remark]
  ) throws(Fault) -> Entity {
    try checkIsObject(
      member, part: part, example: "{\"start\": …, \"end\": …, \"type\": …}")
    let object = line.extracting(member.value)
    do throws(Fault) {
      try inner.scan(object)
      if let fault = inner.repeatedKey(in: object, decoder: decoder) { throw fault }
      let start = try offset(FieldNames.start, "\(part).start", in: object)
      let end = try offset(FieldNames.end, "\(part).end", in: object)
      guard start.value < end.value else {
        throw Fault(
          offset: start.place,
          reason: "\(part) is empty or reversed: start \(start.value), end \(end.value)",
          remedy: "Count from 0, with end one past the last \(sentence.unit).")
      }
      guard let span = sentence.span(start.value, end.value) else {
        throw Fault(
          offset: end.place,
          reason: "\(part) ends at \(end.value), beyond the \(sentence.count) \(sentence.unit)s",
          remedy: "Count \(sentence.unit)s from 0 and not bytes, with end one past the last.")
      }
      let mention = sentence.text(span)
      if let given = inner.member(FieldNames.text, in: object, decoder: decoder),
        given.kind == .string, try string(given, in: object, part: "\(part).text") != mention
      {
        remarks.append(.mentionDiffers)
      }
      var type: String?
      if let given = inner.member(FieldNames.type, in: object, decoder: decoder) {
        type = try scalar(given, in: object, part: "\(part).type")?.name
      }
      return Entity(text: mention, type: type, span: span)
    } catch {
      throw error.moved(by: member.value.lowerBound)
    }
  }

  /// Reads a whole number of at least 0, and returns it with its place.
  private func offset(
    _ name: [UInt8], _ part: String, in object: Span<UInt8>
  ) throws(Fault) -> (value: Int, place: Int) {
    guard let member = inner.member(name, in: object, decoder: decoder) else {
      throw Fault(
        offset: 0, reason: "\(part) is missing",
        remedy: "Give start and end as offsets into the text, or into tokens.")
    }
    guard member.kind == .number, let value = Int(text(object.extracting(member.value))), value >= 0
    else {
      throw Fault(
        offset: member.value.lowerBound, reason: "\(part) is not a whole number of at least 0",
        remedy: "Count from 0, in characters of the text or in tokens.")
    }
    return (value, member.value.lowerBound)
  }

  private mutating func words(_ member: Member, in line: Span<UInt8>) throws(Fault) -> [String] {
    guard member.kind == .array else {
      throw Fault(
        offset: member.value.lowerBound,
        reason: "the tokens are \(member.kind.words) where a list of strings is needed",
        remedy: "Write them as [\"a\", \"word\", \"each\"].")
    }
    let list = line.extracting(member.value)
    do throws(Fault) {
      try inner.scan(list)
      var words: [String] = []
      words.reserveCapacity(inner.members.count)
      for element in inner.members {
        words.append(try string(element, in: list, part: "token \(words.count)"))
      }
      return words
    } catch {
      throw error.moved(by: member.value.lowerBound)
    }
  }
}

/// A relation's sentence. Entities are given by offsets in characters or in tokens.
private struct Sentence {
  let text: String
  /// The range of each token in Unicode scalars; `nil` where offsets count scalars.
  let tokens: [Range<Int>]?
  /// The number of units, which is the highest end offset that is allowed.
  let count: Int

  init(text: String) {
    self.text = text
    tokens = nil
    count = text.unicodeScalars.count
  }

  init(tokens words: [String]) {
    var spans: [Range<Int>] = []
    var at = 0
    for word in words {
      let end = at + word.unicodeScalars.count
      spans.append(at..<end)
      at = end + 1
    }
    text = words.joined(separator: " ")
    tokens = spans
    count = spans.count
  }

  var unit: String { tokens == nil ? "character" : "token" }

  /// The range in Unicode scalars of units `start..<end`; `nil` where it ends beyond the sentence.
  func span(_ start: Int, _ end: Int) -> Range<Int>? {
    guard end <= count else { return nil }
    guard let tokens else { return start..<end }
    return tokens[start].lowerBound..<tokens[end - 1].upperBound
  }

  func text(_ span: Range<Int>) -> String {
    let scalars = text.unicodeScalars
    let start = scalars.index(scalars.startIndex, offsetBy: span.lowerBound)
    let end = scalars.index(start, offsetBy: span.count)
    return String(scalars[start..<end])
  }
}
