import Assessments

/// Recognises the member `emend` that an earlier run added to a line, and removes it.
enum OwnMember {
  static let key = Array("emend".utf8)
  private static let action = Array("action".utf8)
  private static let flagged = Array("flagged".utf8)
  private static let evidence = Array("evidence".utf8)
  private static let original = Array("original".utf8)
  private static let label = Array("label".utf8)
  static let field = Array("field".utf8)
  static let previous = Array("previous".utf8)

  /// A range of a line and the bytes that replace it.
  typealias Edit = (range: Range<Int>, replacement: [UInt8])

  /// A line as it was before one run of emend.
  struct Undone {
    var bytes: [UInt8]
    /// Whether somebody changed the label after the run; the change is kept.
    var wasEdited: Bool
    /// The ranges of the line that were replaced, in ascending order, each with the length of what took
    /// its place.
    private let edits: [(range: Range<Int>, length: Int)]

    init(bytes: [UInt8], wasEdited: Bool, edits: [Edit]) {
      self.bytes = bytes
      self.wasEdited = wasEdited
      self.edits = edits.map { ($0.range, $0.replacement.count) }
    }

    /// Converts an offset into `bytes` to an offset into the line before it was undone. An offset into
    /// replaced bytes becomes the start of the range that they replaced.
    func origin(of offset: Int) -> Int {
      var shift = 0
      for edit in edits {
        let start = edit.range.lowerBound - shift
        if offset < start { break }
        if offset < start + edit.length { return edit.range.lowerBound }
        shift += edit.length - edit.range.count
      }
      return offset - shift
    }
  }

  /// Removes our member from a line that `parser.outer` has scanned.
  ///
  /// A record's member is ours where it is an object with a known `action`, a boolean `flagged` and an
  /// object `evidence`. Where the action is `corrected` and the line still has the label that the run set,
  /// the label is replaced by `original`. A line with another label was edited after the run; that label
  /// is kept.
  ///
  /// A query's member is ours where it is an object with a string `scorer` and an object `soft_label`. Our
  /// members in the passages are then removed too.
  /// - Returns: `nil` where the line has no member of ours.
  /// - Throws: where a passage with a member of ours has the same name twice, and where a label was replaced in
  ///   a field that cannot be found again.
  static func undone(
    _ line: Span<UInt8>, _ parser: inout LineParser
  ) throws(Fault) -> Undone? {
    let decoder = parser.decoder
    guard let member = parser.outer.member(key, in: line, decoder: decoder),
      member.kind == .object
    else { return nil }
    let object = line.extracting(member.value)
    guard (try? parser.inner.scan(object)) != nil else { return nil }
    let own = parser.inner
    func part(_ name: [UInt8]) -> Member? { own.member(name, in: object, decoder: decoder) }
    guard let actionMember = part(action), actionMember.kind == .string,
      let actionName = decoder.string(object.extracting(actionMember.value)),
      let action = LabelAction(rawValue: actionName),
      let flag = part(flagged), flag.kind == .true_ || flag.kind == .false_,
      part(evidence)?.kind == .object
    else {
      guard let edits = try retrievalEdits(line, member, own, &parser) else { return nil }
      return Undone(bytes: edited(line, edits), wasEdited: false, edits: edits)
    }

    var edits = [removal(of: member, own, in: object, among: parser.outer, decoder)]
    var wasEdited = false
    // Our member names the field of the label where it is not `label`, so that undoing does not need the
    // rules.
    let named = part(field).flatMap { decoder.string(object.extracting($0.value)) } ?? "label"
    if action == .corrected, let original = part(original), let set = part(label) {
      // A member without a path's meaning may have any name.
      if let current = parser.member(named: Array(named.utf8), in: line) {
        if parser.haveSameLabels(current, line, set, object) {
          edits.append((current.value, original.value.map { object[$0] }))
        } else {
          wasEdited = true
        }
      } else if let problem = FieldMapping.problem(ofPath: named) {
        throw Fault(
          offset: member.value.lowerBound,
          reason: "its member \"emend\" names the label's field, and \(problem.reason)",
          remedy: "Put the label under \"original\" back by hand, and remove the member \"emend\".")
      } else {
        wasEdited = true
      }
    }
    edits.sort { $0.range.lowerBound < $1.range.lowerBound }
    return Undone(bytes: edited(line, edits), wasEdited: wasEdited, edits: edits)
  }

