import Assessments

/// A record, and the places at which the writer cuts its line.
struct ParsedLine {
  var record: Record
  var splice: Splice
  var kind: RecordKind
  /// Remarks for the user on a line that is usable all the same.
  var remarks: [Remark]
  /// The annotations, where the first of them is the label.
  var annotations: AnnotationReading?
}

/// Where the writer cuts a line, in offsets from the start of the line.
struct Splice: Equatable {
  /// The end of the object's last value: where the member `emend` is added.
  var insertion: Int
  /// Whether the object has no member yet, so that no comma is needed.
  var isEmpty = false
  var hasOwnID = false
  /// The value of the label's member, which may be null; `nil` where there is no such member.
  var label: Range<Int>?
  /// That member's name as it is spelled, without quotes.
  var labelKey: Range<Int>?
  /// What few lines have. A file of a million lines has a splice for each, so they share it where it is empty.
  private var rare: Rare?

  init(
    insertion: Int, isEmpty: Bool = false, label: Range<Int>? = nil, labelKey: Range<Int>? = nil,
    labelPath: String? = nil, foreign: Range<Int>? = nil, passages: [PassageSplice] = [],
    passagesKey: Range<Int>? = nil, passagesPath: String? = nil, listedPassages: [String]? = nil
  ) {
    self.insertion = insertion
    self.isEmpty = isEmpty
    self.label = label
    self.labelKey = labelKey
    var values = Rare.Values()
    values.labelPath = labelPath
    values.foreign = foreign
    values.passages = passages
    values.passagesKey = passagesKey
    values.passagesPath = passagesPath
    values.listedPassages = listedPassages
    others = values
  }

  /// What few lines have.
  private final class Rare: Equatable, Sendable {
    struct Values: Equatable {
      var annotator: String?
      var annotationCount = 0
      var hasListAnnotations = false
      var labelPath: String?
      var foreign: Range<Int>?
      var passages: [PassageSplice] = []
      var passagesKey: Range<Int>?
      var passagesPath: String?
      var listedPassages: [String]?
    }

    let values: Values

    init(_ values: Values) { self.values = values }

    static func == (left: Rare, right: Rare) -> Bool { left.values == right.values }
  }

  private var others: Rare.Values {
    get { rare?.values ?? Rare.Values() }
    set { rare = newValue == Rare.Values() ? nil : Rare(newValue) }
  }

  /// Who gave the label, where lines hold one annotator's label each.
  var annotator: String? {
    get { others.annotator }
    set { others.annotator = newValue }
  }
  /// How many annotations the line has of which the first is the label; 0 where none is.
  var annotationCount: Int {
    get { others.annotationCount }
    set { others.annotationCount = newValue }
  }
  /// Whether one of these annotations has several labels.
  var hasListAnnotations: Bool {
    get { others.hasListAnnotations }
    set { others.hasListAnnotations = newValue }
  }
  /// The path to the label, where it is not a member of the record itself.
  var labelPath: String? {
    get { others.labelPath }
    set { others.labelPath = newValue }
  }
  /// The value of the user's own member `emend`.
  var foreign: Range<Int>? {
    get { others.foreign }
    set { others.foreign = newValue }
  }
  /// Where each passage of a query is cut, in order; empty for other records.
  var passages: [PassageSplice] {
    get { others.passages }
    set { others.passages = newValue }
  }
  /// The name of the member that holds the passages, as it is spelled, without quotes.
  var passagesKey: Range<Int>? { others.passagesKey }
  /// The path to the passages, where they are not a member of the record itself.
  var passagesPath: String? { others.passagesPath }
  /// The ids of the passages, where their results go into the record's member `emend`; nil where each passage
  /// has its own.
  var listedPassages: [String]? {
    get { others.listedPassages }
    set { others.listedPassages = newValue }
  }

  /// Where our member is written: in place of the user's own member `emend`, or after the last member.
  var place: Range<Int> { foreign ?? insertion..<insertion }
}

/// Where the writer cuts a passage's object, in offsets from the start of the line.
struct PassageSplice: Equatable {
  /// The end of the object's last value.
  var insertion: Int
  /// The value of the user's own member `emend`.
  var foreign: Range<Int>?

