import Assessments

/// Members that say the same as the label, such as its name beside its number: they stay as they are where the
/// label is corrected, and where they say something else, at least one of the two is wrong.
struct RepeatedLabels {
  private let census: MemberCensus
  private let reading: Reading
  private let options: ReadingOptions

  /// With fewer records, members agree by chance.
  private static let fewestRecords = 10
  /// From this share of records on, 0…1, a member that has one value for each label repeats it.
  private static let mostAgree = 0.8
  /// Two members with two values each may agree that often without saying the same.
  private static let fewestLabels = 3
  /// How many members are compared.
  private static let mostCompared = 8

  init(_ census: MemberCensus, _ reading: Reading, options: ReadingOptions) {
    self.census = census
    self.reading = reading
    self.options = options
  }

  /// - Complexity: linear in bytes, and nothing where no member has as many values as there are labels.
  var findings: [Finding] {
    let labels = Set(reading.records.compactMap { $0.labels.first?.name })
    // Where labels hardly recur, every number of the record fits them.
    guard reading.records.count >= max(Self.fewestRecords, 2 * labels.count), labels.count > 1,
      !reading.records.contains(where: \.isMultiLabel), options.layout.labelColumns.isEmpty
    else { return [] }
    let used = Set(FieldMapping.names.compactMap { options.fields[keyPath: $0.path] })
      .union(options.layout.annotatorColumns)
      .union(options.fields.label == nil ? ["label", "labels"] : [])
    let candidates = census.entries.filter { entry in
      !entry.isNested && entry.values.count == labels.count && entry.lines * 2 > census.lines
        && !used.contains(entry.text)
    }.prefix(Self.mostCompared)
    guard !candidates.isEmpty else { return [] }
    var counts = [[String: [[UInt8]: Int]]](repeating: [:], count: candidates.count)
    var values = [[(line: Int, label: String, value: [UInt8])]](
      repeating: [], count: candidates.count)
    var scanner = LineScanner()
    let decoder = TextDecoder()
    reading.forEachRecord { number, text in
      let record = reading.records[number]
      guard let label = record.labels.first, (try? scanner.scan(text)) != nil else { return }
      for (place, candidate) in candidates.enumerated() {
        guard let member = scanner.member(candidate.name, in: text, decoder: decoder),
          member.kind != .null
        else { continue }
        let value = member.value.map { text[$0] }
        counts[place][label.name, default: [:]][value, default: 0] += 1
        values[place].append((record.line, label.name, value))
      }
    }
    var same: [String] = []
    var findings: [Finding] = []
    for (place, candidate) in candidates.enumerated() {
      guard
        let lines = differing(counts[place], values[place], labels: labels.count)
      else { continue }
      let member = JSONText.quoted(candidate.text)
      if lines.isEmpty {
        same.append(member)
      } else {
        findings.append(
          Finding(
            .contradictedLabel,
            "the member \(member) nearly always says the same as the label, and here something else",
            remedy:
              "At least one of the two is wrong there, and both may be; emend reads the label alone.",
            lines: lines))
      }
    }
    guard !same.isEmpty else { return findings }
    let isOne = same.count == 1
    return findings + [
      Finding(
        .repeatedLabel,
        "\(isOne ? "the member" : "the members") \(same.joined(separator: ", ")) "
          + (isOne ? "says" : "say")
          + " the same as the label, and \(isOne ? "stays" : "stay") as \(isOne ? "it is" : "they are") "
          + "where the label is corrected",
        remedy: "Set it from the label afterwards, or leave it out.")
    ]
  }

  /// The lines in which a member does not have the value that it mostly has for the label; nil where it does not
  /// repeat the label.
  private func differing(
    _ counts: [String: [[UInt8]: Int]],
    _ values: [(line: Int, label: String, value: [UInt8])], labels: Int
  ) -> [Int]? {
    let usual = counts.compactMapValues { tally in
      tally.max { ($0.value, $1.key.description) < ($1.value, $0.key.description) }?.key
    }
    guard usual.count == labels, Set(usual.values).count == labels,
      values.count >= Self.fewestRecords
    else { return nil }
    let differing = values.filter { $0.value != usual[$0.label] }.map(\.line)
    guard
      differing.isEmpty
        || labels >= Self.fewestLabels
          && Double(differing.count) <= (1 - Self.mostAgree) * Double(values.count)
    else { return nil }
    return differing
  }
}
