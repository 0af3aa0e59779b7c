import ArgumentParser
import Decisions
import Pipeline
import Records
import Report
import Rules

/// The flags of what people check and what they decided.
struct ReviewOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "Also write NAME.audit.jsonl and NAME.audit.csv for people to fill in: n records drawn at random and the n "
        + "most suspect (docs/REVIEW.md).", valueName: "n"))
  var audit: Int?

  @Option(help: ArgumentHelp("Seed of the random draw.", valueName: "n"))
  var auditSeed: Int = AuditSample.defaultSeed

  @Option(
    help: ArgumentHelp(
      "What people decided: a filled-in audit or any file of decisions. The error rate is then measured, "
        + "credibilities are adjusted, and decided labels are set. May be repeated.",
      valueName: "file"),
    completion: .file())
  var reviewed: [String] = []

  @Option(
    help: ArgumentHelp(
      "Share of right changes that decisions must have shown before auto applies proposals like them.",
      valueName: "share"))
  var targetPrecision: Double = Review.usualTargetPrecision

  func validate() throws {
    guard audit ?? 1 >= 1 else { throw ValidationError("--audit must be at least 1.") }
    guard targetPrecision >= 0.5, targetPrecision < 1 else {
      throw ValidationError("--target-precision is a share from 0.5 to below 1, such as 0.9.")
    }
  }

  /// The decisions of all files and of the folder that rules name; nil where there are none.
  ///
  /// - Throws: where a file cannot be read, or people whose files are named disagree.
  func review(_ rules: RuleSet) throws -> Review? {
    var standing = try StandingDecisions(rules)
    for file in reviewed { try standing.add(file) }
    return try standing.review(isStrict: !reviewed.isEmpty, targetPrecision: targetPrecision)
  }
}

extension DecisionSet {
  /// Who decided what differently, for an error.
  var conflictMessage: String {
    let shown = conflicts.prefix(20).map { conflict in
      "\(conflict.decisions[0].id): \(conflict.description)"
    }
    let others = conflicts.count - shown.count
    return
      ([
        "\(String(counting: conflicts.count, "record")) that people decided differently; nothing was written. "
          + "Agree on one label, and write the decision of one of you anew (the last of a person counts):"
      ] + shown + (others > 0 ? ["and \(others) more"] : [])).joined(separator: "\n")
  }
}
