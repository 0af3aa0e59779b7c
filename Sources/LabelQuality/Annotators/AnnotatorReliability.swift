import Foundation

/// The votes of a file: which label each annotator gave to each record.
package struct Ballots: Sendable {
  package struct Vote: Sendable, Equatable {
    package let annotator: Int32
    package let label: Int32

    package init(annotator: Int32, label: Int32) {
      self.annotator = annotator
      self.label = label
    }
  }

  /// One list per record, with each annotator at most once; empty where nobody voted.
  package let votes: [[Vote]]
  package let annotatorCount: Int
  package let labelCount: Int

  package init(votes: [[Vote]], annotatorCount: Int, labelCount: Int) {
    precondition(
      votes.joined().allSatisfy {
        $0.annotator >= 0 && $0.annotator < annotatorCount && $0.label >= 0
          && $0.label < labelCount
      })
    self.votes = votes
    self.annotatorCount = annotatorCount
    self.labelCount = labelCount
  }

  /// Krippendorff's α for nominal data: 1 for perfect agreement, 0 for agreement by chance, below 0 for less;
  /// nil where no record has two votes, or all votes are the same label.
  ///
  /// α = 1 − D_o/D_e over the records with at least two votes. With m votes on a record, n_c of them for
  /// label c, N_c for c in all and N votes: D_o = Σ (m² − Σ_c n_c²)/(m − 1), D_e = (N² − Σ_c N_c²)/(N − 1).
  /// Source: Krippendorff, "Content Analysis", 4th edition, 2018, section 12.3.
  package var alpha: Double? {
    var totals = [Double](repeating: 0, count: labelCount)
    var observed = 0.0
    for record in votes where record.count > 1 {
      var counts: [Int32: Double] = [:]
      for vote in record {
        counts[vote.label, default: 0] += 1
        totals[Int(vote.label)] += 1
      }
      let size = Double(record.count)
      // Whole numbers, so the order of the sum does not matter.
      let squares = counts.values.reduce(0) { $0 + $1 * $1 }
      observed += (size * size - squares) / (size - 1)
    }
    let all = totals.reduce(0, +)
    let expected = (all * all - totals.reduce(0) { $0 + $1 * $1 }) / max(all - 1, 1)
    return expected > 0 ? 1 - observed / expected : nil
  }
}

