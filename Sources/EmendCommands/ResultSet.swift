import Report
import Exports
import HTMLReport
import Pipeline
import Records
import AtomicFiles

/// The files that are published for a repaired dataset. The output is last, since other programs
/// wait for it.
struct ResultSet {
  let parts: [Publication.Part]
  /// Suffixes that such a set may have but this one has not.
  let absent: [String]

  /// - Parameters:
  ///   - hasReport: whether the set has the report.
  ///   - hasOutput: whether the set has the output, with the records.
  ///   - exports: the training files.
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
    if let audit = repaired.audit {
      parts.append(Publication.Part(suffix: ".audit.jsonl", bytes: audit.lines))
      parts.append(Publication.Part(suffix: ".audit.csv", bytes: audit.table))
    }
    if hasReport {
      parts.append(
        Publication.Part(suffix: RunReport.pageSuffix, bytes: HTMLReport(repaired.report).bytes))
      parts.append(Publication.Part(suffix: ".report.json", bytes: try repaired.report.json()))
    }
    if hasOutput {
      parts.append(
        try Publication.Part(suffix: repaired.outputSuffix, content: repaired.content))
    }
    self.parts = parts
    absent = repaired.rejected == nil ? [".rejected.jsonl"] : []
  }

  /// The path of a set without the ending of a file, `DIR/NAME` for `DIR/NAME.jsonl` or `DIR/NAME.csv`, also if
  /// the file was compressed since.
  static func path(ofSetWith output: String) -> String {
    let folder =
      output.hasSuffix("/") ? "" : String(output.prefix(output.count - Path(output).name.count))
    return folder + Source.name(ofFile: output).name
  }

  /// The name of the results of an input whose name without its suffixes is `stem`.
  ///
  /// It is the stem itself, unless the results of another input may have that name: the rejected lines of
  /// `a.jsonl` are `a.rejected.jsonl`, so an input of that name gets the results `a.rejected-data.jsonl`.
  static func name(forStem stem: FileName) -> FileName {
    reservedEndings.contains { stem.hasSuffix($0) } ? stem.appending("-data") : stem
  }

  /// The ends of the stems of all files that a run may write beside `NAME.jsonl`.
  private static let reservedEndings =
    [".emended", ".rejected", ".report", ".audit", ".decided", ".decisions"]
    + ExportFile.allCases.map(\.suffix).compactMap { suffix in
      // `.qrels` is no ending of a stem, since no dataset's name ends so.
      suffix.lastIndex(of: ".").flatMap { $0 > suffix.startIndex ? String(suffix[..<$0]) : nil }
    }
}