  /// The parts of a record's result that undoing needs; `original` only where the label was corrected. Nil
  /// where the object is not a result that emend wrote.
  static func result(
    _ own: LineScanner, in object: Span<UInt8>, _ decoder: TextDecoder
  ) -> (original: [UInt8]?, label: [UInt8]?, field: [UInt8]?)? {
    func part(_ name: [UInt8]) -> Member? { own.member(name, in: object, decoder: decoder) }
    func bytes(_ member: Member?) -> [UInt8]? { member.map { $0.value.map { object[$0] } } }
    guard let name = part(action), name.kind == .string,
      let action = decoder.string(object.extracting(name.value)).flatMap(LabelAction.init),
      let flag = part(flagged), flag.kind == .true_ || flag.kind == .false_,
      part(evidence)?.kind == .object
    else { return nil }
    let field = part(field).flatMap { decoder.string(object.extracting($0.value)) }
    return (
      action == .corrected ? bytes(part(original)) : nil, bytes(part(label)),
      field.map { Array($0.utf8) }
    )
  }

  /// The edit that removes a member of ours, or that restores the user's own member `emend` in its place.
  /// - Parameters:
  ///   - member: the member to remove.
  ///   - own: the scan of its value.
  ///   - object: its value.
  ///   - scanner: the scan of the object that has the member.
  static func removal(
    of member: Member, _ own: LineScanner, in object: Span<UInt8>, among scanner: LineScanner,
    _ decoder: TextDecoder
  ) -> Edit {
    if let previous = own.member(previous, in: object, decoder: decoder) {
      var bytes: [UInt8] = []
      bytes.append(object, previous.value)
      return (member.value, bytes)
    }
    return (removal(of: member, among: scanner), [])
  }

  /// The range to delete so that `member` and its comma are gone: from the end of the value before it, or,
  /// for the first member, up to the name after it.
  private static func removal(of member: Member, among scanner: LineScanner) -> Range<Int> {
    let position =
      scanner.members.firstIndex { $0.value.lowerBound == member.value.lowerBound } ?? 0
    if position > 0 {
      return scanner.members[position - 1].value.upperBound..<member.value.upperBound
    }
    let start = member.key.lowerBound - 1
    let isAlone = scanner.members.count == 1
    return start..<(isAlone ? member.value.upperBound : scanner.members[1].key.lowerBound - 1)
  }

  /// Applies edits to a line. They must be in ascending order and must not overlap.
  static func edited(
    _ line: Span<UInt8>, _ edits: [Edit]
  ) -> [UInt8] {
    var output: [UInt8] = []
    output.reserveCapacity(line.count)
    var at = 0
    for edit in edits {
      output.append(line, at..<edit.range.lowerBound)
      output += edit.replacement
      at = edit.range.upperBound
    }
    output.append(line, at..<line.count)
    return output
  }
}

extension LineParser {
  /// What a record's result in a column of its own says; nil where the object is no such result.
  mutating func ownResult(
    _ object: Span<UInt8>
  ) -> (original: [UInt8]?, label: [UInt8]?, field: [UInt8]?)? {
    guard (try? inner.scan(object)) != nil else { return nil }
    return OwnMember.result(inner, in: object, decoder)
  }

  /// Whether two JSON values hold the same labels, whatever their spelling and spacing.
  mutating func areSameLabels(_ left: [UInt8], _ right: [UInt8]) -> Bool {
    func member(_ bytes: [UInt8]) -> Member? {
      var scanner = LineScanner()
      guard (try? scanner.scan(bytes.span)) != nil else { return nil }
      return Member(
        key: 0..<0, keyHasEscapes: false, value: 0..<bytes.count, kind: scanner.kind)
    }
    guard let first = member(left), let second = member(right) else { return false }
    return haveSameLabels(first, left.span, second, right.span)
  }

  /// Whether two values hold the same labels, whatever their spelling and spacing.
  fileprivate mutating func haveSameLabels(
    _ left: Member, _ leftText: Span<UInt8>, _ right: Member, _ rightText: Span<UInt8>
  ) -> Bool {
    func names(_ member: Member, _ text: Span<UInt8>) -> [Label]? {
      if member.kind == .object {
        // Flags: each name with its value.
        let object = text.extracting(member.value)
        guard (try? inner.scan(object)) != nil else { return nil }
        return inner.members.map { entry in
          let token = self.text(object.extracting(entry.key.lowerBound..<entry.value.upperBound))
          return Label(name: token, token: token)
        }
      }
      guard member.kind == .array else {
        return (try? scalar(member, in: text, part: "")).flatMap { $0 }.map { [$0] }
      }
      let list = text.extracting(member.value)
      guard (try? inner.scan(list)) != nil else { return nil }
      var labels: [Label] = []
      for element in inner.members {
        guard let label = (try? scalar(element, in: list, part: "")).flatMap({ $0 }) else {
          return nil
        }
        labels.append(label)
      }
      return labels
    }
    guard left.kind == .array || right.kind != .array || left.kind == right.kind,
      let first = names(left, leftText), let second = names(right, rightText)
    else { return false }
    return first == second
  }
}

extension [UInt8] {
  /// Appends part of a span.
  mutating func append(_ bytes: Span<UInt8>, _ range: Range<Int>) {
    bytes.extracting(range).withUnsafeBufferPointer { append(contentsOf: $0) }
  }
}
