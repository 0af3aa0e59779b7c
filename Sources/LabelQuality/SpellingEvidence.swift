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
    package let projected: Matrix

    init(_ matrix: Matrix, targets: Targets, threads: Int) {
      spectrum = Spectrum(of: matrix, rows: targets.annotated, threads: threads)
      projected = spectrum.project(matrix, threads: threads)
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
    _ spelling: SparseMatrix, vectors: Matrix, projected: Matrix, targets: Targets,
    visible: Targets, search: any NeighbourSearch, threads: Int
  ) throws {
    let learned = evenlySpread(targets.annotated, limit: Self.learningLimit)
    let decomposition = TruncatedDecomposition(
      of: learned.count == spelling.rows ? spelling : spelling.selecting(learned),
      components: Self.components, seed: Self.seed, threads: threads)
    guard decomposition.axes.columns > 0 else { return nil }
    let coordinates = spelling.times(decomposition.axes, threads: threads)
    latent = Space(coordinates, targets: targets, threads: threads)
    // Where no record is legible, no signal uses the joint space.
    joint = Space(
      projected.leading(columns: Self.widestVectors).beside(coordinates),
      targets: visible.annotated.isEmpty ? targets : visible, threads: threads)
    graph = try Evidence.graph(
      over: vectors.beside(coordinates).normalised(), targets: visible, k: Evidence.neighbourCount,
      search: search, threads: threads)
  }
}

extension Matrix {
  /// The first columns, or all there are.
  func leading(columns limit: Int) -> Matrix {
    guard limit < columns else { return self }
    var result = Matrix(rows: rows, columns: limit)
    for row in 0..<rows {
      result.storage.replaceSubrange(
        row * limit..<(row + 1) * limit, with: self.row(row).prefix(limit))
    }
    return result
  }

  /// Each row followed by that of another matrix.
  func beside(_ other: Matrix) -> Matrix {
    precondition(rows == other.rows)
    var storage: [Float] = []
    storage.reserveCapacity(rows * (columns + other.columns))
    for row in 0..<rows {
      storage += self.row(row)
      storage += other.row(row)
    }
    return Matrix(rows: rows, columns: columns + other.columns, storage: storage)
  }
}