  /// Where our member is written, as in a line. A passage has a text, so the object is never empty.
  var place: Range<Int> { foreign ?? insertion..<insertion }
}

/// Where a record stands in its file.
struct RecordPlace {
  /// The number of the line on which it starts, from 1; where several may start on one line, that of the record.
  let line: Int
  /// What it is called where it has no id of its own: by its line, or by its number among the records where
  /// several may start on one line.
  let number: Int

  init(line: Int, number: Int? = nil) {
    self.line = line
    self.number = number ?? line
  }
}

/// The kind of a record, which follows from its fields.
package enum RecordKind: String, Sendable, CaseIterable {
  case classification, pair, relation, retrieval, vector
}

/// Reads lines into records, one at a time. It keeps its buffers between lines, so one parser should read
/// many lines.
struct LineParser {
  var outer = LineScanner()
  var inner = LineScanner()
  var innermost = LineScanner()
  let decoder = TextDecoder()
  let parts: FieldNames
  let options: ReadingOptions
  /// The single labels of earlier lines, by spelling: lines with the same label share one list.
  private var knownLabels: [ExactText: [Label]] = [:]

  init(options: ReadingOptions) {
    self.options = options
    parts = FieldNames(options)
  }

  /// Reads the line that `scanObject` has scanned last, with its terminator.
  ///
  /// The member `emend` of an earlier run must have been removed before; a member of that name that is
  /// still there is the user's own.
  /// - Throws: the reason why the line cannot be used.
  mutating func parseScanned(_ line: Span<UInt8>, at place: RecordPlace) throws(Fault) -> ParsedLine
  {
    if !parts.paths.isEmpty { try checkPaths(in: line) }
    if let layout = options.layout.passages,
      let listed = try listedRetrieval(layout, in: line, at: place)
    {
      return listed
    }
    if let (query, passages) = queryAndPassages(in: line) {
      return try retrieval(query, passages, in: line, at: place)
    }
    var remarks: [Remark] = []
    var annotations: AnnotationReading?
    if let layout = options.layout.annotation {
      annotations = try self.annotations(by: layout, in: line)
    }
    let holdsLabel = annotations != nil && options.fields.label == nil
    let hasColumns = !parts.labelColumns.isEmpty && options.fields.label == nil
    let label =
      hasColumns
      ? nil : holdsLabel ? annotations?.label?.member : member(parts.label, in: line)
    if holdsLabel ? annotations?.skipsItems == true : try skipsItems(parts.label, in: line) {
      remarks.append(.skippedItems)
    }
    // A label that is none is not read, so that it need not be one that could be used.
    let given =
      try isUnlabelled(in: line)
      ? GivenLabels()
      : hasColumns ? columnLabels(in: line) : labels(label, in: line, remarks: &remarks)
    var votes = try columnVotes(in: line)
    if let annotations { votes += annotations.votes } else { votes += try self.votes(in: line) }
    let vector = try vector(in: line)
    let (content, kind) = try content(in: line, hasVector: vector != nil, remarks: &remarks)
    if try skipsEarlier(parts.text, in: line) { remarks.append(.skippedTexts) }
    let id = try id(in: line)
    var annotator: String?
    if let found = member(parts.annotator, in: line), found.kind != .object, found.kind != .array {
      annotator = try scalar(found, in: line, part: "the annotator")?.name
    }
    let record = Record(
      line: place.line, id: id ?? String(place.number), content: content,
      labels: shared(given.labels), isMultiLabel: given.isList, votes: votes, vector: vector,
      isLabelled: given.isLabelled, isTrusted: try isTrusted(in: line), labelForm: given.form)
    var splice = Splice(
      insertion: outer.contentEnd, isEmpty: outer.members.isEmpty, label: label?.value,
      labelKey: label?.key,
      labelPath: holdsLabel ? annotations?.label?.path : path(parts.label, in: line),
      foreign: member([OwnMember.key], in: line)?.value)
    splice.annotator = annotator
    splice.hasOwnID = id != nil
    return ParsedLine(
      record: record, splice: splice,
      kind: kind, remarks: remarks, annotations: holdsLabel ? annotations : nil)
  }

  /// More different labels than this are not shared: where labels hardly recur, it would gain nothing.
  private static let mostShared = 4096

