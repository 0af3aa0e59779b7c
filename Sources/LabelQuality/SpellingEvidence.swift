package import Vectors

/// What signals need of the spelling of the texts, computed once.
///
/// The vectors of an encoder say what a text means; which words it is made of, and how they are spelt,
/// says more where labels are many and near, or the encoder does not know the language.
package struct SpellingEvidence: Sendable {
  /// A space in which a ridge regression can be fitted.
  package struct Space: Sendable {
    /// Of the annotated records.
    package let spectrum: Spectrum
    /// Every record in the spectrum's axes, centred.
    package let projected: any VectorRows

    init(_ vectors: any VectorRows, targets: Targets, threads: Int) {
      spectrum = Spectrum(of: vectors, rows: targets.annotated, threads: threads)
      projected =
        vectors.rows > Evidence.largestInMemory
        ? ProjectedRows(vectors, in: spectrum)
        : spectrum.project(vectors.matrix, threads: threads)
    }
  }

  /// The texts' coordinates by latent semantic analysis (Deerwester and others, 1990): U·S.
  package let latent: Space
  /// The first principal components of the vectors beside those coordinates.
  package let joint: Space
  /// The nearest annotated records by vectors and coordinates together.
  package let graph: NeighbourGraph

  /// The most coordinates of the spelling. With 400, learned from all records, errors are found no better;
  /// docs/METHODS.md, section 1.
  static let components = 256
  /// How many principal components of the vectors are joined with them: as many as the default
  /// encoder's vectors have, so that longer ones cost no more.
  static let widestVectors = 384
  /// The coordinates are learned from so many records, evenly spread.
  static let learningLimit = 2_048
  private static let seed: UInt64 = 2

  /// - Parameters:
  ///   - targets: the given labels.
  ///   - visible: those of the records that the encoder can read, from which the joint spaces learn.
  /// - Returns: nil where the texts share nothing.
  /// - Complexity: O(entries × components + n (components + 384)² + n² (d + components)).
  init?(
    _ spelling: any SparseRows, vectors: any VectorRows, projected: any VectorRows,
    targets: Targets,
    visible: Targets, search: any NeighbourSearch, threads: Int
  ) throws {
    let learned = evenlySpread(targets.annotated, limit: Self.learningLimit)
    let decomposition = TruncatedDecomposition(
      of: spelling.selecting(learned),
      components: Self.components, seed: Self.seed, threads: threads)
    guard decomposition.axes.columns > 0 else { return nil }
    let isLarge = spelling.rows > Evidence.largestInMemory
    let coordinates: any VectorRows =
      isLarge
      ? HalfMatrix(spelling, times: decomposition.axes, threads: threads)
      : spelling.selecting(Array(0..<Int32(spelling.rows)))
        .times(decomposition.axes, threads: threads)
    latent = Space(coordinates, targets: targets, threads: threads)
    let beside = JoinedRows(
      projected, coordinates, widest: Self.widestVectors, isNormalised: false)
    // Where no record is legible, no signal uses the joint space.
    joint = Space(
      isLarge ? beside : beside.matrix,
      targets: visible.annotated.isEmpty ? targets : visible, threads: threads)
    let together = JoinedRows(vectors, coordinates, isNormalised: true)
    graph = try Evidence.graph(
      over: isLarge ? together : together.matrix, targets: visible, k: Evidence.neighbourCount,
      search: search, threads: threads)
  }
}
