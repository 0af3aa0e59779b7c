/// The members of a file's lines, with the types and the number of their values.
struct MemberCensus {
  /// One member.
  struct Entry {
    let name: [UInt8]
    /// How many lines have it with a value other than null.
    var lines = 0
    var strings = 0
    var numbers = 0
    /// Numbers with a fraction.
    var fractions = 0
    var booleans = 0
    var lists = 0
    var objects = 0
    /// Digests of the different values, up to `mostCounted`.
    var values: Set<UInt64> = []
    /// Bytes of all its strings.
    var characters = 0

    var text: String { String(decoding: name, as: UTF8.self) }
  }

  /// More different values than this are not told apart.
  static let mostCounted = 10_000

  private(set) var entries: [Entry] = []
  /// How many lines are JSON objects.
  private(set) var lines = 0
  private var places = MemberPlaces()
  private var scanner = LineScanner()

  /// Counts the members of all lines that are JSON objects, usable or not.
  ///
  /// - Complexity: linear in bytes.
  init(_ reading: Reading) {
    let bytes = reading.source.bytes
    switch reading.container {
    case .lines, .sequence:
      for line in reading.lines where line.kind != .blank {
        if line.undone >= 0 {
          let restored = reading.undone[Int(line.undone)]
          count(restored.span)
        } else {
          count(bytes.span.extracting(line.range))
        }
      }
    case .columns(let columns):
      let restored = reading.undone.first ?? bytes
      for row in 0..<columns.count { count(columns.document(row, in: restored).json.span) }
    case .table(let table):
      for line in reading.lines where line.kind == .record || line.kind == .rejected {
        let restored = line.undone >= 0 ? reading.undone[Int(line.undone)] : bytes
        let start = line.undone >= 0 ? 0 : line.range.lowerBound
        guard let row = try? Table.row(restored, from: start, table.dialect),
          row.cells.count >= table.width, let document = try? table.document(row, in: restored)
        else { continue }
        count(document.json.span)
      }
    }
  }

  /// How many lines have a member with a value; 0 where none has it.
  func lines(with name: String) -> Int {
    places.place(named: name).map { entries[$0].lines } ?? 0
  }

  func has(_ name: String) -> Bool { places.place(named: name) != nil }

  private mutating func count(_ line: Span<UInt8>) {
    guard (try? scanner.scan(line)) != nil, scanner.kind == .object else { return }
    lines += 1
    for (order, member) in scanner.members.enumerated() {
      guard let place = places.place(of: member, order, in: line) else { continue }
      if place == entries.count { entries.append(Entry(name: places.names[place])) }
      guard member.kind != .null else { continue }
      entries[place].lines += 1
      let length = member.value.count
      switch member.kind {
      case .string:
        entries[place].strings += 1
        entries[place].characters += length
      case .number:
        entries[place].numbers += 1
        for index in member.value where line[index] == UInt8(ascii: ".") {
          if line[index + 1] != UInt8(ascii: "0") { entries[place].fractions += 1 }
          break
        }
      case .true_, .false_: entries[place].booleans += 1
      case .array: entries[place].lists += 1
      case .object: entries[place].objects += 1
      case .null: break
      }
      if entries[place].values.count <= Self.mostCounted {
        entries[place].values.insert(Self.digest(of: line, member.value))
      }
    }
  }

  /// FNV-1a of a value's length and of its first and last bytes.
  static func digest(of line: borrowing Span<UInt8>, _ range: Range<Int>) -> UInt64 {
    var hash: UInt64 = 0xCBF2_9CE4_8422_2325 ^ UInt64(range.count)
    func add(_ range: Range<Int>) {
      for index in range { hash = (hash ^ UInt64(line[index])) &* 0x100_0000_01B3 }
    }
    let reach = 256
    if range.count <= 2 * reach {
      add(range)
    } else {
      add(range.lowerBound..<range.lowerBound + reach)
      add(range.upperBound - reach..<range.upperBound)
    }
    return hash
  }
}

extension MemberCensus.Entry {
  var hasTooManyValues: Bool { values.count > MemberCensus.mostCounted }

  /// Whether the values are lists or objects.
  var isNested: Bool { lists + objects > 0 }

  /// The member for a message, such as `intent (40 values)`.
  var described: String {
    var facts: [String] = []
    if lists > 0, lists >= objects {
      facts.append("lists")
    } else if objects > 0 {
      facts.append("objects")
    } else if hasTooManyValues {
      facts.append("more than \(MemberCensus.mostCounted) values")
    } else {
      facts.append(values.count == 1 ? "1 value" : "\(values.count) values")
    }
    if looksLikeScores { facts.append("numbers with fractions, which look like scores") }
    return "\(text) (\(facts.joined(separator: ", ")))"
  }

  /// Whether the values are numbers of which many have fractions.
  var looksLikeScores: Bool {
    numbers * 10 > lines * 9 && fractions * 20 >= numbers && fractions > 1
  }

  /// Whether the values may be labels: few different ones, which occur again and again.
  func mayBeLabel(lines: Int) -> Bool {
    !isNested && !looksLikeScores && values.count >= 2 && !hasTooManyValues
      && values.count * 2 <= self.lines && self.lines * 2 >= lines
      && characters <= 100 * max(strings, 1)
  }

  /// Whether the values may be texts.
  func mayBeText(lines: Int) -> Bool {
    strings * 2 > lines && (hasTooManyValues || values.count * 2 > self.lines)
      && characters >= 12 * strings
  }
}