  /// The same labels, in a list that earlier lines have where they have this one label too.
  private mutating func shared(_ labels: [Label]) -> [Label] {
    guard labels.count == 1, let label = labels.first else { return labels }
    let spelling = ExactText(label.token)
    if let known = knownLabels[spelling], known[0].name.utf8.elementsEqual(label.name.utf8) {
      return known
    }
    if knownLabels.count < Self.mostShared { knownLabels[spelling] = labels }
    return labels
  }

  /// Scans a line, which must be one object in which no name appears twice.
  mutating func scanObject(_ line: Span<UInt8>) throws(Fault) {
    try outer.scan(line)
    guard outer.kind == .object else {
      throw Fault(
        offset: 0, reason: "a JSON object expected, \(outer.kind.words) found",
        remedy: "Write each record as {\"text\": …, \"label\": …} on a line of its own.")
    }
    if let fault = outer.repeatedKey(in: line, decoder: decoder) { throw fault }
  }

  /// The member with the first of `names` that the line has; `nil` where it has none of them.
  func member(_ names: [[UInt8]], in line: Span<UInt8>) -> Member? {
    for name in names {
      if let found = outer.member(name, in: line, decoder: decoder) { return found }
    }
    guard !parts.paths.isEmpty, let name = names.first, let path = parts.paths[name] else {
      return nil
    }
    return (try? path.member(in: line, outer, decoder)).flatMap(\.self)
  }

  /// The member with a name that need not be among the fields, or at the end of the path that it is.
  func member(named name: [UInt8], in line: Span<UInt8>) -> Member? {
    if let found = outer.member(name, in: line, decoder: decoder) { return found }
    let text = String(decoding: name, as: UTF8.self)
    guard FieldPath.isPath(text), let path = try? FieldPath(text) else { return nil }
    return (try? path.member(in: line, outer, decoder)).flatMap(\.self)
  }

  /// The path by which a field of the line is found; nil where it has a member of that name, or none at all.
  func path(_ names: [[UInt8]], in line: Span<UInt8>) -> String? {
    guard !parts.paths.isEmpty, let name = names.first, let path = parts.paths[name],
      outer.member(name, in: line, decoder: decoder) == nil
    else { return nil }
    return path.text
  }

  /// Whether the path to a field takes an item of a list that has more.
  private func skipsItems(_ names: [[UInt8]], in line: Span<UInt8>) throws(Fault) -> Bool {
    guard !parts.paths.isEmpty, let name = names.first, let path = parts.paths[name],
      outer.member(name, in: line, decoder: decoder) == nil
    else { return false }
    return try path.follow(in: line, outer, decoder)?.skipsItems ?? false
  }

  /// Whether the path to a field takes, counted from the end, an item of a list with two or more before it, as
  /// the turns of a chat are. One before it may well be the same everywhere.
  private func skipsEarlier(_ names: [[UInt8]], in line: Span<UInt8>) throws(Fault) -> Bool {
    guard !parts.paths.isEmpty, let name = names.first, let path = parts.paths[name] else {
      return false
    }
    return try path.follow(in: line, outer, decoder)?.skipsEarlier ?? false
  }

  /// Throws where an object on the way to a field has a name twice.
  private func checkPaths(in line: Span<UInt8>) throws(Fault) {
    for (_, path) in parts.paths.sorted(by: { $0.value.text < $1.value.text }) {
      _ = try path.member(in: line, outer, decoder)
    }
  }

  // MARK: - Scalars

  /// The most bytes of a label, an id, an annotator or an entity's type. They are names, and the output
  /// repeats them in other records' lines, so that long ones would make it many times as large as the
  /// input. A longer one is a text under the wrong name.
  static let longestName = 1024

