import ArgumentParser
import Assessments
import Decisions
import Evaluation
import Foundation
import Pipeline
import Records
import Rules

extension Bench {
  /// Simulates reviews from gold labels: draws audits, has each record decided as its gold label says, and
  /// compares what the run makes of that with the truth.
  struct Reviewed: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Simulates reviews of a file whose member \"gold\" holds the right labels.")

    @Argument var file: String
    @Option(help: "Records drawn at random, and as many of the most suspect.") var count: Int = 100
    @Option(help: "Simulated reviews, with the seeds 1, 2, ….") var draws: Int = 200
    @Option var targetPrecision: Double = Review.usualTargetPrecision
    @Option var threads: Int = ProcessInfo.processInfo.activeProcessorCount

    func validate() throws {
      guard count >= 1, draws >= 1 else {
        throw ValidationError("--count and --draws must be at least 1.")
      }
    }

    func run() throws {
      let source = try Source.read(file)
      let repair = DatasetRepair(
        rules: RuleSet(), fields: FieldMapping(), mode: .auto, threads: threads,
        models: LocalModels(threads: threads, usesCache: true))
      let (records, results) = try repair.assessed(source)
      var gold: [Int: PlainValue] = [:]
      var reader = PlainReader()
      try reader.read(source, paths: [["gold"]]) { gold[$0] = $1[0] ?? .null }
      let simulation = ReviewSimulation(
        records: records, results: results,
        right: records.map { record in
          switch gold[record.line] {
          case nil, .null?: nil
          case let value?: value.text
          }
        }, targetPrecision: targetPrecision)
      print(simulation.summary(count: count, draws: draws))
    }
  }
}

/// Reviews in which every decision is right.
private struct ReviewSimulation {
  let records: [Record]
  let results: [AnnotationResult]
  /// The name of each record's right label; nil where none fits.
  let right: [String?]
  let targetPrecision: Double

  private var isWrong: [Bool] {
    zip(records, right).map { record, right in record.labels.first?.name != right }
  }

  func summary(count: Int, draws: Int) -> String {
    let isWrong = isWrong
    let rate = Double(isWrong.count { $0 }) / Double(max(1, isWrong.count))
    var widths: [Double] = []
    var errors: [Double] = []
    var changes: [(all: Int, right: Int)] = []
    var covered = 0
    for seed in 1...draws {
      let audit = AuditSample(
        records, results: results, decided: [], count: count, seed: seed)
      let review = Review(
        decisions: audit.entries.map(decision), digest: "", targetPrecision: targetPrecision)
      let reviewed = ReviewedResults(
        review, records: records, results: results, aliases: [:], mode: .auto)
      if let measured = reviewed.errorRate {
        if measured.low <= rate, rate <= measured.high { covered += 1 }
        widths.append(measured.high - measured.low)
      }
      let others = records.indices.filter { !reviewed.decided.contains($0) }
      errors.append(
        calibrationError(others.map { (reviewed.results[$0].credibility ?? 1, isWrong[$0]) }))
      let changed = others.filter {
        reviewed.results[$0].action == .corrected && results[$0].action != .corrected
      }
      if !changed.isEmpty {
        changes.append(
          (changed.count, changed.count { reviewed.results[$0].labels.first?.name == right[$0] }))
      }
    }
    let before = calibrationError(
      records.indices.map { (results[$0].credibility ?? 1, isWrong[$0]) })
    let below = changes.count { Double($0.right) < targetPrecision * Double($0.all) }
    let all = changes.reduce(0) { $0 + $1.all }
    let rightChanges = changes.reduce(0) { $0 + $1.right }
    func text(_ value: Double) -> String { String(format: "%.4f", value) }
    return [
      "{\"records\": \(records.count)", "\"rate\": \(text(rate))", "\"draws\": \(draws)",
      "\"coverage\": \(text(Double(covered) / Double(draws)))",
      "\"median_width\": \(widths.isEmpty ? "null" : text(widths.sorted()[widths.count / 2]))",
      "\"ece_before\": \(text(before))",
      "\"ece_after\": \(text(errors.reduce(0, +) / Double(draws)))",
      "\"draws_with_changes\": \(changes.count)", "\"changes\": \(all / max(1, changes.count))",
      "\"precision\": \(text(all > 0 ? Double(rightChanges) / Double(all) : 0))",
      "\"draws_below_target\": \(below)}",
    ].joined(separator: ", ")
  }

  private func decision(_ entry: AuditSample.Entry) -> Decision {
    let record = records[entry.record]
    let given = Decision.Answer(record)
    var decision = Decision(
      id: record.id, line: record.line, contentDigest: record.contentDigest, given: given,
      verdict: .neither, sampling: entry.sampling)
    if let right = right[entry.record] {
      let isRight = record.labels.first?.name == right
      let isKnown = records.contains { $0.labels.first?.name == right }
      decision.verdict = isRight ? .keep : isKnown ? .change : .neither
      decision.label = decision.verdict == .change ? .one(right) : nil
    }
    return decision
  }

  private func calibrationError(_ rows: [(credibility: Double, isWrong: Bool)]) -> Double {
    var error = CalibrationError()
    for row in rows { error.add(confidence: row.credibility, isHit: !row.isWrong) }
    return error.value
  }
}
