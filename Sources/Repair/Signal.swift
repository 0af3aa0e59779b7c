package import Vectors

/// One view of which label a record should have.
///
/// A signal is one file; `Signals.standard` is the one place that lists them.
package protocol Signal: Sendable {
  /// The key under `evidence.signals` in the output.
  var name: String { get }
  /// Learns what it needs from the given labels.
  func fitted(to evidence: Evidence) -> any FittedSignal
}

/// A signal that has seen the dataset.
package protocol FittedSignal: Sendable {
  /// Fills `block` with p(label | record), 0…1, for the records `rows`.
  ///
  /// The probabilities of a record have never seen its own label: it is left out of every sum.
  /// They sum to 1 over the labels, but for multi-label, where each stands alone.
  func score(_ rows: Range<Int>, into block: inout LabelBlock)
}

/// Probabilities of every label for a few records, row by row.
package struct LabelBlock: Sendable {
  package let labelCount: Int
  package private(set) var rows: Int
  /// `rows × labelCount` numbers.
  package var values: [Float]

  package init(labelCount: Int) {
    self.labelCount = labelCount
    rows = 0
    values = []
  }

  /// Makes room for `rows` records; what was in it is overwritten by `value`.
  package mutating func reset(rows: Int, to value: Float = 0) {
    self.rows = rows
    let count = rows * labelCount
    if values.count == count {
      for index in 0..<count { values[index] = value }
    } else {
      values = [Float](repeating: value, count: count)
    }
  }
}

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

  package init(data: AnnotatedSet, search: any NeighbourSearch, threads: Int) throws {
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