  /// A scalar as text and as JSON text; `nil` for null.
  func scalar(
    _ member: Member, in line: Span<UInt8>, part: String
  ) throws(Fault) -> Label? {
    let bytes = line.extracting(member.value)
    let isContainer = member.kind == .object || member.kind == .array
    guard isContainer || bytes.count <= Self.longestName else {
      throw Fault(
        offset: member.value.lowerBound,
        reason: "\(part) is \(bytes.count) bytes long, and \(Self.longestName) are allowed",
        remedy: "Give a short name; where this is a text, name the right field in flags or rules.")
    }
    switch member.kind {
    case .null: return nil
    case .number, .true_, .false_:
      let token = text(bytes)
      return Label(name: token, token: token)
    case .string:
      let content = try string(member, in: line, part: part)
      let token = text(bytes)
      if content.unicodeScalars.contains("\u{FFFD}"), token.contains("\\") {
        throw Fault(
          offset: member.value.lowerBound, reason: "\(part) holds half a surrogate pair",
          remedy: "Write the whole character; different halves could not be distinguished.")
      }
      return Label(name: content, token: token)
    case .object, .array:
      throw Fault(
        offset: member.value.lowerBound, reason: "\(part) is \(member.kind.words)",
        remedy: "Make it a string, a number, true or false.")
    }
  }

  func string(_ member: Member, in line: Span<UInt8>, part: String) throws(Fault) -> String {
    guard member.kind == .string else {
      throw Fault(
        offset: member.value.lowerBound,
        reason: "\(part) is \(member.kind.words) where a string is needed",
        remedy: "Make it a string, or name another field.")
    }
    guard let content = decoder.string(line.extracting(member.value)) else {
      throw Fault(
        offset: member.value.lowerBound, reason: "\(part) is too long to be read",
        remedy: "Shorten it to less than 2 GB.")
    }
    return content
  }

  /// The bytes as text. They have been scanned, so they are UTF-8.
  func text(_ bytes: Span<UInt8>) -> String {
    bytes.withUnsafeBufferPointer { String(decoding: $0, as: UTF8.self) }
  }

  func id(in line: Span<UInt8>) throws(Fault) -> String? {
    guard let found = member(parts.id, in: line) else { return nil }
    return try scalar(found, in: line, part: "the id")?.name
  }

  func isTrusted(in line: Span<UInt8>) throws(Fault) -> Bool {
    guard let condition = options.trusted,
      let found = member(parts.trusted, in: line), found.kind != .object, found.kind != .array
    else { return false }
    let value = try scalar(found, in: line, part: "the field that tells trust")
    return condition.values.contains(value?.name ?? "null")
  }

  // MARK: - Labels

  /// The labels as the line spells them. `Reader` finds out later which of them are the same.
  mutating func labels(
    _ member: Member?, in line: Span<UInt8>, remarks: inout [Remark]
  ) throws(Fault) -> GivenLabels {
    guard let member else { return GivenLabels() }
    guard member.kind == .array else {
      if member.kind == .object {
        if let flags = try flags(member, in: line) { return flags }
        throw try unreadableLabel(member, in: line, part: "the label")
      }
      guard let label = try scalar(member, in: line, part: "the label") else {
        return GivenLabels()
      }
      if label.name.isEmpty {
        remarks.append(.emptyLabel)
        return GivenLabels()
      }
      return GivenLabels(labels: [label], isLabelled: true)
    }
    let list = line.extracting(member.value)
    try inner.scan(list)
    var labels: [Label] = []
    for element in inner.members {
      do throws(Fault) {
        if element.kind == .array || element.kind == .object {
          throw try unreadableLabel(element, in: list, part: "a label in the list")
        }
        guard let label = try scalar(element, in: list, part: "a label in the list") else {
          throw Fault(
            offset: element.value.lowerBound, reason: "a label in the list is null",
            remedy: "Leave it out of the list.")
        }
        if label.name.isEmpty {
          remarks.append(.emptyLabel)
          continue
        }
        labels.append(label)
      } catch {
        throw error.moved(by: member.value.lowerBound)
      }
    }
    return GivenLabels(labels: labels, isList: true, isLabelled: true)
  }

  /// The fault of a label that is an object or, within a list, a list or an object: spans of the text are
  /// told from other objects by their places.
  private mutating func unreadableLabel(
    _ member: Member, in line: Span<UInt8>, part: String
  ) throws(Fault) -> Fault {
    let value = line.extracting(member.value)
    try innermost.scan(value)
    let isSpan: Bool
    if member.kind == .object {
      isSpan = FieldNames.placesOfSpans.contains { names in
        names.allSatisfy { innermost.member($0, in: value, decoder: decoder) != nil }
      }
    } else {
      // doccano: [start, end, "label"].
      isSpan = innermost.members.count(where: { $0.kind == .number }) >= 2
    }
    return Fault(
      offset: member.value.lowerBound,
      reason: isSpan
        ? "\(part) marks a span of the text" : "\(part) is \(member.kind.words)",
      remedy: isSpan
        ? "emend judges labels of whole texts; give the line a label for its text."
        : "Make it a string, a number, true or false, or a list of these; of an object, name the member that has "
          + "the label (--label label.name).",
      code: isSpan ? .spans : .objects)
  }

