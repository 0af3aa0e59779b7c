import Decisions
import Records

/// The suspects as a table for a spreadsheet program, in the order of review, with empty columns for what people
/// decide. Filled in, it is a file of decisions (docs/REVIEW.md).
enum SuspectTable {
  static func export(_ records: [ExportedAnnotation]) -> Export {
    let suspects = records.suspects
    let used = Set(suspects.flatMap { $0.record.content.namedTexts.map(\.name) })
    let texts = Content.textNames.filter(used.contains)
    // The mark says UTF-8 to spreadsheet programs, which else assume the machine's own character set.
    var bytes: [UInt8] = [0xEF, 0xBB, 0xBF]
    CommaSeparated.append(
      ["review_rank", "id", "line"] + texts
        + ["given", "proposal", "credibility", "reason", "decision", "label", "by", "at", "note"]
        + ["content_sha256"], to: &bytes)
    for suspect in suspects {
      let record = suspect.record
      let own = Dictionary(
        uniqueKeysWithValues: record.content.namedTexts.map { ($0.name, $0.text) })
      let proposal = suspect.proposal.map {
        PlainValue.names($0.map(\.name), isList: record.isMultiLabel)
      }
      var cells = [
        suspect.result.reviewRank.map(String.init) ?? "", SpreadsheetText.guarded(record.id),
        String(record.line),
      ]
      cells += texts.map { SpreadsheetText.neutralised(own[$0] ?? "") }
      cells += [
        SpreadsheetText.guarded(cell(suspect.given)),
        SpreadsheetText.guarded(proposal.map(cell) ?? ""),
        suspect.result.credibility.map { PlainValue.score($0).json } ?? "",
        SpreadsheetText.neutralised(suspect.result.reason ?? ""), "", "", "", "", "",
        record.contentDigest,
      ]
      CommaSeparated.append(cells, to: &bytes)
    }
    return Export(
      files: [.init(file: .suspects, bytes: bytes, lines: bytes.count { $0 == 10 })],
      dropped: Export.Dropped(), remarks: [])
  }

  /// One label as it is, several as a JSON list.
  private static func cell(_ value: PlainValue) -> String {
    switch value {
    case .null: ""
    case .string(let text): text
    default: value.json
    }
  }
}
