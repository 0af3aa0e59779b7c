import Foundation
import Vectors

/// How plausible a language model finds each label's name after the text.
///
/// p = softmax(β(s − s̄)) over the labels. s is the mean log-likelihood per token of the label's words
/// after the text, less the same after no text, so that common words have no advantage. β maximises
/// the likelihood of the given labels, so a language model without information about the labels
/// leaves the probabilities nearly equal. For multi-label, p = σ(logit π + β(s − s̄)).
/// docs/METHODS.md, section 4.
/// - Complexity: O(n K) for each β.
struct PlausibilitySignal: Signal {
  let name = "label_plausibility"
  let readsVectors = false

  /// The β to choose from. Scores of a record differ by a few nats; the smallest β makes the signal
  /// almost without effect.
  static let sharpnesses = geometric(from: 0.01, to: 10, count: 22)

  /// `n × labelCount`, in nats per token; higher is more plausible.
  let scores: Matrix

  func fitted(to evidence: Evidence) -> any FittedSignal {
    let targets = evidence.targets
    let sample = evenlySpread(targets.annotated, limit: RidgeSignal.selectionLimit)
    let prior = targets.frequencies.map(Float.init)
    var fitted = Fitted(
      scores: scores, prior: prior, isMultiLabel: targets.isMultiLabel, sharpness: 1)
    let unfitted = fitted
    fitted.sharpness = likeliestSharpness(Self.sharpnesses, on: sample, of: evidence) {
      var candidate = unfitted
      candidate.sharpness = $1
      let row = Int(sample[$0])
      candidate.score(row..<row + 1, into: &$2)
    }
    return fitted
  }

  private struct Fitted: FittedSignal {
    let scores: Matrix
    let prior: [Float]
    let isMultiLabel: Bool
    var sharpness: Float

    func score(_ rows: Range<Int>, into block: inout LabelBlock) {
      block.reset(rows: rows.count)
      let labelCount = block.labelCount
      for row in rows {
        let out = (row - rows.lowerBound) * labelCount
        let mean = scores.row(row).reduce(0, +) / Float(labelCount)
        for label in 0..<labelCount {
          block.values[out + label] = scores[row, label] - mean
        }
      }
      if isMultiLabel {
        block.logistic(prior: prior, sharpness: sharpness)
      } else {
        block.softmax(sharpness: sharpness)
      }
    }
  }
}
