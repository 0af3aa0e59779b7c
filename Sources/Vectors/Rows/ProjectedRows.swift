/// Rows centred and rotated into the axes of a spectrum, computed when they are read; the same numbers as
/// `Spectrum.project` gives.
package struct ProjectedRows: VectorRows {
  private let source: any VectorRows
  private let spectrum: Spectrum
  private let shift: [Float]
  /// What each axis is multiplied by before the row is scaled to unit length; nil leaves the rows as they
  /// are.
  private let scales: [Float]?

  package init(_ source: any VectorRows, in spectrum: Spectrum) {
    self.init(source, spectrum, scales: nil)
  }

  private init(_ source: any VectorRows, _ spectrum: Spectrum, scales: [Float]?) {
    precondition(source.columns == spectrum.dimension)
    self.source = source
    self.spectrum = spectrum
    self.scales = scales
    shift = spectrum.shift
  }

  /// The same rows in the whitened space; see `Spectrum.whitened`.
  package func whitened(threads: Int) -> ProjectedRows {
    ProjectedRows(source, spectrum, scales: spectrum.whiteningScales(self, threads: threads))
  }

  package var rows: Int { source.rows }
  package var columns: Int { spectrum.dimension }

  package func read(_ numbers: ArraySlice<Int32>, into result: inout [Float]) {
    var values: [Float] = []
    source.read(numbers, into: &values)
    project(values, count: numbers.count, into: &result)
  }

  package func read(_ range: Range<Int>, into result: inout [Float]) {
    var values: [Float] = []
    source.read(range, into: &values)
    project(values, count: range.count, into: &result)
  }

  private func project(_ values: [Float], count: Int, into result: inout [Float]) {
    let dimension = columns
    resize(&result, to: count * dimension)
    multiply(values, by: spectrum.vectors, into: &result)
    for row in 0..<count {
      for column in 0..<dimension { result[row * dimension + column] -= shift[column] }
    }
    guard let scales else { return }
    for row in 0..<count {
      for column in 0..<dimension { result[row * dimension + column] *= scales[column] }
    }
    normalise(&result, columns: dimension)
  }
}