/// How often each annotator is right, and what the votes on a record say about its label.
///
/// The model of Dawid and Skene ("Maximum likelihood estimation of observer error-rates using the EM
/// algorithm", Applied Statistics 28, 1979) with one number per annotator: annotator a gives the right label
/// with probability θ_a, and each other label with (1 − θ_a)/(K − 1). The true label of a record is one of
/// those that were voted for.
package struct AnnotatorReliability: Sendable {
  /// θ of each annotator, 0…1, higher is better. `assumed` where there are too few votes.
  package let accuracies: [Double]
  /// The number of votes of each annotator.
  package let voteCounts: [Int]
  /// For each annotator, the share of votes that are the consensus, among those on records with at least two
  /// votes, 0…1; nil where there is none.
  package let agreements: [Double?]
  /// Whether θ was estimated from the votes.
  package let isEstimated: Bool
  /// The likeliest label of each record by its votes; nil where nobody voted.
  package let consensus: [Int32?]

  /// With fewer records that have two votes, θ is not estimated.
  package static let fewestRecords = 20
  /// θ where it is not estimated, and the mean of its prior: annotators are mostly right.
  package static let assumed = 0.8
  /// Weight of the prior in votes, so that a few votes make nobody infallible.
  static let priorWeight = 10.0
  /// θ is at most this: even annotators who always agree make mistakes.
  static let highest = 0.99
  /// EM ends where no θ changes by more than this, or after this many steps.
  static let tolerance = 1e-6
  static let mostSteps = 100

  private let labelCount: Int

  /// - Complexity: O(votes) per step.
  package init(_ ballots: Ballots) {
    labelCount = max(ballots.labelCount, 2)
    let disputed = ballots.votes.indices.filter { ballots.votes[$0].count > 1 }
    var voteCounts = [Int](repeating: 0, count: ballots.annotatorCount)
    var disputedCounts = [Double](repeating: 0, count: ballots.annotatorCount)
    for vote in ballots.votes.joined() { voteCounts[Int(vote.annotator)] += 1 }
    for vote in disputed.lazy.flatMap({ ballots.votes[$0] }) {
      disputedCounts[Int(vote.annotator)] += 1
    }
    self.voteCounts = voteCounts
    isEstimated = disputed.count >= Self.fewestRecords
    var accuracies = [Double](repeating: Self.assumed, count: ballots.annotatorCount)
    var frequencies = [Double](repeating: 1 / Double(labelCount), count: labelCount)
    for _ in 0..<(isEstimated ? Self.mostSteps : 0) {
      var right = [Double](repeating: Self.assumed * Self.priorWeight, count: accuracies.count)
      var labels = [Double](repeating: 1, count: labelCount)
      for row in disputed {
        let shares = Self.shares(
          of: ballots.votes[row], accuracies, frequencies, labelCount: labelCount)
        for (label, share) in shares { labels[Int(label)] += share }
        for vote in ballots.votes[row] {
          right[Int(vote.annotator)] += shares.first { $0.label == vote.label }?.share ?? 0
        }
      }
      var change = 0.0
      for annotator in accuracies.indices {
        let estimate = min(
          right[annotator] / (disputedCounts[annotator] + Self.priorWeight), Self.highest)
        change = max(change, abs(estimate - accuracies[annotator]))
        accuracies[annotator] = estimate
      }
      let total = labels.reduce(0, +)
      frequencies = labels.map { $0 / total }
      if change <= Self.tolerance { break }
    }
    let fitted = (accuracies, frequencies)
    let count = labelCount
    let consensus = ballots.votes.map { votes in
      Self.shares(of: votes, fitted.0, fitted.1, labelCount: count)
        .max { ($0.share, $1.label) < ($1.share, $0.label) }?.label
    }
    var agreeing = [Double](repeating: 0, count: accuracies.count)
    for row in disputed {
      for vote in ballots.votes[row] where vote.label == consensus[row] {
        agreeing[Int(vote.annotator)] += 1
      }
    }
    self.accuracies = accuracies
    self.consensus = consensus
    agreements = zip(agreeing, disputedCounts).map { $1 > 0 ? $0 / $1 : nil }
  }

  /// The probability of each label that was voted for, by label number; they sum to 1.
  private static func shares(
    of votes: [Ballots.Vote], _ accuracies: [Double], _ frequencies: [Double], labelCount: Int
  ) -> [(label: Int32, share: Double)] {
    let labels = Set(votes.map(\.label)).sorted()
    let logs = labels.map { label in
      votes.reduce(log(frequencies[Int(label)])) { sum, vote in
        let accuracy = accuracies[Int(vote.annotator)]
        return sum
          + log(vote.label == label ? accuracy : (1 - accuracy) / Double(labelCount - 1))
      }
    }
    let highest = logs.max() ?? 0
    let weights = logs.map { exp($0 - highest) }
    let total = weights.reduce(0, +)
    return zip(labels, weights).map { ($0, $1 / total) }
  }

  /// What the votes on one record add to the log-odds of each label that was voted for against a label that
  /// was not: Σ log(θ_a (K − 1)/(1 − θ_a)) over its voters. An annotator who is no better than chance adds
  /// nothing.
  package func scores(of votes: [Ballots.Vote]) -> [(label: Int32, score: Double)] {
    var scores: [(label: Int32, score: Double)] = []
    for vote in votes {
      let gain = Self.gain(accuracies[Int(vote.annotator)], labelCount: labelCount)
      if let place = scores.firstIndex(where: { $0.label == vote.label }) {
        scores[place].score += gain
      } else {
        scores.append((vote.label, gain))
      }
    }
    return scores
  }

  static func gain(_ accuracy: Double, labelCount: Int) -> Double {
    max(0, log(accuracy * Double(max(labelCount, 2) - 1) / (1 - accuracy)))
  }
}
