import Foundation
import Vectors

/// The share of each label among the nearest records, weighted by similarity.
///
/// w_ij = exp((s_ij − s_i1)/0.1), p = (Σ_j w_ij·[y_j = l] + π_l) / (Σ_j w_ij + 1): `knn50`, `wknn`
/// and `joint50` of docs/METHODS.md, section 1.
/// - Complexity: O(k + K) per record.
package struct NeighbourhoodSignal: Signal {
  package let name: String
  package let readsVectors = true
  package let countsNeighbours = true
  /// How many neighbours count, or all there are in the graph.
  package let k: Int
  package let space: Space

  /// Where neighbours are searched.
  package enum Space: Sendable {
    case vectors
    /// The whitened vectors.
    case whitened
    /// Vectors and spelling together; only where `Evidence.spelling` is not nil.
    case joint
  }

  /// A neighbour's weight falls by a factor e where its similarity falls by this;
  /// docs/METHODS.md, section 1.
  static let bandwidth: Float = 0.1

  package init(name: String, k: Int, in space: Space = .vectors) {
    self.name = name
    self.k = k
    self.space = space
  }

  package func fitted(to evidence: Evidence) -> any FittedSignal {
    Fitted(
      graph: graph(in: evidence), k: k, targets: evidence.visible,
      prior: evidence.visible.frequencies.map(Float.init))
  }

  private func graph(in evidence: Evidence) -> NeighbourGraph {
    switch space {
    case .vectors: evidence.graph
    case .whitened: evidence.whitened
    case .joint: evidence.spelling?.graph ?? evidence.graph
    }
  }

  private struct Fitted: FittedSignal {
    let graph: NeighbourGraph
    let k: Int
    let targets: Targets
    let prior: [Float]

    func score(_ rows: Range<Int>, into block: inout LabelBlock) {
      block.reset(rows: rows.count)
      let labelCount = block.labelCount
      let reach = min(k, graph.k)
      for row in rows {
        let out = (row - rows.lowerBound) * labelCount
        let first = row * graph.k
        var total: Float = 1
        for slot in first..<first + reach {
          let weight = expf(
            (graph.similarities[slot] - graph.similarities[first])
              / NeighbourhoodSignal.bandwidth)
          total += weight
          for label in targets.of(Int(graph.indices[slot])) {
            block.values[out + Int(label)] += weight
          }
        }
        for label in 0..<labelCount {
          block.values[out + label] = (block.values[out + label] + prior[label]) / total
        }
      }
    }
  }
}
