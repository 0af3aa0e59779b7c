import Foundation
import Concurrency

/// Naive Bayes over the distinct words and word pairs of a record, its own counts removed.
///
/// log p(f|l) = log((n_fl + .1)/(N_l + 5000)) is summed over the record's features and divided by
/// √(length + 1), and the log of the label's smoothed frequency is added. A softmax turns the scores
/// into probabilities, at the sharpness under which the given labels are likeliest. For multi-label,
/// each label has a logistic link of its own. docs/METHODS.md, section 1.
/// - Complexity: O(features × labels that share them) per record.
package struct LexicalSignal: Signal {
  package let name = "lexical"
  package let readsVectors = false

  /// Pseudo-count of every feature under every label; docs/METHODS.md, section 1.
  static let smoothing = 0.1
  /// Pseudo-total of every label; docs/METHODS.md, section 1.
  static let pseudoTotal = 5000.0
  /// The sharpnesses to choose from; docs/METHODS.md, section 1.
  static let sharpnesses = geometric(from: 0.05, to: 5, count: 24)

  package init() {}

  package func fitted(to evidence: Evidence) -> any FittedSignal {
    let targets = evidence.targets
    guard let words = evidence.data.words else { return PriorOnly(prior: targets.frequencies) }
    var fitted = Fitted(words: words, targets: targets)
    let sample = evenlySpread(targets.annotated, limit: RidgeSignal.selectionLimit)
    let unfitted = fitted
    // The scores are computed once, because only the sharpness varies.
    let scores = Cells<Float>(repeating: 0, count: sample.count * targets.labelCount)
    Parallel.chunks(of: sample.count, chunk: 64, threads: evidence.threads) { range in
      var block = LabelBlock(labelCount: targets.labelCount)
      for position in range {
        let row = Int(sample[position])
        unfitted.scores(row..<row + 1, into: &block)
        for label in 0..<targets.labelCount {
          scores[position * targets.labelCount + label] = block.values[label]
        }
      }
    }
    fitted.sharpness = likeliestSharpness(Self.sharpnesses, on: sample, of: evidence) {
      $2.reset(rows: 1)
      for label in 0..<targets.labelCount {
        $2.values[label] = scores[$0 * targets.labelCount + label]
      }
      unfitted.probabilities(of: &$2, sharpness: $1)
    }
    return fitted
  }

  /// Where records have no words, the probability of each label is its frequency.
  private struct PriorOnly: FittedSignal {
    let prior: [Double]
    func score(_ rows: Range<Int>, into block: inout LabelBlock) {
      block.reset(rows: rows.count)
      for index in block.values.indices {
        block.values[index] = Float(prior[index % block.labelCount])
      }
    }
  }

  private struct Fitted: FittedSignal {
    let words: WordFeatures
    let targets: Targets
    /// The labels of the records that have feature f: `labels[starts[f] ..< starts[f + 1]]`.
    let starts: [Int32]
    let labels: [Int32]
    /// How many records of each of `labels` have the feature.
    let counts: [Float]
    /// log((n + .1)/.1) of each of `counts`: how much more than a count of 0 it adds to the label's
    /// score.
    let gains: [Float]
    /// N_l: how many features the records of each label have in all.
    let totals: [Double]
    let recordsOfLabel: [Double]
    var sharpness: Float = 1

    init(words: WordFeatures, targets: Targets) {
      self.words = words
      self.targets = targets
      var totals = [Double](repeating: 0, count: targets.labelCount)
      var records = [Double](repeating: 0, count: targets.labelCount)
      // The records of each label, so that the labels of every feature come in order.
      var rowsOfLabel = [[Int32]](repeating: [], count: targets.labelCount)
      for row in targets.annotated {
        for label in targets.of(Int(row)) { rowsOfLabel[Int(label)].append(row) }
      }
      var starts = [Int32](repeating: 0, count: words.featureCount + 1)
      var last = [Int32](repeating: -1, count: words.featureCount)
      for label in 0..<Int32(targets.labelCount) {
        for row in rowsOfLabel[Int(label)] {
          let own = words.of(Int(row))
          totals[Int(label)] += Double(own.count)
          records[Int(label)] += 1
          for feature in own where last[Int(feature)] != label {
            last[Int(feature)] = label
            starts[Int(feature) + 1] += 1
          }
        }
      }
      for feature in 0..<words.featureCount { starts[feature + 1] += starts[feature] }
      var next = starts
      var labels = [Int32](repeating: -1, count: Int(starts[words.featureCount]))
      var counts = [Float](repeating: 0, count: labels.count)
      for label in 0..<Int32(targets.labelCount) {
        for row in rowsOfLabel[Int(label)] {
          for feature in words.of(Int(row)) {
            let end = Int(next[Int(feature)])
            // Whether the feature's last entry is of this label.
            let isCounted = end > Int(starts[Int(feature)]) && labels[end - 1] == label
            counts[isCounted ? end - 1 : end] += 1
            guard !isCounted else { continue }
            labels[end] = label
            next[Int(feature)] += 1
          }
        }
      }
      self.starts = starts
      self.labels = labels
      self.counts = counts
      gains = counts.map { logf(($0 + Float(smoothing)) / Float(smoothing)) }
      self.totals = totals
      recordsOfLabel = records
    }

    /// Log of the joint probability of features and label, the features' part scaled by their number
    /// and the record's own counts removed; up to a number that is the same for all labels.
    func scores(_ rows: Range<Int>, into block: inout LabelBlock) {
      block.reset(rows: rows.count)
      let labelCount = block.labelCount
      let annotated = Double(targets.annotated.count)
      for row in rows {
        let out = (row - rows.lowerBound) * labelCount
        let own = targets.of(row)
        let features = words.of(row)
        let length = Double(features.count)
        for feature in features {
          for posting in Int(starts[Int(feature)])..<Int(starts[Int(feature) + 1]) {
            let label = labels[posting]
            block.values[out + Int(label)] +=
              own.contains(label)
              ? logf(
                (counts[posting] - 1 + Float(LexicalSignal.smoothing))
                  / Float(LexicalSignal.smoothing))
              : gains[posting]
          }
        }
        let scale = 1 / (length + 1).squareRoot()
        for label in 0..<labelCount {
          let isOwn = own.contains(Int32(label))
          let total = totals[label] - (isOwn ? length : 0)
          let records = recordsOfLabel[label] - (isOwn ? 1 : 0)
          let features =
            Double(block.values[out + label]) - length * log(total + LexicalSignal.pseudoTotal)
          block.values[out + label] = Float(
            log((records + 1) / (annotated - 1 + Double(labelCount))) + features * scale)
        }
      }
    }

    /// Turns the scores of `block` into probabilities.
    func probabilities(of block: inout LabelBlock, sharpness: Float) {
      guard targets.isMultiLabel else { return block.softmax(sharpness: sharpness) }
      // Compares each label with the mean of the others, a fast approximation of its absence.
      for row in 0..<block.rows {
        let start = row * block.labelCount
        var sum: Float = 0
        for index in start..<start + block.labelCount { sum += block.values[index] }
        for label in 0..<block.labelCount {
          let value = block.values[start + label]
          let others = block.labelCount > 1 ? (sum - value) / Float(block.labelCount - 1) : value
          let base = Float(min(max(targets.frequencies[label], 1e-5), 1 - 1e-5))
          let logOdds = logf(base / (1 - base)) + sharpness * (value - others)
          block.values[start + label] = 1 / (1 + expf(-logOdds))
        }
      }
    }

    func score(_ rows: Range<Int>, into block: inout LabelBlock) {
      scores(rows, into: &block)
      probabilities(of: &block, sharpness: sharpness)
    }
  }
}
