/// The contents of an export's files, and what a person should know about them.
package struct Export: Sendable {
  package struct File: Sendable {
    package let file: ExportFile
    package let bytes: [UInt8]
    /// Number of lines.
    package let lines: Int
  }

  /// In the order of ``ExportKind/files`` or ``Curriculum/files``. A file may be empty.
  package let files: [File]
  /// Number of queries that have no training line, by reason.
  package let dropped: Dropped
  /// Further facts, in sentences for the report.
  package let remarks: [String]

  package struct Dropped: Sendable, Equatable {
    /// Number of queries without a positive.
    package var withoutPositive = 0
    /// Number of queries with positives and without a negative, in exports that need both.
    package var withoutNegative = 0

    package init(withoutPositive: Int = 0, withoutNegative: Int = 0) {
      self.withoutPositive = withoutPositive
      self.withoutNegative = withoutNegative
    }
  }

  /// `dropped` and `remarks` as sentences for the report; empty where no query was dropped and there is
  /// no remark.
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

  /// How many of a file's negatives are hard; empty where it has none.
  static func hardness(_ file: ExportFile, hard: Int, of negatives: Int) -> [String] {
    guard negatives > 0 else { return [] }
    return [
      "*\(file.suffix): \(hard) of \(negatives) negative\(negatives == 1 ? "" : "s") "
        + "\(hard == 1 ? "is" : "are") hard"
    ]
  }

  static func queries(_ count: Int) -> String { count == 1 ? "1 query" : "\(count) queries" }
}
