import Foundation
import Records
import Report

/// What lies beside an output: the report of its run, and the lines that the run rejected.
struct RunFiles {
  let output: String
  /// Nil if there is none.
  let report: RunReport?
  /// Nil if there are none.
  let rejected: Source?
  /// What else the user can do about the wrong rejected lines than to put the right ones there.
  private let otherRemedy: String

  /// Reads the files beside an output.
  ///
  /// - Parameters:
  ///   - rejected: the file of rejected lines, where it lies elsewhere.
  ///   - canNameRejected: whether the command has the option `--rejected`.
  /// - Throws: if a file cannot be read, or if the report counts rejected lines and their file is missing.
  init(beside output: String, rejected: String? = nil, canNameRejected: Bool = false) throws {
    self.output = output
    otherRemedy = canNameRejected ? ", or name it with --rejected" : ""
    let isFile = output != "-"
    let set = ResultSet.path(ofSetWith: output)
    report =
      isFile
      ? try Self.report(
        ofSet: set,
        remedy: "put the right one there, or move it elsewhere to go on without what it says")
      : nil
    let path = "\(set).rejected.jsonl"
    if let rejected {
      self.rejected = try Source.read(rejected)
    } else if isFile, FileManager.default.fileExists(atPath: path) {
      self.rejected = try Source.read(path)
    } else {
      self.rejected = nil
      if isFile, let count = report?.input.rejected, count > 0 {
        throw Failure(
          "\(path): cannot be read, and \(String(counting: count, "line")) of the input must be in it; "
            + "put it back there\(otherRemedy)")
      }
    }
  }

  /// The report of a set; nil if there is none.
  ///
  /// - Parameters:
  ///   - set: the path of the set without the ending of a file.
  ///   - remedy: what to do about a damaged one.
  static func report(ofSet set: String, remedy: String) throws -> RunReport? {
    let place = "\(set).report.json"
    guard let bytes = FileManager.default.contents(atPath: place) else {
      guard !FileManager.default.fileExists(atPath: place) else {
        throw Failure("\(place): cannot be read; make it readable, or move it elsewhere")
      }
      return nil
    }
    do {
      return try RunReport(json: bytes)
    } catch let damage as RunReport.Damage {
      throw Failure("\(place): the report was changed: \(damage.reason); \(remedy)")
    } catch {
      throw Failure("\(place): this is no report of emend, or it is damaged; \(remedy)")
    }
  }

  /// Compares the files with the digests in the run's report. Reports of versions before 0.6 have none.
  ///
  /// - Parameters:
  ///   - mayBeEdited: whether the output may be another than the one that the report names.
  ///   - remedy: what to do about an output that was edited on purpose.
  /// - Throws: if the output or the rejected lines are not those of that run.
  func checkBelongs(_ source: Source, mayBeEdited: Bool = false, remedy: String) throws {
    guard let report, let written = report.output else { return }
    let place = "\(ResultSet.path(ofSetWith: output)).report.json"
    if let rejected, rejected.digest != written.rejectedDigest {
      throw Failure(
        written.rejectedDigest == nil
          ? "\(rejected.file): these are not lines of this run, whose report (\(place)) says that none was "
            + "rejected; move the file elsewhere and try again"
          : "\(rejected.file): these are not the rejected lines that the run's report (\(place)) names; "
            + "put the right file there\(otherRemedy)")
    }
    guard mayBeEdited || source.digest == written.digest else {
      throw Failure(
        "\(output): this is not the file that the run's report (\(place)) names; take it from the outbox "
          + "again, or \(remedy)")
    }
  }
}
