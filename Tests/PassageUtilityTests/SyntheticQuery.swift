import Concurrency
import Foundation

@testable import PassageUtility

/// A query whose labels are drawn from its scores.
struct SyntheticQuery {
  var text = "query"
  var values: [Double]
  var labels: [Bool]

  init(_ generator: inout SplitMix64, passages: Int = 6, truth: Calibration) {
    let level = Double.random(in: 0...2, using: &generator)
    values = (0..<passages).map { _ in level + Double.random(in: -2...4, using: &generator) }
    let mean = values.reduce(0, +) / Double(passages)
    labels = values.map {
      Double.random(in: 0..<1, using: &generator) < truth.probability($0, mean: mean)
    }
  }

  func labelled(_ label: (Int) -> Bool) -> Self {
    var copy = self
    copy.labels = labels.indices.map(label)
    return copy
  }

  func scored(_ score: (Int) -> Double) -> Self {
    var copy = self
    copy.values = values.indices.map(score)
    return copy
  }

  func named(_ text: String) -> Self {
    var copy = self
    copy.text = text
    return copy
  }

  func scores(isTrusted: Bool = false) -> LabelledScores {
    LabelledScores(
      scores: values, mean: values.reduce(0, +) / Double(values.count), labels: labels,
      isTrusted: isTrusted)
  }

  /// The scores with some labels flipped.
  ///
  /// - Parameter shares: how often the label of a useful and of a useless passage is flipped, 0…1.
  func scores(
    flipping shares: (useful: Double, useless: Double), _ generator: inout SplitMix64
  ) -> LabelledScores {
    labelled { index in
      let share = labels[index] ? shares.useful : shares.useless
      return labels[index] != (Double.random(in: 0..<1, using: &generator) < share)
    }.scores()
  }

  var candidates: CandidateQuery {
    CandidateQuery(
      text: text, passages: values.indices.map { "passage \($0) of \(text)" },
      isLabelledUseful: labels)
  }

  var unlabelledCandidates: CandidateQuery {
    CandidateQuery(text: text, passages: candidates.passages)
  }
}
