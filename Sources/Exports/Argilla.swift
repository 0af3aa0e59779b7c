import Records

/// Records for Argilla: the suspects in the order of review, each with emend's proposal as a suggestion.
///
/// One JSON list, as its `from_dict` and `dataset.records.from_json` read it. The metadata keep by which
/// a file of decisions finds the record again, and `records.to_json` writes them, so that its file is one of decisions.
/// https://docs.argilla.io
enum Argilla {
  static func export(_ records: [ExportedAnnotation]) -> Export {
    let suspects = records.suspects
    // Argilla updates a record where another one has the same id.
    var uses: [String: Int] = [:]
    for suspect in suspects { uses[suspect.record.id, default: 0] += 1 }
    var bytes = Array("[".utf8)
    for (index, suspect) in suspects.enumerated() {
      bytes += (index > 0 ? ",\n" : "\n").utf8
      record(suspect, isAmbiguous: uses[suspect.record.id] != 1).append(to: &bytes)
    }
    bytes += "\n]\n".utf8
    return Export(
      files: [.init(file: .argilla, bytes: bytes, lines: bytes.count { $0 == 10 })],
      dropped: Export.Dropped(), remarks: [])
  }

  private static func record(_ suspect: ExportedAnnotation, isAmbiguous: Bool) -> PlainValue {
    let record = suspect.record
    let id = isAmbiguous ? "\(record.id)#\(record.line)" : record.id
    // A field holds text alone.
    let given = record.labels.map(\.name).joined(separator: ", ")
    let fields: [(name: String, value: PlainValue)] =
      record.content.namedTexts.map { ($0.name, .string($0.text)) } + [("given", .string(given))]
    var metadata = suspect.identity
    if let rank = suspect.result.reviewRank { metadata.append(("review_rank", .integer(rank))) }
    if let credibility = suspect.result.credibility {
      metadata.append(("credibility", .score(credibility)))
    }
    var suggestions: [(name: String, value: PlainValue)] = []
    if let proposal = suspect.proposal, !proposal.isEmpty {
      var suggestion: [(name: String, value: PlainValue)] = [
        ("value", .names(proposal.map(\.name), isList: record.isMultiLabel))
      ]
      // Argilla wants a score for each value of a list.
      if !record.isMultiLabel, let share = suspect.proposalShare {
        suggestion.append(("score", .score(share)))
      }
      suggestion.append(("agent", .string("emend")))
      suggestions.append(("label", .object(suggestion)))
    }
    return .object([
      ("id", .string(id)), ("fields", .object(fields)), ("metadata", .object(metadata)),
      ("suggestions", .object(suggestions)), ("responses", .object([])),
      ("vectors", .object([])),
    ])
  }
}
