import Decisions
import Digests
import Foundation
import Pipeline
import Records
import Rules

/// Files of decisions, and what they amount to for a run: those in the folder that rules name, which hold for every
/// dataset of these rules, and those that the user names for one run.
struct StandingDecisions {
  private var files: [(name: String, decisions: [Decision])] = []
  private var digest = RunningDigest()

  /// The endings of files of decisions.
  private static let suffixes = [".jsonl", ".ndjson", ".json", ".csv", ".tsv"]

  /// Reads the folder that rules name, in the order of the files' names.
  ///
  /// - Throws: a problem of the rules, since no dataset is to blame for it.
  init(_ rules: RuleSet) throws(RulesError) {
    guard let named = rules.decisions, let file = rules.file else { return }
    let folder = RulesDirectory.place(of: named, in: Path(file).folder)
    func failure(_ place: String, _ line: Int, _ reason: String, _ remedy: String) -> RulesError {
      RulesError(problems: [
        RuleProblem(
          file: place, line: line, column: line > 0 ? 1 : 0, reason: reason, remedy: remedy)
      ])
    }
    guard let names = try? FileManager.default.contentsOfDirectory(atPath: folder) else {
      throw failure(
        folder, 0, "the folder of decisions that \(file) names cannot be read",
        "Make it, let this user read it, or correct decisions in the rules.")
    }
    let wanted = names.filter { name in
      !name.hasPrefix(".") && Self.suffixes.contains { name.lowercased().hasSuffix($0) }
    }
    for name in wanted.sorted(by: { $0.utf8.lexicographicallyPrecedes($1.utf8) }) {
      let path = "\(folder)/\(name)"
      // A FIFO would make every run wait for its writer.
      let place = URL(filePath: path).resolvingSymlinksInPath().path
      let kind = (try? FileManager.default.attributesOfItem(atPath: place))?[.type]
      guard kind as? FileAttributeType == .typeRegular else {
        throw failure(
          path, 0, "this is no file of decisions, but something else with its name",
          "Remove it from the folder of decisions.")
      }
      do throws(InputError) {
        try add(path)
      } catch {
        throw failure(error.file, error.line ?? 0, error.reason, error.remedy)
      }
    }
  }

  /// Adds a file that the user names.
  mutating func add(_ path: String) throws(InputError) {
    let source = try Source.read(path)
    digest.update(source.bytes)
    files.append((path, try DecisionFile.read(source)))
  }

  /// What all files amount to; nil without any file.
  ///
  /// - Throws: where people disagree about a record, or have decided none, and `isStrict` says that somebody is there
  ///   to mend it. Otherwise such records are left undecided, and a note says so.
  func review(isStrict: Bool, targetPrecision: Double) throws -> Review? {
    guard !files.isEmpty else { return nil }
    let set = DecisionSet(files: files)
    guard !isStrict || set.conflicts.isEmpty else { throw Failure(set.conflictMessage) }
    guard !isStrict || !set.decided.isEmpty else {
      throw Failure(
        "\(files.map(\.name).joined(separator: ", ")): no record was decided; write keep, change or neither into "
          + "\"decision\"")
    }
    guard !set.decided.isEmpty || !set.conflicts.isEmpty else { return nil }
    return Review(
      decisions: set.decided, digest: String(hexadecimal: digest.bytes),
      targetPrecision: targetPrecision, conflicts: set.conflicts)
  }
}
