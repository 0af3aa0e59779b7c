package import Vectors

/// The data value of each record: how much its given label helps to predict its neighbours' labels.
/// Results call it `utility`.
///
/// Every annotated record t is in turn the test point. The voters on its label are the N records in
/// its neighbour list: the 50 nearest annotated records, or all others where there are fewer. t
/// itself is left out; its exact duplicates and trusted records vote like all others. The worth of a
/// set S of voters is the mean agreement of its K nearest members with t:
/// v_t(S) = (1/K) Σ_{j among the min(K, |S|) nearest of S} a_tj, K = min(10, N),
/// a_tj = the Jaccard index of the given labels of j and t, which for single labels is
/// 1[y_j = y_t]. The Shapley value s_tj of voter j is its mean marginal contribution over all orders
/// in which the voters may arrive. It has a closed form, and *data value_j = Σ_t s_tj* over the lists
/// that j is in. Unit: predictions. Higher is better; a record below 0 makes predictions worse.
///
/// Because Shapley values are additive and efficient:
/// - The data values of a file sum to Σ_t v_t(all), so their *mean* is the share, 0…1, of the K
///   nearest that agree with a record. Where all neighbours agree, a record has a data value of 1 on
///   average, in a file of any size.
/// - One list contributes 1/N − 1/max(K, j) … 1/max(K, j) to its j-th nearest. So a record in L lists
///   has a data value from −L·(1/K − 1/N) to L/K: from −0.08·L to 0.1·L for N = 50.
/// - A record has a data value of 0 if it is in no list, or helps as much as it harms. With N ≤ K
///   every voter counts, s_tj = a_tj/N, and no data value is below 0.
///
/// Source: Jia et al., "Efficient Task-Specific Data Valuation for Nearest Neighbor Algorithms",
/// PVLDB 12(11), 2019, theorem 1 (values) and theorem 2 (truncation to K* = max(K, ⌈1/ε⌉) neighbours;
/// here K* = N = 50, ε = .02). If all n − 1 others voted, every value in a list would be lower by the
/// same Σ_{i>N} a_ti (1/(i−1) − 1/i) < 1/N, so order and differences within a list are exact. The
/// records beyond the list would have at most 1/(N + 1) in size. docs/METHODS.md, section 3.
package enum NeighbourShapley {
  /// K: few enough that one label can still change a prediction.
  package static let voters = 10

  /// The data value of every record, in predictions; nil where no label was given.
  ///
  /// - Parameter graph: lists annotated records only, as `Evidence.graph` does.
  /// - Complexity: O(n k), times the length of the lists of labels. It is one pass in record order on
  ///   one thread, so the number of threads cannot change the sums.
  package static func values(of targets: Targets, in graph: NeighbourGraph) -> [Double?] {
    precondition(targets.count == graph.count)
    var dataValues = [Double](repeating: 0, count: targets.count)
    var list = [Double](repeating: 0, count: graph.k)
    let voterCount = min(voters, graph.k)
    for row in targets.annotated.map(Int.init) where graph.k > 0 {
      let first = row * graph.k
      for place in 0..<graph.k {
        list[place] = agreement(of: row, with: Int(graph.indices[first + place]), in: targets)
      }
      replaceByValues(&list, voters: voterCount)
      for place in 0..<graph.k { dataValues[Int(graph.indices[first + place])] += list[place] }
    }
    return zip(dataValues, targets.isAnnotated).map { $1 ? $0 : nil }
  }

  /// Replaces the agreements of one list by the voters' Shapley values.
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

  /// The Jaccard index of two records' labels, 0…1: the labels of both over the labels of either; 1
  /// where neither has any.
  ///
  /// It is the mean, over the labels of either, of the indicator that both have it.
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