  private mutating func votes(in line: Span<UInt8>) throws(Fault) -> [Vote] {
    guard let member = member(parts.annotations, in: line), member.kind != .null else { return [] }
    guard member.kind == .array else {
      throw Fault(
        offset: member.value.lowerBound,
        reason: "the annotations are \(member.kind.words) where a list is needed",
        remedy: "Write [{\"annotator\": …, \"label\": …}, …], or a plain list of labels.")
    }
    let list = line.extracting(member.value)
    try inner.scan(list)
    var votes: [Vote] = []
    for (position, element) in inner.members.enumerated() {
      do throws(Fault) {
        if let vote = try vote(element, position: position, in: list) { votes.append(vote) }
      } catch {
        throw error.moved(by: member.value.lowerBound)
      }
    }
    return votes
  }

  /// Reads one annotation; `nil` where the annotator gave no label.
  private mutating func vote(
    _ element: Member, position: Int, in list: Span<UInt8>
  ) throws(Fault) -> Vote? {
    let place = position + 1
    guard element.kind == .object else {
      guard let label = try scalar(element, in: list, part: "an annotator's label"),
        !label.name.isEmpty
      else { return nil }
      return Vote(annotator: nil, place: place, label: label)
    }
    let object = list.extracting(element.value)
    let start = element.value.lowerBound
    do throws(Fault) {
      try innermost.scan(object)
      if let fault = innermost.repeatedKey(in: object, decoder: decoder) { throw fault }
      guard let given = innermost.member(FieldNames.label, in: object, decoder: decoder) else {
        throw Fault(
          offset: 0, reason: "an annotation without a label",
          remedy: "Write {\"annotator\": …, \"label\": …}; null where there is none.")
      }
      guard let label = try scalar(given, in: object, part: "an annotator's label"),
        !label.name.isEmpty
      else { return nil }
      var annotator: String?
      if let named = innermost.member(FieldNames.annotatorOfVote, in: object, decoder: decoder) {
        annotator = try scalar(named, in: object, part: "the annotator")?.name
      }
      return Vote(annotator: annotator, place: place, label: label)
    } catch {
      throw error.moved(by: start)
    }
  }

  // MARK: - Vector

  private mutating func vector(in line: Span<UInt8>) throws(Fault) -> [Float]? {
    guard let member = member(parts.vector, in: line), member.kind != .null else { return nil }
    let start = member.value.lowerBound
    func fault(_ offset: Int, _ reason: String, _ remedy: String) -> Fault {
      Fault(offset: offset, reason: reason, remedy: remedy)
    }
    guard member.kind == .array else {
      throw fault(
        start, "the vector is \(member.kind.words) where a list of numbers is needed",
        "Write it as a list of numbers, or leave it out so that the text is encoded.")
    }
    let list = line.extracting(member.value)
    try inner.scan(list)
    var vector: [Float] = []
    vector.reserveCapacity(inner.members.count)
    var isZero = true
    for element in inner.members {
      guard element.kind == .number else {
        throw fault(
          start + element.value.lowerBound,
          "component \(vector.count) of the vector is \(element.kind.words)",
          "Write it as a list of finite numbers, or leave the vector out.")
      }
      let value = Float(decoder.number(list, at: element.value.lowerBound))
      guard value.isFinite else {
        throw fault(
          start + element.value.lowerBound,
          "component \(vector.count) of the vector is too large for 32 bits",
          "Scale the vector, or leave it out.")
      }
      if value != 0 { isZero = false }
      vector.append(value)
    }
    if isZero {
      throw fault(
        start, vector.isEmpty ? "the vector is empty" : "the vector is all zeros",
        "A vector of zeros cannot be used; leave it out so that the text is encoded.")
    }
    return vector
  }
}
