/// The exports of records with labels; the raw values are the words on the command line.
package enum RecordExportKind: String, CaseIterable, Sendable {
  case labelStudio = "label-studio"
  case argilla
  case spreadsheet
  case cleanlab
  case slim

  /// The files of this export, in the order in which ``export(_:)`` returns them.
  package var files: [ExportFile] {
    switch self {
    case .labelStudio: [.labelStudioTasks, .labelStudioConfiguration]
    case .argilla: [.argilla]
    case .spreadsheet: [.suspects]
    case .cleanlab: [.cleanlab]
    case .slim: [.slim, .slimLabels]
    }
  }

  /// Makes the files for these records. The same records in the same order give the same bytes.
  package func export(_ records: [ExportedAnnotation]) -> Export {
    switch self {
    case .labelStudio: LabelStudio.export(records)
    case .argilla: Argilla.export(records)
    case .spreadsheet: SuspectTable.export(records)
    case .cleanlab: CleanlabTable.export(records)
    case .slim: SlimRecords.export(records)
    }
  }
}
