import Assessments

/// Members whose values give the label away: each value, or each beginning of the values before digits, occurs
/// with one label, in nearly all records. The text gives the label away by what it says, so it is none of them.
struct TellingMembers {
  /// How often each label occurs with one value.
  private struct Tally {
    /// The label that came first, by number, and how often it and all labels came.
    var label: Int32
    var own = 1
    var all = 1
  }

  /// The values of one member, by digest.
  private struct Values {
    private(set) var tallies: [UInt64: Tally] = [:]
    var lines = 0

    mutating func add(_ value: UInt64, _ label: Int32) {
      guard tallies.count <= TellingMembers.mostValues else { return }
      lines += 1
      guard var tally = tallies[value] else {
        tallies[value] = Tally(label: label)
        return
      }
      tally.all += 1
      if tally.label == label { tally.own += 1 }
      tallies[value] = tally
    }

    /// The share of values, 0…1, that come with their first label; nil where they do not tell the labels of
    /// `count` records.
    func purity(forLabelsOf count: Int) -> Double? {
      guard tallies.count > 1, tallies.count <= TellingMembers.mostValues,
        Double(lines) >= TellingMembers.leastCoverage * Double(count),
        lines >= TellingMembers.leastRepeats * tallies.count,
        Set(tallies.values.map(\.label)).count > 1
      else { return nil }
      let own = tallies.values.reduce(0) { $0 + $1.own }
      let purity = Double(own) / Double(lines)
      return purity >= TellingMembers.leastPurity ? purity : nil
    }
  }

  private struct Entry {
    var whole = Values()
    /// The values up to their first digit.
    var beginnings = Values()
  }

  /// With fewer records chance can look like this.
  private static let fewestRecords = 100
  /// A value occurs so often on average; fewer repeats show nothing.
  private static let leastRepeats = 5
  /// The share of records, 0…1, that have the member.
  private static let leastCoverage = 0.9
  /// The share of records, 0…1, whose label is the first that came with their value.
  private static let leastPurity = 0.98
  /// Where one label has more than this share, 0…1, most members seem to tell it.
  private static let highestShare = 0.9
  /// Members with more values are no groups of records.
  private static let mostValues = 2_000
  private static let longestValue = 200
  private static let mostMembers = 200

  let finding: Finding?

  /// - Complexity: linear in bytes.
  init(_ reading: Reading, options: ReadingOptions) {
    let labelNames = options.fields.label.map { [$0] } ?? ["label", "labels"]
    let fields = FieldNames(options)
    let expected = Set(
      (labelNames + options.layout.annotatorColumns).map { Array($0.utf8) } + fields.text
        + fields.tokens + fields.pairs.flatMap { [$0.first, $0.second] })
    var numbers: [String: Int32] = [:]
    var counts: [Int] = []
    let labels = reading.records.map { record -> Int32? in
      guard record.labels.count == 1, !record.isMultiLabel, let name = record.labels.first?.name
      else { return nil }
      let number = numbers[name, default: Int32(numbers.count)]
      numbers[name] = number
      if Int(number) == counts.count { counts.append(0) }
      counts[Int(number)] += 1
      return number
    }
    let labelled = counts.reduce(0, +)
    guard labelled >= Self.fewestRecords, counts.count > 1,
      Double(counts.max() ?? 0) <= Self.highestShare * Double(labelled)
    else {
      finding = nil
      return
    }
    var members: [Entry] = []
    var places = MemberPlaces(limit: Self.mostMembers)
    var scanner = LineScanner()
    reading.forEachRecord { row, line in
      guard let label = labels[row], (try? scanner.scan(line)) != nil, scanner.kind == .object
      else { return }
      for (order, member) in scanner.members.enumerated()
      where member.value.count <= Self.longestValue {
        switch member.kind {
        case .string, .number, .true_, .false_: break
        default: continue
        }
        guard let place = places.place(of: member, order, in: line) else { continue }
        if place == members.count { members.append(Entry()) }
        members[place].whole.add(MemberCensus.digest(of: line, member.value), label)
        guard member.kind == .string else { continue }
        var digit = member.value.lowerBound
        while digit < member.value.upperBound, !(0x30...0x39 ~= line[digit]) { digit += 1 }
        // One byte is the quote before the text.
        guard digit > member.value.lowerBound + 1 else { continue }
        members[place].beginnings.add(
          MemberCensus.digest(of: line, member.value.lowerBound..<digit), label)
      }
    }
    var leastPure = 1.0
    let telling = zip(places.names, members).filter { !expected.contains($0.0) }.compactMap {
      name, member -> String? in
      let text = JSONText.quoted(String(decoding: name, as: UTF8.self))
      // `RepeatedLabels` names the members that have one value for each label.
      if member.whole.tallies.count == counts.count { return nil }
      let whole = member.whole.purity(forLabelsOf: labelled)
      guard let purity = whole ?? member.beginnings.purity(forLabelsOf: labelled) else {
        return nil
      }
      leastPure = min(leastPure, purity)
      return whole == nil ? "the beginning of \(text)" : text
    }
    guard !telling.isEmpty else {
      finding = nil
      return
    }
    // 99.9 % at most, since 100 % would mean all of them.
    let share = min((leastPure * 1000).rounded(.down) / 10, 99.9)
    finding = Finding(
      .tellingMember,
      "the label can be read off \(telling.prefix(5).joined(separator: ", "))"
        + (telling.count > 5 ? " and \(telling.count - 5) more" : "")
        + (leastPure == 1
          ? ": a value occurs with one label only"
          : ": in \(share) % of the records or more, a value occurs with one label only"),
      remedy: "Do not give it to a model that is to learn the labels.")
  }
}
