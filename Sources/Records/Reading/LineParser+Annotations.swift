/// How the items of a record's list of annotations are read, where they are not `{annotator, label}`.
package struct AnnotationLayout: Sendable, Equatable, Codable {
  /// The path from an annotation to its label, or to a list with its label; nil where the annotation is the
  /// label. An annotation that is no object is its own label in any case.
  package var label: String?
  /// The path from an annotation to its annotator. With `[]` at its end it leads from the record to a list that
  /// has the annotators in the order of the annotations.
  package var annotator: String?
  /// Which annotations do not count, such as those that an annotator cancelled; its field is a path like
  /// `annotator`.
  package var ignored: TrustCondition?

  package init() {}

  /// The paths from an annotation, and those from the record.
  fileprivate var paths: [String] { [label, annotator, ignored?.field].compactMap(\.self) }

  /// The problem of the first path that cannot be read; nil where there is none.
  package var pathProblem: FieldPath.Problem? {
    paths.lazy.compactMap { FieldMapping.problem(ofPath: Self.listPath($0) ?? $0) }.first
  }

  /// A path without `[]` at its end; nil where it has none there.
  fileprivate static func listPath(_ path: String) -> String? {
    path.hasSuffix("[]") ? String(path.dropLast(2)) : nil
  }
}

/// What a record's list of annotations says, where each annotation is a label of the record.
struct AnnotationReading {
  /// The label of the first annotation that counts, and the path to it.
  var label: (member: Member, path: String)?
  /// One for each annotation that counts and has one label; empty where fewer than two annotations count.
  var votes: [Vote] = []
  /// How many annotations count.
  var count = 0
  /// Whether an annotation has several labels, so that it is no vote.
  var hasLists = false
  /// Whether a label is the first item of a list with more.
  var skipsItems = false
}

extension LineParser {
  /// Reads the annotations by the layout's `annotation`. One annotation that counts is the record's label;
  /// several are votes.
  mutating func annotations(
    by layout: AnnotationLayout, in line: Span<UInt8>
  ) throws(Fault) -> AnnotationReading {
    var reading = AnnotationReading()
    guard let name = options.fields.annotations, let list = member(parts.annotations, in: line),
      list.kind != .null
    else { return reading }
    guard list.kind == .array else {
      throw Fault(
        offset: list.value.lowerBound,
        reason: "the annotations are \(list.kind.words) where a list is needed",
        remedy: "Name the member that has the list (--annotations NAME), or --label NAME.")
    }
    _ = try inner.scanValue(line, from: list.value.lowerBound)
    let items = inner.members
    let annotatorsBeside = try members(beside: layout.annotator, in: line)
    let ignoredBeside = try members(beside: layout.ignored?.field, in: line)
    let root =
      outer.member(Array(name.utf8), in: line, decoder: decoder) == nil
      ? name : FieldPath.beginning(withMember: name)
    for (place, item) in items.enumerated() {
      var scanner: LineScanner?
      if item.kind == .object {
        _ = try innermost.scanValue(line, from: item.value.lowerBound)
        if let fault = innermost.repeatedKey(in: line, decoder: decoder) { throw fault }
        scanner = innermost
      }
      if let condition = layout.ignored,
        let value = try text(
          at: condition.field, beside: ignoredBeside, of: scanner, place, in: line),
        condition.values.contains(value)
      {
        continue
      }
      var given: Member? = item
      var path = "\(root)[\(place)]"
      if let scanner, let own = layout.label {
        let found = try follow(own, scanner, in: line)
        given = found?.member
        // A bracket follows the one before it without a dot.
        path += own.hasPrefix("[") ? own : "." + own
        if found?.skipsItems == true { reading.skipsItems = true }
      }
      guard let given, given.kind != .null else { continue }
      var remarks: [Remark] = []
      let labels = try labels(given, in: line, remarks: &remarks).labels
      guard !labels.isEmpty else { continue }
      reading.count += 1
      if reading.label == nil { reading.label = (given, path) }
      if labels.count == 1 {
        var annotator: String?
        if let name = layout.annotator {
          annotator = try text(
            at: name, beside: annotatorsBeside, of: scanner, place, in: line)
        }
        reading.votes.append(Vote(annotator: annotator, place: place + 1, label: labels[0]))
      } else {
        reading.hasLists = true
      }
    }
    if reading.count < 2 { reading.votes = [] }
    return reading
  }

  /// Follows a path from an object that `scanner` has scanned.
  func follow(
    _ name: String, _ scanner: LineScanner, in line: Span<UInt8>
  ) throws(Fault) -> (member: Member, skipsItems: Bool)? {
    guard let path = try? FieldPath(name) else { return nil }
    return try path.follow(in: line, scanner, decoder).map { ($0.member, $0.skipsItems) }
  }

  /// The items of the list beside the annotations to which a path of the layout leads; none where the path leads
  /// elsewhere.
  private func members(
    beside name: String?, in line: Span<UInt8>
  ) throws(Fault) -> [Member] {
    guard let path = name.flatMap(AnnotationLayout.listPath),
      let found = try follow(path, outer, in: line)?.member, found.kind == .array
    else { return [] }
    var scanner = LineScanner()
    _ = try scanner.scanValue(line, from: found.value.lowerBound)
    return scanner.members
  }

  /// What a path of the annotation layout leads to, as text; nil where that is nothing. Of an object, as which
  /// some programs write a user, its id counts, or its name.
  ///
  /// - Parameter list: the items of the list to which the path leads, where it leads to one.
  private func text(
    at name: String, beside list: [Member], of item: LineScanner?, _ place: Int,
    in line: Span<UInt8>
  ) throws(Fault) -> String? {
    var found: Member?
    if AnnotationLayout.listPath(name) != nil {
      found = list.indices.contains(place) ? list[place] : nil
    } else if let item {
      found = try follow(name, item, in: line)?.member
    }
    guard var member = found else { return nil }
    if member.kind == .object {
      var scanner = LineScanner()
      _ = try scanner.scanValue(line, from: member.value.lowerBound)
      var own: Member?
      for name in Self.namesOfUsers where own == nil {
        own = scanner.member(name, in: line, decoder: decoder)
      }
      guard let own else { return nil }
      member = own
    }
    guard member.kind != .array, member.kind != .object else { return nil }
    return try scalar(member, in: line, part: "the annotator")?.name
  }

  private static let namesOfUsers = ["id", "email", "username", "name"].map { Array($0.utf8) }
}
