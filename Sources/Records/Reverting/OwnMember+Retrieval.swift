// The members `emend` that an earlier run added to a query and to its passages.

extension OwnMember {
  private static let scorer = Array("scorer".utf8)
  private static let softLabel = Array("soft_label".utf8)
  private static let relevance = Array("relevance".utf8)
  private static let utility = Array("utility".utf8)
  private static let useful = Array("useful".utf8)

  /// The edits that remove our members from a query and its passages, in ascending order.
  ///
  /// A run never replaces the labels of passages, so there is none to restore. A passage that somebody
  /// added, or whose member is not ours any more, stays as it is.
  /// - Parameters:
  ///   - member: the member `emend` of the line.
  ///   - own: the scan of that member's value.
  /// - Returns: `nil` where `member` is not one that emend writes for a query.
  /// - Complexity: linear in bytes.
  static func retrievalEdits(
    _ line: Span<UInt8>, _ member: Member, _ own: LineScanner, _ parser: inout LineParser
  ) throws(Fault) -> [Edit]? {
    let decoder = parser.decoder
    let object = line.extracting(member.value)
    guard own.member(scorer, in: object, decoder: decoder)?.kind == .string,
      own.member(softLabel, in: object, decoder: decoder)?.kind == .object
    else { return nil }
    let removal = removal(of: member, own, in: object, among: parser.outer, decoder)
    // Our member names the field of the passages where it is not the usual one, so that undoing does not
    // need the rules.
    let named = own.member(field, in: object, decoder: decoder)
      .flatMap { decoder.string(object.extracting($0.value)) }
    let name = named.map { Array($0.utf8) } ?? FieldNames.passages
    guard let passages = parser.member(named: name, in: line),
      passages.kind == .array
    else { return [removal] }
    let edits = try passageEdits(
      line.extracting(passages.value), &parser, passages.value.lowerBound)
    let isBehind = passages.value.lowerBound < removal.range.lowerBound
    return isBehind ? edits + [removal] : [removal] + edits
  }

  /// The edits that remove our members from the passages of `list`, which starts `start` bytes into the
  /// line.
  private static func passageEdits(
    _ list: Span<UInt8>, _ parser: inout LineParser, _ start: Int
  ) throws(Fault) -> [Edit] {
    let decoder = parser.decoder
    var edits: [Edit] = []
    var scanner = LineScanner()
    do throws(Fault) {
      try parser.inner.scan(list)
      for element in parser.inner.members where element.kind == .object {
        let passage = list.extracting(element.value)
        try parser.innermost.scan(passage)
        guard let member = parser.innermost.member(key, in: passage, decoder: decoder),
          member.kind == .object
        else { continue }
        let object = passage.extracting(member.value)
        try scanner.scan(object)
        guard isPassageMember(scanner, in: object, decoder) else { continue }
        let shift = element.value.lowerBound
        if let fault = parser.innermost.repeatedKey(in: passage, decoder: decoder) {
          throw fault.moved(by: shift)
        }
        let edit = removal(of: member, scanner, in: object, among: parser.innermost, decoder)
        let (lower, upper) = (edit.range.lowerBound, edit.range.upperBound)
        edits.append(((start + shift + lower)..<(start + shift + upper), edit.replacement))
      }
    } catch {
      throw error.moved(by: start)
    }
    return edits
  }

  /// Whether a passage's member is ours: it has a number `relevance`, a number `utility` and a boolean
  /// `useful`.
  private static func isPassageMember(
    _ scanner: LineScanner, in object: Span<UInt8>, _ decoder: TextDecoder
  ) -> Bool {
    let flag = scanner.member(useful, in: object, decoder: decoder)?.kind
    return scanner.member(relevance, in: object, decoder: decoder)?.kind == .number
      && scanner.member(utility, in: object, decoder: decoder)?.kind == .number
      && (flag == .true_ || flag == .false_)
  }
}
