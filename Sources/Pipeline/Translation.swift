import Records
import Repair
import Report
import Rules
import Vectors

/// From judgements in numbers to verdicts in words, and to the report.
struct Translation {
  /// Annotations, all of them.
  let records: [Record]
  let dataset: Dataset
  let outcome: RepairOutcome
  let vectorisation: Vectorisation
  /// Of the model that was asked for the labels' plausibility; nil where none was.
  let languageModelIdentity: String?
  /// Whether that was not asked, for too many labels.
  let hasTooManyLabels: Bool

  /// Neighbours shown per record: enough to see a pattern, few enough to read.
  static let neighboursShown = 5

  /// One verdict per record.
  var verdicts: [Verdict] { records.indices.map(verdict) }

  private func verdict(_ row: Int) -> Verdict {
    let judgement = outcome.judgements[row]
    return Verdict(
      credibility: judgement.credibility, flagged: judgement.isFlagged,
      action: Verdict.Action(judgement.decision),
      labels: judgement.decision == .proposed ? [] : spelled(judgement.labels, row),
      proposal: labels(
        judgement.decision == .proposed ? judgement.labels : judgement.proposal),
      softLabel: judgement.softLabel.map {
        (dataset.labels[Int($0.label)].name, $0.probability)
      },
      weight: judgement.weight, utility: outcome.utilities[row], neighbours: neighbours(of: row),
      signals: signals(of: row), truncated: vectorisation.truncated[row],
      reason: judgement.ground.map(reason))
  }

  private func labels(_ numbers: [Int32]) -> [Label] {
    numbers.map { dataset.labels[Int($0)] }
  }

  /// Labels that the record has already keep its own spelling and order.
  private func spelled(_ numbers: [Int32], _ row: Int) -> [Label] {
    let named = labels(numbers)
    let own = records[row].labels
    return own.filter(named.contains) + named.filter { !own.contains($0) }
  }

  private func neighbours(of row: Int) -> [Verdict.Neighbour] {
    let graph = outcome.graph
    return (row * graph.k..<row * graph.k + min(graph.k, Self.neighboursShown)).map { slot in
      let neighbour = Int(graph.indices[slot])
      return Verdict.Neighbour(
        id: records[neighbour].id,
        label: dataset.targets.of(neighbour).map { dataset.labels[Int($0)].name }
          .joined(separator: ", "),
        similarity: graph.similarities[slot])
    }
  }

  private func signals(of row: Int) -> [(name: String, probability: Double)] {
    let count = outcome.signalNames.count
    return outcome.signalNames.enumerated().compactMap { index, name in
      let value = outcome.signalsOfGiven[row * count + index]
      return value.isNaN ? nil : (name, Double(value))
    }
  }

  private func reason(_ ground: Ground) -> String {
    switch ground {
    case .trustedDuplicate(let row):
      "duplicate of the trusted record \(records[row].id)"
    case .outvoted(let votes, let against):
      "out-voted \(votes) to \(against)"
    case .witness:
      "the evidence and the meaning of the label names agree"
    case .mode:
      "mode: all"
    }
  }
}

extension Verdict.Action {
  init(_ decision: Decision) {
    switch decision {
    case .kept: self = .kept
    case .corrected: self = .corrected
    case .review: self = .review
    case .proposed: self = .proposed
    case .protected: self = .protected
    }
  }
}
