/// The names of the fields as bytes: those of the mapping, or else the usual ones.
struct FieldNames {
  let text: [[UInt8]]
  let pairs: [(first: [UInt8], second: [UInt8])]
  let label: [[UInt8]]
  let id: [[UInt8]]
  let tokens: [[UInt8]]
  let head: [[UInt8]]
  let tail: [[UInt8]]
  let annotations: [[UInt8]]
  let annotator: [[UInt8]]
  let vector: [[UInt8]]
  let trusted: [[UInt8]]
  let annotatorColumns: [[UInt8]]
  let labelColumns: [[UInt8]]
  let unlabelled: [[UInt8]]
  let query: [[UInt8]]
  let passages: [[UInt8]]
  let answers: [[UInt8]]
  let passageText: [[UInt8]]
  let passageID: [[UInt8]]
  let passageLabel: [[UInt8]]
  /// The names that are paths, or could be; a member with that very name counts first.
  let paths: [[UInt8]: FieldPath]
  /// Whether the mapping names the text or the tokens, so that the usual `query` and `passages` do not make
  /// a line a query.
  let isTextNamed: Bool
  /// Whether the mapping names the query or the passages, so that a text does not make a line a record of
  /// another kind.
  let isRetrievalNamed: Bool

  static let label = Array("label".utf8)
  static let annotatorOfVote = Array("annotator".utf8)
  static let start = Array("start".utf8)
  static let end = Array("end".utf8)
  static let type = Array("type".utf8)
  /// The members by which tools give the place of a span.
  static let placesOfSpans: [[[UInt8]]] = [
    [start, end], [Array("start_offset".utf8), Array("end_offset".utf8)],
    [Array("token_start".utf8), Array("token_end".utf8)],
    [Array("offset".utf8), Array("length".utf8)],
  ]
  static let text = Array("text".utf8)
  static let passages = Array("passages".utf8)
  static let title = Array("title".utf8)

  init(_ options: ReadingOptions) {
    let fields = options.fields
    func names(_ own: String?, _ usual: String...) -> [[UInt8]] {
      if let own { return [Array(own.utf8)] }
      return usual.map { Array($0.utf8) }
    }
    text = names(fields.text, "text")
    label = names(fields.label, "label", "labels")
    id = names(fields.id, "id")
    tokens = names(fields.tokens, "tokens")
    head = names(fields.head, "head")
    tail = names(fields.tail, "tail")
    annotations =
      options.layout.hasVotes || fields.annotations != nil
      ? names(fields.annotations, "annotations") : []
    annotator = names(fields.annotator)
    vector = names(fields.vector, "vector")
    trusted = options.trusted.map { [Array($0.field.utf8)] } ?? []
    annotatorColumns = options.layout.annotatorColumns.map { Array($0.utf8) }
    labelColumns = options.layout.labelColumns.map { Array($0.utf8) }
    unlabelled = options.layout.unlabelled.map { [Array($0.field.utf8)] } ?? []
    query = names(fields.query, "query", "question")
    passages = names(fields.passages, "passages", "contexts", "ctxs")
    answers = names(fields.answers, "answers")
    passageText = names(fields.passageText, "text")
    passageID =
      options.layout.passages == nil
      ? names(fields.passageID, "id")
      : names(fields.passageID, "id", "docid", "passage_id", "psg_id", "_id")
    passageLabel = names(fields.passageLabel, "label")
    var paths: [[UInt8]: FieldPath] = [:]
    let named = FieldMapping.names.compactMap { fields[keyPath: $0.path] }
    let others = [options.trusted, options.layout.unlabelled].compactMap { $0?.field }
    let columns = options.layout.annotatorColumns + options.layout.labelColumns
    for name in named + others + columns where FieldPath.isPath(name) {
      paths[Array(name.utf8)] = try? FieldPath(name)
    }
    self.paths = paths
    isTextNamed = fields.text != nil || fields.tokens != nil
    isRetrievalNamed = fields.query != nil || fields.passages != nil
    if let second = fields.textB {
      pairs = [(text[0], Array(second.utf8))]
    } else if fields.text != nil || fields.tokens != nil {
      pairs = []
    } else {
      pairs = [("premise", "hypothesis"), ("text_a", "text_b"), ("sentence1", "sentence2")].map {
        (Array($0.0.utf8), Array($0.1.utf8))
      }
    }
  }
}

extension LineScanner {
  /// The member with a name in the text that was scanned last; `nil` where there is none.
  func member(_ name: [UInt8], in text: Span<UInt8>, decoder: TextDecoder) -> Member? {
    for member in members {
      if member.keyHasEscapes {
        if key(of: member, in: text, decoder: decoder) == name { return member }
      } else if member.key.count == name.count, isEqual(text, member.key.lowerBound, name) {
        return member
      }
    }
    return nil
  }

  /// A fault at the first member that has the same name as an earlier one, however either is spelled; `nil`
  /// where all names differ.
  ///
  /// - Complexity: quadratic up to 24 members, where that is the fastest, and linear above.
  func repeatedKey(in text: Span<UInt8>, decoder: TextDecoder) -> Fault? {
    func fault(_ member: Member) -> Fault {
      let key = key(of: member, in: text, decoder: decoder)
      // Cut by bytes: a name can have megabytes, and one visible character as well.
      let name = String(decoding: key.prefix(200), as: UTF8.self) + (key.count > 200 ? "…" : "")
      return Fault(
        offset: member.key.lowerBound - 1, reason: "the name \"\(name)\" appears twice",
        remedy: "Remove or rename one of the two; emend does not guess which one counts.")
    }
    if members.count <= 24, !members.contains(where: \.keyHasEscapes) {
      for (index, member) in members.enumerated() {
        for earlier in members[..<index]
        where earlier.key.count == member.key.count
          && isEqual(text, earlier.key.lowerBound, text, member.key.lowerBound, member.key.count)
        {
          return fault(member)
        }
      }
      return nil
    }
    var seen: Set<[UInt8]> = []
    for member in members
    where !seen.insert(key(of: member, in: text, decoder: decoder)).inserted {
      return fault(member)
    }
    return nil
  }

  /// A member's name with its escapes resolved. It is not a `String`, because Swift treats strings that
  /// differ only in Unicode normalisation as equal.
  func key(of member: Member, in text: Span<UInt8>, decoder: TextDecoder) -> [UInt8] {
    if member.keyHasEscapes {
      let token = text.extracting((member.key.lowerBound - 1)..<(member.key.upperBound + 1))
      if let name = decoder.string(token) { return Array(name.utf8) }
    }
    return member.key.map { text[$0] }
  }

  private func isEqual(_ text: Span<UInt8>, _ start: Int, _ name: [UInt8]) -> Bool {
    for index in 0..<name.count where text[start + index] != name[index] { return false }
    return true
  }

  private func isEqual(
    _ left: Span<UInt8>, _ leftStart: Int, _ right: Span<UInt8>, _ rightStart: Int, _ count: Int
  ) -> Bool {
    for index in 0..<count where left[leftStart + index] != right[rightStart + index] {
      return false
    }
    return true
  }
}
