import Exports
import Pipeline
import Report
import Spool
import AtomicFiles

/// The files that a repaired dataset becomes; the one that others wait for is last.
struct ResultSet {
  let parts: [Publication.Part]
  /// Suffixes that belong to such a set and have no file this time.
  let absent: [String]

  /// - Parameters:
  ///   - hasReport: whether the report is one of the files.
  ///   - hasOutput: whether the records are.
  ///   - exports: training files.
  init(
    _ repaired: RepairedDataset, hasReport: Bool = true, hasOutput: Bool = true,
    exports: [Export] = []
  ) throws {
    var parts = exports.flatMap(\.files).map {
      Publication.Part(suffix: $0.file.suffix, bytes: $0.bytes)
    }
    if let rejected = repaired.rejected {
      parts.append(Publication.Part(suffix: ".rejected.jsonl", bytes: rejected))
    }
    if hasReport {
      parts.append(Publication.Part(suffix: ".report.json", bytes: try repaired.report.json()))
    }
    if hasOutput { parts.append(Publication.Part(suffix: ".jsonl", bytes: repaired.output)) }
    self.parts = parts
    absent = repaired.rejected == nil ? [".rejected.jsonl"] : []
  }
}
