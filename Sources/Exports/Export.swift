/// Files ready to be published, and what a person should know of them.
package struct Export: Sendable {
  package struct File: Sendable {
    package let file: ExportFile
    package let bytes: [UInt8]
    /// How many lines it has.
    package let lines: Int
  }

  /// In the order of ``ExportKind/files``. A file may be empty.
  package let files: [File]
  /// Queries that are in none of the files' training lines, by why.
  package let dropped: Dropped
  /// What else is worth saying, in sentences for the report.
  package let remarks: [String]

  package struct Dropped: Sendable, Equatable {
    /// Queries of which no passage is a positive.
    package var withoutPositive = 0
    /// Queries that have positives and no negative, where both are needed.
    package var withoutNegative = 0

    package init(withoutPositive: Int = 0, withoutNegative: Int = 0) {
      self.withoutPositive = withoutPositive
      self.withoutNegative = withoutNegative
    }
  }

  /// What was dropped and the remarks, as sentences for the report; empty where all is as usual.
  package var notes: [String] {
    var notes: [String] = []
    let name = files.last.map { "*" + $0.file.suffix } ?? "the export"
    if dropped.withoutPositive > 0 {
      notes.append("\(name): \(Self.queries(dropped.withoutPositive)) without a positive left out")
    }
    if dropped.withoutNegative > 0 {
      notes.append("\(name): \(Self.queries(dropped.withoutNegative)) without a negative left out")
    }
    return notes + remarks
  }

  static func queries(_ count: Int) -> String { count == 1 ? "1 query" : "\(count) queries" }
}
