package import Vectors
import Concurrency

/// Utility: how much each record's given label helps to predict its neighbours' labels.
///
/// Every annotated record t is in turn the test point. Those who may vote on its label are the N
/// records in its neighbour list (itself left out, exact duplicates and trusted records in it like
/// all others, N = 50 or all the others there are), and a set S of them predicts as well as its K
/// nearest agree with t:
/// v_t(S) = (1/K) Σ_{j among the min(K, |S|) nearest of S} a_tj, K = min(10, N),
/// a_tj = the Jaccard index of the given labels of j and t, which for single labels is
/// 1[y_j = y_t]. The Shapley value s_tj of voter j, its mean marginal contribution over all orders in
/// which the voters may arrive, has a closed form, and *utility_j = Σ_t s_tj* over the lists that j
/// is in. Unit: predictions. Higher is better; negative does harm.
///
/// Because Shapley values are additive and efficient,
/// - the utilities of a file sum to Σ_t v_t(all): their *mean* is the share, 0…1, of the K nearest
///   that agree with a record. So 1 is what a record contributes on average where all neighbours
///   agree, in any file of any size;
/// - one list contributes 1/N − 1/max(K, j) … 1/max(K, j) to its j-th nearest, so a record in L
///   lists has a utility from −L·(1/K − 1/N) to L/K: from −0.08·L to 0.1·L for N ≥ 50;
/// - 0 is a record that is nobody's neighbour, or helps as much as it harms. With N ≤ K all voters
///   vote, s_tj = a_tj/N, and nothing is harmful.
///
/// Source: Jia et al., "Efficient Task-Specific Data Valuation for Nearest Neighbor Algorithms",
/// PVLDB 12(11), 2019, theorem 1 (values) and theorem 2 (truncation to K* = max(K, ⌈1/ε⌉) neighbours;
/// here K* = N = 50, ε = .02). Had all n − 1 others a vote, every value in a list would be lower by
/// the same Σ_{i>N} a_ti (1/(i−1) − 1/i) < 1/N, so order and differences within a list are exact, and
/// those beyond it would have at most 1/(N + 1) either way.
package enum NeighbourShapley {
  /// K: as many as `knn10` asks, the narrowest signal, so that one label can still turn a prediction.
  package static let voters = 10

  /// The utility of every record, in predictions; nil where no label was given.
  ///
  /// - Parameter graph: lists annotated records only, as `Evidence.graph` does.
  /// - Complexity: O(n k), times the length of the lists of labels; one pass in record order, so the
  ///   number of threads has no part in it.
  package static func values(of targets: Targets, in graph: NeighbourGraph) -> [Double?] {
    precondition(targets.count == graph.count)
    var utilities = [Double](repeating: 0, count: targets.count)
    var list = [Double](repeating: 0, count: graph.k)
    let consulted = min(voters, graph.k)
    for row in targets.annotated.map(Int.init) where graph.k > 0 {
      let first = row * graph.k
      for place in 0..<graph.k {
        list[place] = agreement(of: row, with: Int(graph.indices[first + place]), in: targets)
      }
      replaceByValues(&list, voters: consulted)
      for place in 0..<graph.k { utilities[Int(graph.indices[first + place])] += list[place] }
    }
    return zip(utilities, targets.isAnnotated).map { $1 ? $0 : nil }
  }

  /// Turns agreements into Shapley values.
  ///
  /// With j counted from 1 at the nearest and a_{N+1} = s_{N+1} = 0:
  /// s_j = s_{j+1} + (a_j − a_{j+1})/K · min(K, j)/j.
  /// They sum to v(all), the sum of the first K agreements over K.
  /// - Parameters:
  ///   - list: agreements, 0…1, of the nearest first; becomes the values, from
  ///     1/max(K, N) − 1/max(K, j) to 1/max(K, j).
  ///   - voters: K, at least 1; may exceed N.
  /// - Complexity: O(N).
  package static func replaceByValues(_ list: inout [Double], voters: Int) {
    precondition(voters > 0)
    var fartherAgreement = 0.0
    var value = 0.0
    for place in list.indices.reversed() {
      // min(K, j)/(K j) = 1/max(K, j)
      value += (list[place] - fartherAgreement) / Double(max(voters, place + 1))
      fartherAgreement = list[place]
      list[place] = value
    }
  }

  /// Labels in common over labels in all, 0…1; 1 where neither has any.
  ///
  /// That is the mean, over the labels of either, of the indicator that both have it.
  private static func agreement(of row: Int, with other: Int, in targets: Targets) -> Double {
    let (own, others) = (targets.of(row), targets.of(other))
    guard targets.isMultiLabel else { return own.first == others.first ? 1 : 0 }
    guard !own.isEmpty || !others.isEmpty else { return 1 }
    var common = 0
    var (left, right) = (own.startIndex, others.startIndex)
    while left < own.endIndex, right < others.endIndex {
      if own[left] == others[right] {
        common += 1
        left += 1
        right += 1
      } else if own[left] < others[right] {
        left += 1
      } else {
        right += 1
      }
    }
    return Double(common) / Double(own.count + others.count - common)
  }
}
