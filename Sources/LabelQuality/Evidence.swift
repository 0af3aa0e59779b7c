package import Vectors

/// What all signals need, computed once: neighbour graphs and the spectrum of the vectors.
///
/// They depend on which records are annotated, and not on the labels.
package struct Evidence: Sendable {
  package let data: AnnotatedSet
  /// The nearest annotated and legible records of every record: `neighbourCount` each, or all there are.
  package let graph: NeighbourGraph
  /// Of the annotated and legible records.
  package let spectrum: Spectrum
  /// Every record in the spectrum's axes, centred: `n × d`.
  package let projected: Matrix
  /// The nearest annotated records in the whitened space: `whitenedNeighbourCount` each, or all there
  /// are.
  package let whitened: NeighbourGraph
  /// The spelling of the texts as coordinates, and joined with the vectors; nil without texts.
  package let spelling: SpellingEvidence?
  package let threads: Int

  package var targets: Targets { data.targets }
  /// The labels that the signals which read vectors learn from.
  package var visible: Targets { data.visible }

  /// The most neighbours that a signal uses: `knn50`; docs/METHODS.md, section 1.
  package static let neighbourCount = 50
  /// k of `wknn`; docs/METHODS.md, section 1.
  package static let whitenedNeighbourCount = 30
  /// Vectors with more dimensions are first mapped to this many, because factorisation takes cubic
  /// time. A random projection keeps cosines to about 1/√1024. docs/METHODS.md, section 5.
  package static let widestFactorised = 1024

  /// Searches the neighbours of every record and factorises the scatter of the annotated ones.
  ///
  /// - Parameter search: finds neighbours; every exact search gives the same bytes.
  /// - Returns: nil where no record is annotated or there is no label, so no signal can learn.
  /// - Throws: what the search throws.
  /// - Complexity: O(n² d) for the search, O(n d² + d³) for the spectrum.
  package init?(of data: AnnotatedSet, search: any NeighbourSearch, threads: Int) throws {
    guard !data.targets.annotated.isEmpty, data.targets.labelCount > 0 else { return nil }
    self.data = data
    self.threads = threads
    graph = try Self.graph(
      over: data.vectors, targets: data.visible, k: Self.neighbourCount, search: search,
      threads: threads)
    let narrow =
      data.vectors.columns > Self.widestFactorised
      ? data.vectors.randomlyProjected(to: Self.widestFactorised, seed: 1, threads: threads)
      : data.vectors
    // Where no record is legible, no signal uses the spectrum.
    let rows = data.visible.annotated.isEmpty ? data.targets.annotated : data.visible.annotated
    spectrum = Spectrum(of: narrow, rows: rows, threads: threads)
    projected = spectrum.project(narrow, threads: threads)
    whitened = try Self.graph(
      over: spectrum.whitened(projected), targets: data.visible, k: Self.whitenedNeighbourCount,
      search: search, threads: threads)
    let components = projected
    spelling = try data.spelling.flatMap { spelling in
      try SpellingEvidence(
        spelling, vectors: data.vectors, projected: components, targets: data.targets,
        visible: data.visible, search: search, threads: threads)
    }
  }

  /// The nearest annotated records of every record.
  static func graph(
    over vectors: Matrix, targets: Targets, k: Int, search: any NeighbourSearch, threads: Int
  ) throws -> NeighbourGraph {
    let annotated = targets.annotated
    guard !annotated.isEmpty else {
      return NeighbourGraph(count: targets.count, k: 0, indices: [], similarities: [])
    }
    guard annotated.count < targets.count else { return try search.neighbours(of: vectors, k: k) }
    // Records without a label have neighbours, but are neighbours of no record.
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
