import Vectors

/// Which records are duplicates of trusted ones.
enum TrustedDuplicates {
  /// From this cosine on, two records say the same: the same text but for case, spacing or a full
  /// stop. Rewordings lie below.
  static let leastSimilarity: Float = 0.99

  /// For every record that is not trusted: the trusted record that it is a duplicate of, if its
  /// trusted duplicates agree on one label. Texts that were cut are nobody's duplicates: they may
  /// differ in what was cut off.
  static func found(in data: AnnotatedSet, graph: NeighbourGraph) -> [Int: Int] {
    guard data.trusted.contains(true), !data.targets.isMultiLabel else { return [:] }
    var duplicates: [Int: Int] = [:]
    for row in 0..<graph.count where !data.trusted[row] && !data.truncated[row] {
      var source: Int?
      var isUnanimous = true
      for slot in row * graph.k..<(row + 1) * graph.k {
        guard graph.similarities[slot] >= leastSimilarity else { break }
        let neighbour = Int(graph.indices[slot])
        guard data.trusted[neighbour], !data.truncated[neighbour] else { continue }
        if let source, data.targets.single(source) != data.targets.single(neighbour) {
          isUnanimous = false
        }
        source = source ?? neighbour
      }
      if isUnanimous, let source { duplicates[row] = source }
    }
    return duplicates
  }
}
