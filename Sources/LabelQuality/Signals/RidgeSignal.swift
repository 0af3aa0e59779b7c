import Foundation
import Vectors
import Concurrency

/// Ridge regression onto the labels, with the exact leave-one-out prediction of every record.
///
/// F = Ȳ + U·diag(w/(w+λ))·UᵀY, h_i = Σ u²·w/(w+λ) + 1/n, L = (F − hY)/(1 − h);
/// docs/METHODS.md, section 1. With Z = U·√w, the records in the axes of the scatter, this is
/// F = Ȳ + Z·diag(1/(w+λ))·ZᵀY and h_i = Σ z²/(w+λ) + 1/n, which needs no division by a small w.
/// λ is the one with the least leave-one-out squared error. p = softmax(βL), with the β under which
/// the given labels are likeliest. For multi-label, p = σ(logit π + β(L − π)) instead.
/// - Complexity: O(n d K) for each λ.
package struct RidgeSignal: Signal {
  package let name: String
  /// The space of the records.
  package let space: Space
  package var readsVectors: Bool { space != .spelling }

  /// A space in which records have coordinates.
  package enum Space: Sendable {
    /// The vectors.
    case vectors
    /// The coordinates of the texts' spelling.
    case spelling
    /// Both.
    case joint
  }

  /// λ: the penalties to choose from, for eigenvalues that sum to about n.
  package let penalties: [Double]
  /// β: the sharpnesses of the softmax to choose from.
  package let sharpnesses: [Double]
  /// λ and β are chosen on at most this many records, evenly spread. The error hardly changes near
  /// the best λ and β, and every λ costs a pass over all labels.
  static let selectionLimit = 8192

  /// - Parameters:
  ///   - space: one with spelling only where `Evidence.spelling` is not nil.
  ///   - penalties: nil for those of docs/METHODS.md, section 1.
  ///   - sharpnesses: ascending; nil for those of docs/METHODS.md, section 1.
  package init(
    name: String = "ridge", in space: Space = .vectors, penalties: [Double]? = nil,
    sharpnesses: [Double]? = nil
  ) {
    self.name = name
    self.space = space
    self.penalties = penalties ?? geometric(from: 0.1, to: 100, count: 7)
    self.sharpnesses = sharpnesses ?? geometric(from: 1, to: 60, count: 22)
  }

  package func fitted(to evidence: Evidence) -> any FittedSignal {
    let targets = readsVectors ? evidence.visible : evidence.targets
    let (spectrum, projected) = place(in: evidence)
    let dimension = projected.columns
    let labelCount = targets.labelCount

    // ZᵀY: for every label, the sum of its records.
    var sums = [Double](repeating: 0, count: labelCount * dimension)
    projected.forEachBlock(threads: evidence.threads) { rows, values in
      for row in rows where targets.isAnnotated[row] {
        let source = (row - rows.lowerBound) * dimension
        for label in targets.of(row) {
          let out = Int(label) * dimension
          for column in 0..<dimension { sums[out + column] += Double(values[source + column]) }
        }
      }
    }
    let labelSums = Matrix(
      rows: labelCount, columns: dimension, storage: sums.map(Float.init))

    func fit(_ penalty: Double) -> Fitted {
      var weighted = labelSums
      var leverageWeights = [Float](repeating: 0, count: dimension)
      for column in 0..<dimension {
        let factor = Float(1 / (spectrum.values[column] + penalty))
        leverageWeights[column] = factor
        for label in 0..<labelCount { weighted.storage[label * dimension + column] *= factor }
      }
      return Fitted(
        projected: projected, coefficients: weighted, leverageWeights: leverageWeights,
        targets: targets, prior: targets.frequencies.map(Float.init), sharpness: 1)
    }

    let sample = evenlySpread(targets.annotated, limit: Self.selectionLimit)
    let sampled = projected.gathered(sample)
    var best = fit(penalties[penalties.count / 2])
    var bestError = Double.infinity
    for penalty in penalties {
      let candidate = fit(penalty)
      let error = Parallel.sum(over: sample.count, chunk: 64, threads: evidence.threads) { range in
        var block = LabelBlock(labelCount: labelCount)
        candidate.predict(sample[range], at: Self.rows(range, of: sampled), into: &block)
        var error = 0.0
        for position in range {
          let start = (position - range.lowerBound) * labelCount
          var own = 0.0
          for value in block.values[start..<start + labelCount] {
            own += Double(value) * Double(value)
          }
          for label in targets.of(Int(sample[position])) {
            // (L − 1)² in place of L².
            own += 1 - 2 * Double(block.values[start + Int(label)])
          }
          error += own
        }
        return error
      }
      if error < bestError {
        bestError = error
        best = candidate
      }
    }
    let chosen = best
    // The predictions are computed once, because only the sharpness varies.
    let predictions = Cells<Float>(repeating: 0, count: sample.count * labelCount)
    Parallel.chunks(of: sample.count, chunk: 64, threads: evidence.threads) { range in
      var block = LabelBlock(labelCount: labelCount)
      chosen.predict(sample[range], at: Self.rows(range, of: sampled), into: &block)
      _ = predictions.slice(range.lowerBound * labelCount..<range.upperBound * labelCount)
        .update(fromContentsOf: block.values)
    }
    best.sharpness = likeliestSharpness(sharpnesses, on: sample, of: evidence) {
      $2.reset(rows: 1)
      for label in 0..<labelCount { $2.values[label] = predictions[$0 * labelCount + label] }
      chosen.probabilities(of: &$2, sharpness: $1)
    }
    return best
  }

  private static func rows(_ range: Range<Int>, of matrix: Matrix) -> [Float] {
    var rows: [Float] = []
    matrix.read(range, into: &rows)
    return rows
  }

  private func place(in evidence: Evidence) -> (Spectrum, any VectorRows) {
    switch (space, evidence.spelling) {
    case (.spelling, let spelling?): (spelling.latent.spectrum, spelling.latent.projected)
    case (.joint, let spelling?): (spelling.joint.spectrum, spelling.joint.projected)
    default: (evidence.spectrum, evidence.projected)
    }
  }

  private struct Fitted: FittedSignal {
    let projected: any VectorRows
    let coefficients: Matrix
    let leverageWeights: [Float]
    let targets: Targets
    let prior: [Float]
    var sharpness: Float

    /// Leave-one-out predictions L of some records: near 1 for the likeliest label and near 0 for others.
    ///
    /// - Parameter places: where these records lie, one after the other.
    func predict(_ numbers: ArraySlice<Int32>, at places: [Float], into block: inout LabelBlock) {
      block.reset(rows: numbers.count)
      let labelCount = block.labelCount
      let dimension = projected.columns
      multiply(places, by: coefficients, into: &block.values)
      let share = 1 / Float(max(targets.annotated.count, 1))
      for (place, row) in numbers.map(Int.init).enumerated() {
        let out = place * labelCount
        for label in 0..<labelCount { block.values[out + label] += prior[label] }
        guard targets.isAnnotated[row] else { continue }
        var leverage = share
        for column in 0..<dimension {
          let value = places[place * dimension + column]
          leverage += value * value * leverageWeights[column]
        }
        // A leverage near 1 means that the record determines its own prediction, and the leave-one-out
        // prediction would be a division by nearly 0.
        let rest = max(1 - leverage, 1e-3)
        for label in targets.of(row) { block.values[out + Int(label)] -= leverage }
        for label in 0..<labelCount { block.values[out + label] /= rest }
      }
    }

    /// Turns the predictions of `block` into probabilities.
    func probabilities(of block: inout LabelBlock, sharpness: Float) {
      if targets.isMultiLabel {
        for index in block.values.indices {
          block.values[index] -= LabelBlock.clippedPrior(prior[index % block.labelCount])
        }
        block.logistic(prior: prior, sharpness: sharpness)
      } else {
        block.softmax(sharpness: sharpness)
      }
    }

    func score(_ rows: Range<Int>, into block: inout LabelBlock) {
      var places: [Float] = []
      projected.read(rows, into: &places)
      predict(
        Array(Int32(rows.lowerBound)..<Int32(rows.upperBound))[...], at: places, into: &block)
      probabilities(of: &block, sharpness: sharpness)
    }
  }
}
