import Concurrency
package import Vectors

/// What all signals share, computed once: the graph serves any labels, and so does the spectrum.
package struct Evidence: Sendable {
  package let data: AnnotatedSet
  /// Nearest annotated records of every record; `Evidence.neighbourCount` each, or all there are.
  package let graph: NeighbourGraph
  package let spectrum: Spectrum
  /// Every record in the spectrum's axes, centred: `n × d`.
  package let projected: Matrix
  /// Neighbours in the whitened space, `Evidence.whitenedNeighbourCount` each.
  package let whitened: NeighbourGraph
  package let threads: Int

  package var targets: Targets { data.targets }

  /// METHODS: the widest neighbourhood signal looks at 50.
  package static let neighbourCount = 50
  /// METHODS: k = 30 in the whitened space.
  package static let whitenedNeighbourCount = 30
  /// Wider vectors are first mapped to this many dimensions: the factorisation is cubic, and a
  /// random projection keeps cosines to about 1/√1024.
  package static let widestFactorised = 1024

  /// Searches the neighbours of every record, and factorises the space.
  ///
  /// - Parameter search: finds neighbours; every exact search gives the same bytes.
  /// - Returns: nil where nothing is annotated, so that there is nothing to learn from.
  /// - Throws: what the search throws.
  /// - Complexity: O(n² d) for the search, O(n d² + d³) for the spectrum.
  package init?(of data: AnnotatedSet, search: any NeighbourSearch, threads: Int) throws {
    guard !data.targets.annotated.isEmpty, data.targets.labelCount > 0 else { return nil }
    self.data = data
    self.threads = threads
    graph = try Self.graph(
      over: data.vectors, targets: data.targets, k: Self.neighbourCount, search: search,
      threads: threads)
    let narrow =
      data.vectors.columns > Self.widestFactorised
      ? data.vectors.randomlyProjected(to: Self.widestFactorised, seed: 1, threads: threads)
      : data.vectors
    spectrum = Spectrum(of: narrow, rows: data.targets.annotated, threads: threads)
    projected = spectrum.project(narrow, threads: threads)
    whitened = try Self.graph(
      over: spectrum.whitened(projected), targets: data.targets, k: Self.whitenedNeighbourCount,
      search: search, threads: threads)
  }

  /// Neighbours of every record among the annotated ones.
  private static func graph(
    over vectors: Matrix, targets: Targets, k: Int, search: any NeighbourSearch, threads: Int
  ) throws -> NeighbourGraph {
    let annotated = targets.annotated
    guard annotated.count < targets.count else { return try search.neighbours(of: vectors, k: k) }
    // Records without a label are no one's evidence: they look, and are not looked at.
    var gathered = Matrix(rows: annotated.count, columns: vectors.columns)
    for (position, row) in annotated.enumerated() {
      gathered.storage.replaceSubrange(
        position * vectors.columns..<(position + 1) * vectors.columns,
        with: vectors.row(Int(row)))
    }
    let within = try search.neighbours(of: gathered, k: k)
    let others = (0..<Int32(targets.count)).filter { !targets.isAnnotated[Int($0)] }
    let (foundIndices, foundSimilarities) = nearestCandidates(
      of: others, among: annotated, in: vectors, k: within.k, threads: threads)
    var indices = [Int32](repeating: 0, count: targets.count * within.k)
    var similarities = [Float](repeating: 0, count: targets.count * within.k)
    for (position, row) in annotated.enumerated() {
      for slot in 0..<within.k {
        indices[Int(row) * within.k + slot] =
          annotated[Int(within.indices[position * within.k + slot])]
        similarities[Int(row) * within.k + slot] =
          within.similarities[position * within.k + slot]
      }
    }
    for (position, row) in others.enumerated() {
      for slot in 0..<within.k {
        indices[Int(row) * within.k + slot] = foundIndices[position * within.k + slot]
        similarities[Int(row) * within.k + slot] = foundSimilarities[position * within.k + slot]
      }
    }
    return NeighbourGraph(
      count: targets.count, k: within.k, indices: indices, similarities: similarities)
  }
}
