/// The rows of two sources side by side, computed when they are read.
package struct JoinedRows: VectorRows {
  private let first: any VectorRows
  private let second: any VectorRows
  /// How many numbers of each row of `first` are taken.
  private let width: Int
  private let isNormalised: Bool

  /// - Parameters:
  ///   - widest: the first numbers of each row of `first` that are taken; nil for all.
  ///   - isNormalised: whether each row is scaled to unit length.
  package init(
    _ first: any VectorRows, _ second: any VectorRows, widest: Int? = nil, isNormalised: Bool
  ) {
    precondition(first.rows == second.rows)
    self.first = first
    self.second = second
    width = min(widest ?? first.columns, first.columns)
    self.isNormalised = isNormalised
  }

  package var rows: Int { first.rows }
  package var columns: Int { width + second.columns }

  package func read(_ numbers: ArraySlice<Int32>, into result: inout [Float]) {
    var left: [Float] = []
    var right: [Float] = []
    first.read(numbers, into: &left)
    second.read(numbers, into: &right)
    join(left, right, count: numbers.count, into: &result)
  }

  package func read(_ range: Range<Int>, into result: inout [Float]) {
    var left: [Float] = []
    var right: [Float] = []
    first.read(range, into: &left)
    second.read(range, into: &right)
    join(left, right, count: range.count, into: &result)
  }

  private func join(_ left: [Float], _ right: [Float], count: Int, into result: inout [Float]) {
    result.removeAll(keepingCapacity: true)
    result.reserveCapacity(count * columns)
    for row in 0..<count {
      result += left[row * first.columns..<row * first.columns + width]
      result += right[row * second.columns..<(row + 1) * second.columns]
    }
    if isNormalised { normalise(&result, columns: columns) }
  }
}

/// Scales each row to unit length; a row of zeros stays as it is.
func normalise(_ values: inout [Float], columns: Int) {
  guard columns > 0 else { return }
  for start in stride(from: 0, to: values.count, by: columns) {
    var square = 0.0
    for index in start..<start + columns { square += Double(values[index]) * Double(values[index]) }
    guard square > 0 else { continue }
    let scale = 1 / square.squareRoot()
    for index in start..<start + columns { values[index] = Float(Double(values[index]) * scale) }
  }
}
