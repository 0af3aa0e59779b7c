import Pipeline
import Report
import Spool

/// The files that a repaired dataset becomes; the one that others wait for is last.
struct ResultSet {
  let parts: [Publication.Part]
  /// Suffixes that belong to such a set and have no file this time.
  let absent: [String]

  /// - Parameters:
  ///   - hasReport: whether the report is one of the files.
  ///   - hasOutput: whether the records are.
  init(_ repaired: RepairedDataset, hasReport: Bool = true, hasOutput: Bool = true) throws {
    var parts: [Publication.Part] = []
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
