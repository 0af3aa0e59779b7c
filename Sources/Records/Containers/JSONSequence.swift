import Assessments

/// Records that stand in one JSON list, or one after the other without a line of their own each.
struct JSONSequence: Sendable {
  /// The range of each record in the file, in order.
  let records: [Range<Int>]
  /// Whether the records stand one after the other, in no list.
  let isStream: Bool
  /// The member of the file's object that holds the list; nil where the list is the file.
  let member: String?

  private init(_ records: [Range<Int>], isStream: Bool, member: String? = nil) {
    self.records = records
    self.isStream = isStream
    self.member = member
  }

  /// A list that is the whole file.
  ///
  /// - Returns: nil where the file is rather lines that are lists.
  /// - Throws: where the list is broken, or holds no objects.
  init?(list first: Int, of source: Source) throws(InputError) {
    let bytes = source.bytes
    let lineEnd = lineEnd(in: bytes, from: first)
    var scanner = LineScanner()
    let end: Int
    do throws(Fault) {
      end = try scanner.scanValue(bytes.span, from: first)
    } catch {
      let isAlone = !bytes[lineEnd...].contains { !isSpace($0) }
      guard error.offset >= lineEnd || isAlone else { return nil }
      let reason = error.reason.replacing("the line ends", with: "the file ends")
      throw LineCounter.error(
        source, at: error.offset, "the file is one JSON list, which is broken here: \(reason)",
        "Correct it here, or write one JSON object a line.")
    }
    if let more = bytes[end...].firstIndex(where: { !isSpace($0) }) {
      guard end > lineEnd else { return nil }
      throw LineCounter.error(
        source, at: more, "there is more after the end of the JSON list",
        "Put all records into one list, or write one JSON object a line.")
    }
    guard !scanner.members.isEmpty else {
      throw LineCounter.error(
        source, at: first, "the JSON list is empty",
        "Put records into it, such as [{\"text\": \"…\", \"label\": \"…\"}].")
    }
    guard scanner.members.contains(where: { $0.kind == .object }) else {
      let kind = scanner.members[0].kind
      throw LineCounter.error(
        source, at: scanner.members[0].value.lowerBound,
        "the file is a JSON list whose items are not objects; the first is \(kind.words)",
        kind == .array
          ? "Name the columns: jq -c '.[] | {text: .[0], label: .[1]}' \(ShellFileName(source.file).text) "
            + "> data.jsonl"
          : "Write each record as {\"text\": …, \"label\": …}.")
    }
    self.init(scanner.members.map(\.value), isStream: false)
  }

  /// Objects one after the other.
  ///
  /// - Parameter isCertain: whether the file can be nothing else, so that a fault is one of the file.
  /// - Returns: nil where it is not certain and the file does not consist of objects.
  init?(stream first: Int, of source: Source, isCertain: Bool) throws(InputError) {
    let bytes = source.bytes
    var scanner = LineScanner()
    var records: [Range<Int>] = []
    var at = first
    while let start = bytes[at...].firstIndex(where: { !isSpace($0) }) {
      do throws(Fault) {
        let end = try scanner.scanValue(bytes.span, from: start)
        guard scanner.kind == .object else {
          throw Fault(
            offset: start, reason: "a JSON object expected, \(scanner.kind.words) found",
            remedy: "Write each record as {\"text\": …, \"label\": …}.")
        }
        records.append(start..<end)
        at = end
      } catch {
        guard isCertain else { return nil }
        throw LineCounter.error(
          source, at: error.offset,
          "the file's objects go on over several lines, and one is broken here: "
            + error.reason.replacing("the line ends", with: "the file ends"),
          bytes[start] == UInt8(ascii: ",")
            ? "Put [ before the first object and ] after the last one."
            : "Correct it here, or put each object on a line of its own.")
      }
    }
    self.init(records, isStream: true)
  }

  /// A list of records that is a member of an object, beside members that describe the dataset.
  ///
  /// - Parameter scanner: has scanned the object, which is all of the file.
  /// - Throws: where there are several such lists, such as the parts for training and testing.
  init?(
    wrapped scanner: LineScanner, _ first: Int, of source: Source, options: ReadingOptions
  ) throws(InputError) {
    let parts = FieldNames(options)
    let decoder = TextDecoder()
    let bytes = source.bytes.span
    // An object with content of its own is a record.
    let content = [parts.text, parts.tokens, parts.query, parts.vector].joined()
    if content.contains(where: { scanner.member($0, in: bytes, decoder: decoder) != nil }) {
      return nil
    }
    var inner = LineScanner()
    var lists: [(name: String, records: [Range<Int>])] = []
    for name in Self.wrappers {
      guard let list = scanner.member(Array(name.utf8), in: bytes, decoder: decoder),
        list.kind == .array,
        (try? inner.scanValue(bytes, from: list.value.lowerBound)) != nil,
        !inner.members.isEmpty, inner.members.allSatisfy({ $0.kind == .object })
      else { continue }
      lists.append((name, inner.members.map(\.value)))
    }
    guard let list = lists.first else { return nil }
    guard lists.count == 1 else {
      let names = lists.map { JSONText.quoted($0.name) }.joined(separator: ", ")
      throw InputError(
        file: source.file,
        reason: "the file has several lists of records: \(names)",
        remedy:
          "Write each into a file of its own, such as jq '.\(list.name)' FILE > \(list.name).json.")
    }
    self.init(list.records, isStream: false, member: list.name)
  }

  /// How people find a record: by its line, if no other record starts on that.
  ///
  /// - Complexity: linear in the bytes up to the second record that starts on a line.
  func places(in bytes: [UInt8]) -> RecordPlaces {
    var counter = LineCounter(bytes)
    var last = 0
    for record in records {
      let line = counter.move(to: record.lowerBound)
      if line == last { return .record }
      last = line
    }
    return .line
  }

  /// The names under which programs store the list of all records.
  private static let wrappers = [
    "data", "rows", "records", "examples", "items", "samples", "instances", "documents", "train",
    "validation", "valid", "dev", "test",
  ]
}
