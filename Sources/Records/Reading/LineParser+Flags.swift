import Assessments

/// The labels that a line gives, as it spells them.
struct GivenLabels {
  var labels: [Label] = []
  /// Whether the line has a list, or flags, so that any number of labels can be given.
  var isList = false
  var isLabelled = false
  /// Nil for one label and for a list.
  var form: LabelForm?
}

extension LineParser {
  /// Reads an object with 0 or 1 for each label, as spaCy writes `cats`; nil where it is another object.
  mutating func flags(_ member: Member, in line: Span<UInt8>) throws(Fault) -> GivenLabels? {
    let object = line.extracting(member.value)
    try innermost.scan(object)
    let entries = innermost.members
    let isSpan = FieldNames.placesOfSpans.contains { names in
      names.allSatisfy { innermost.member($0, in: object, decoder: decoder) != nil }
    }
    guard entries.count > 1, !isSpan else { return nil }
    if let fault = innermost.repeatedKey(in: object, decoder: decoder) {
      throw fault.moved(by: member.value.lowerBound)
    }
    var given = GivenLabels(isList: true, isLabelled: true)
    var isWhole = true
    for entry in entries {
      guard entry.kind == .number || entry.kind == .true_ || entry.kind == .false_ else {
        return nil
      }
      let token = text(object.extracting(entry.value))
      switch LabelForms.value(Label(name: token, token: token)) {
      case 0: break
      case 1:
        let key = object.extracting((entry.key.lowerBound - 1)..<(entry.key.upperBound + 1))
        guard let name = decoder.string(key), name.utf8.count <= Self.longestName else {
          return nil
        }
        given.labels.append(Label(name: name, token: text(key)))
      default:
        guard let value = Double(token), (0...1).contains(value) else { return nil }
        isWhole = false
      }
    }
    guard isWhole else {
      throw Fault(
        offset: member.value.lowerBound,
        reason: "the label is an object with a probability for each label",
        remedy:
          "Give every line the label itself, such as the likeliest one, and name its member (--label NAME).",
        code: .probabilities)
    }
    given.form = .flags(LabelForm.Flags(json: text(object)))
    return given
  }

  /// Reads the members that hold 0 or 1 for one label each. Where one of them has no value, or −1, nobody said
  /// which labels belong, so that there is no label.
  func columnLabels(in line: Span<UInt8>) throws(Fault) -> GivenLabels {
    var given = GivenLabels(isList: true, isLabelled: true, form: .columns)
    for (name, column) in zip(options.layout.labelColumns, parts.labelColumns) {
      guard let found = member([column], in: line), found.kind != .null else {
        given.isLabelled = false
        continue
      }
      guard
        let value = try scalar(found, in: line, part: "the label column \(name)").map({
          Spelling.cleaned($0.name).lowercased()
        })
      else { continue }
      switch value {
      case "0", "0.0", "false": break
      case "1", "1.0", "true":
        given.labels.append(Label(name: name, token: JSONText.quoted(name)))
      case "", "-1", "-1.0": given.isLabelled = false
      default:
        throw Fault(
          offset: found.value.lowerBound,
          reason: "the label column \(name) has neither 0 nor 1",
          remedy: "Write 0 or 1, true or false; leave it empty where nobody knows.")
      }
    }
    if !given.isLabelled { given.labels = [] }
    return given
  }
}

extension LabelForm.Flags {
  /// The object with 1 for these labels and 0 for the others, in the tokens that it uses; every other byte stays.
  func json(for labels: [Label]) -> String {
    var scanner = LineScanner()
    let bytes = Array(json.utf8)
    let decoder = TextDecoder()
    guard (try? scanner.scan(bytes.span)) != nil else { return json }
    var missing = labels.map(\.name)
    var edits: [OwnMember.Edit] = []
    for member in scanner.members {
      let key = bytes[(member.key.lowerBound - 1)..<(member.key.upperBound + 1)]
      let name = decoder.string(Array(key).span) ?? ""
      let place = missing.firstIndex(of: name)
      if let place { missing.remove(at: place) }
      let token = String(decoding: bytes[member.value], as: UTF8.self)
      let isOne = LabelForms.value(Label(name: token, token: token)) == 1
      if isOne != (place != nil) {
        edits.append((member.value, Array(Self.opposite(of: token).utf8)))
      }
    }
    let like = scanner.members.first.map { String(decoding: bytes[$0.value], as: UTF8.self) } ?? "0"
    let one = LabelForms.value(Label(name: like, token: like)) == 1 ? like : Self.opposite(of: like)
    let added = missing.map { ", \(JSONText.quoted($0)): \(one)" }.joined()
    if !added.isEmpty, let last = scanner.members.last {
      edits.append((last.value.upperBound..<last.value.upperBound, Array(added.utf8)))
    }
    edits.sort { $0.range.lowerBound < $1.range.lowerBound }
    return String(decoding: OwnMember.edited(bytes.span, edits), as: UTF8.self)
  }

  /// 1 for 0 and 0 for 1, spelled alike.
  private static func opposite(of token: String) -> String {
    switch token {
    case "true": "false"
    case "false": "true"
    default: (token.hasPrefix("1") ? "0" : "1") + token.dropFirst(token.hasPrefix("-") ? 2 : 1)
    }
  }
}

extension Reader {
  /// Decides whether objects and columns of zeros and ones hold one label each or any number.
  func settleFlags(in reading: inout Reading) {
    let places = reading.records.indices.filter { index in
      switch reading.records[index].labelForm {
      case .flags, .columns: reading.records[index].isLabelled
      default: false
      }
    }
    guard !places.isEmpty else { return }
    let counts = places.map { reading.records[$0].labels.count }
    let empty = counts.count { $0 == 0 }
    let names = Set(places.flatMap { reading.records[$0].labels.map(\.name) })
    let plain = plainLabels(in: reading)
    // With one label, or mostly zeros, a row of zeros says that no label belongs to the text; so it does in a few
    // objects among plain labels.
    let isSingle =
      plain > 0 && counts.allSatisfy { $0 == 1 }
      || plain < places.count && counts.allSatisfy { $0 <= 1 } && names.count > 1
        && empty * 2 <= places.count
    let isColumns = reading.records[places[0]].labelForm == .columns
    if isSingle {
      for index in reading.records.indices {
        switch reading.records[index].labelForm {
        case .flags, .columns: break
        default: continue
        }
        reading.records[index].isMultiLabel = false
        reading.records[index].isLabelled = !reading.records[index].labels.isEmpty
      }
    }
    reading.findings.append(
      Finding(
        .oneHot,
        (isColumns
          ? "the label columns hold"
          : plain > 0 ? "the label is an object with" : "the labels are objects with")
          + " 0 or 1 for each label: \(Self.listed(names.sorted())); "
          + (isSingle ? "the one with 1 is read as the label" : "each with 1 is read as a label")
          + (isColumns ? "; columns are never changed: a better label is a proposal" : ""),
        lines: plain > 0 ? places.map { reading.records[$0].line } : []))
    if !isSingle { noteMixedLists(plain, places, in: &reading) }
    if isSingle, empty > 0 {
      let lines = places.filter { reading.records[$0].labels.isEmpty }
        .map { reading.records[$0].line }
      reading.findings.append(
        Finding(.emptyLists, "a row of zeros is read as no label", lines: lines, count: empty))
    }
  }

  private static func listed(_ names: [String]) -> String {
    names.prefix(5).map(JSONText.quoted).joined(separator: ", ") + (names.count > 5 ? ", …" : "")
  }
}
