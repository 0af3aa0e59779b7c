import Assessments
import Records

/// JSON lines with the result of every record as members of one level, each with one type in all lines, as Hugging
/// Face's `load_dataset` needs them; and the list of labels whose order the vectors of soft labels have.
enum SlimRecords {
  /// More numbers than this would make the file larger than 200 MB, most of them zeros.
  private static let mostShares = 25_000_000

  static func export(_ records: [ExportedAnnotation]) -> Export {
    // A soft label can name a label that no record has.
    let soft = records.flatMap { $0.result.softLabel.map(\.label) }
    let names = Set(records.labelNames + soft)
      .sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
    let places = Dictionary(uniqueKeysWithValues: names.enumerated().map { ($1, $0) })
    let isMultiLabel = records.contains { $0.record.isMultiLabel }
    let hasShares = records.count * names.count <= mostShares
    let used = Set(records.flatMap { $0.record.content.namedTexts.map(\.name) })
    let texts = Content.textNames.filter(used.contains)
    var bytes: [UInt8] = []
    for entry in records {
      line(
        entry, texts: texts, places: hasShares ? places : nil, isMultiLabel: isMultiLabel,
        to: &bytes)
    }
    var list: [UInt8] = []
    PlainValue.names(names, isList: true).append(to: &list)
    list.append(10)
    let remarks =
      hasShares
      ? []
      : [
        "*\(ExportFile.slim.suffix): without soft labels, which would be \(records.count) × \(names.count) numbers"
      ]
    return Export(
      files: [
        .init(file: .slim, bytes: bytes, lines: records.count),
        .init(file: .slimLabels, bytes: list, lines: 1),
      ], dropped: Export.Dropped(), remarks: remarks)
  }

  /// Appends a record. A text that it lacks is empty, and a number that it lacks is null, which is of any type.
  private static func line(
    _ entry: ExportedAnnotation, texts: [String], places: [String: Int]?, isMultiLabel: Bool,
    to bytes: inout [UInt8]
  ) {
    let record = entry.record
    let result = entry.result
    func names(_ labels: [Label]) -> PlainValue {
      isMultiLabel
        ? .names(labels.map(\.name), isList: true) : .string(labels.first?.name ?? "")
    }
    let own = Dictionary(
      uniqueKeysWithValues: record.content.namedTexts.map { ($0.name, $0.text) })
    var members: [(name: String, value: PlainValue)] = [
      ("id", .string(record.id)), ("line", .integer(record.line)),
    ]
    members += texts.map { ($0, .string(own[$0] ?? "")) }
    members += [
      ("label", names(result.labels)), ("label_original", names(record.labels)),
      ("credibility", result.credibility.map { .score($0) } ?? .null),
      ("flagged", .bool(result.flagged)), ("action", .string(result.action.rawValue)),
      ("proposal", names(entry.proposal ?? [])), ("weight", .score(result.weight)),
      ("review_rank", result.reviewRank.map { .integer($0) } ?? .null),
    ]
    if let places {
      // Shares of one label sum to exactly 1 as written; those of several are independent of each other.
      let shares = result.softLabel.map(\.probability)
      let units =
        record.isMultiLabel
        ? shares.map { Int(($0 * Double(JSONText.scale)).rounded()) }
        : JSONText.units(summingToOne: shares)
      var vector = [Int](repeating: 0, count: places.count)
      for (share, units) in zip(result.softLabel, units) {
        if let place = places[share.label] { vector[place] = units }
      }
      members.append(
        ("soft_label", .list(vector.map { .score(Double($0) / Double(JSONText.scale)) })))
    }
    PlainValue.object(members).append(to: &bytes)
    bytes.append(10)
  }
}
