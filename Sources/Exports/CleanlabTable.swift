import Records

/// A table with the columns of cleanlab's `CleanLearning.get_label_issues`, one row for each record in the order of
/// the file, for programs that were written for these.
///
/// Every text of a cell is as the dataset has it, since programs read this table, not people.
enum CleanlabTable {
  static func export(_ records: [ExportedAnnotation]) -> Export {
    var bytes: [UInt8] = []
    CommaSeparated.append(
      ["is_label_issue", "label_quality", "given_label", "predicted_label", "sample_weight"],
      to: &bytes)
    for entry in records {
      let given = entry.record.labels
      let predicted = entry.proposal ?? given
      CommaSeparated.append(
        [
          entry.result.flagged ? "True" : "False",
          entry.result.credibility.map { PlainValue.score($0).json } ?? "",
          cell(given, of: entry.record), cell(predicted, of: entry.record),
          PlainValue.score(entry.result.weight).json,
        ], to: &bytes)
    }
    return Export(
      files: [.init(file: .cleanlab, bytes: bytes, lines: bytes.count { $0 == 10 })],
      dropped: Export.Dropped(), remarks: [])
  }

  private static func cell(_ labels: [Label], of record: Record) -> String {
    record.isMultiLabel
      ? PlainValue.names(labels.map(\.name), isList: true).json : labels.first?.name ?? ""
  }
}
