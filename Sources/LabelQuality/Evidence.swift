package import Vectors

/// What all signals need, computed once: neighbour graphs and the spectrum of the vectors.
///
/// They depend on which records are annotated, and not on the labels.
package struct Evidence: Sendable {
  package let data: AnnotatedSet
  /// The nearest annotated and legible records of every record: `neighbourCount` each, or all there are.
  package let graph: NeighbourGraph
  /// Whether each record is far from all others, so that its neighbours say little about it.
  package let isOutlier: [Bool]
  /// Of the annotated and legible records.
  package let spectrum: Spectrum
  /// Every record in the spectrum's axes, centred: `n × d`.
  package let projected: any VectorRows
  /// The nearest annotated records in the whitened space: `whitenedNeighbourCount` each, or all there
  /// are.
  package let whitened: NeighbourGraph
  /// The spelling of the texts as coordinates, and joined with the vectors; nil without texts.
  package let spelling: SpellingEvidence?
  package let threads: Int

  /// The least recall of the graphs; nil where all were searched exactly.
  package var searchRecall: Double? {
    [graph.recall, whitened.recall, spelling?.graph.recall].compactMap(\.self).min()
  }

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
    isOutlier = Outliers.found(in: graph, of: data.vectors, among: data.visible)
    let narrow = Self.narrowed(data.vectors, threads: threads)
    // Where no record is legible, no signal uses the spectrum.
    let rows = data.visible.annotated.isEmpty ? data.targets.annotated : data.visible.annotated
    spectrum = Spectrum(of: narrow, rows: rows, threads: threads)
    let isLarge = narrow.rows > Self.largestInMemory
    if isLarge {
      let rotated = ProjectedRows(narrow, in: spectrum)
      projected = rotated
      // The search reads each row many times, so here the rows are worth their memory.
      whitened = try Self.graph(
        over: HalfMatrix(rotated.whitened(threads: threads), threads: threads),
        targets: data.visible, k: Self.whitenedNeighbourCount, search: search, threads: threads)
    } else {
      let rotated = spectrum.project(narrow.matrix, threads: threads)
      projected = rotated
      whitened = try Self.graph(
        over: spectrum.whitened(rotated), targets: data.visible, k: Self.whitenedNeighbourCount,
        search: search, threads: threads)
    }
    let components = projected
    spelling = try data.spelling.flatMap { spelling in
      try SpellingEvidence(
        spelling, vectors: data.vectors, projected: components, targets: data.targets,
        visible: data.visible, search: search, threads: threads)
    }
  }

  /// Up to so many records, what is computed from the vectors is kept; above, it is computed when it is
  /// read, and vectors are kept in half precision. So a million records fit into a few gigabytes.
  package static let largestInMemory = InvertedListSearch.largestExact

  /// The vectors, with no more than `widestFactorised` numbers each.
  private static func narrowed(_ vectors: any VectorRows, threads: Int) -> any VectorRows {
    guard vectors.columns > widestFactorised else { return vectors }
    if let half = vectors as? HalfMatrix {
      return half.randomlyProjected(to: widestFactorised, seed: 1, threads: threads)
    }
    return vectors.matrix.randomlyProjected(to: widestFactorised, seed: 1, threads: threads)
  }

  /// The nearest annotated records of every record. Records without a label have neighbours, but are
  /// neighbours of no record.
  static func graph(
    over vectors: any VectorRows, targets: Targets, k: Int, search: any NeighbourSearch,
    threads: Int
  ) throws -> NeighbourGraph {
    guard !targets.annotated.isEmpty else {
      return NeighbourGraph(count: targets.count, k: 0, indices: [], similarities: [])
    }
    return try search.neighbours(of: vectors, among: targets.annotated, k: k, threads: threads)
  }
}
