import Concurrency
import Vectors

/// A probability of every label of every record: `n × K`, each 0…1.
///
/// For very many records each takes two bytes in place of four (IEEE 754 binary16), as the table would be the
/// largest thing in memory. A probability then changes by at most one part in 2048, and one below 6·10⁻⁵ by at most
/// 3·10⁻⁸.
package final class LabelProbabilities: Sendable {
  private enum Storage {
    case single(Cells<Float>)
    case half(HalfMatrix)
  }

  package let rows: Int
  package let labelCount: Int
  private let storage: Storage

  /// A table of zeros, to be filled by `write`.
  ///
  /// - Parameter isCompact: whether two bytes are enough for each; nil where there are very many records.
  package init(rows: Int, labelCount: Int, isCompact: Bool? = nil) {
    self.rows = rows
    self.labelCount = labelCount
    storage =
      isCompact ?? (rows > Evidence.largestInMemory)
      ? .half(HalfMatrix(rows: rows, columns: labelCount))
      : .single(Cells(repeating: 0, count: rows * labelCount))
  }

  /// Replaces the records from `first` on. Two threads must not write the same record at once, and none may read
  /// until all are done.
  ///
  /// - Parameter values: whole records, one after the other.
  func write(_ values: [Float], from first: Int) {
    switch storage {
    case .single(let cells):
      let out = cells.slice(first * labelCount..<first * labelCount + values.count)
      for index in values.indices { out[index] = values[index] }
    case .half(let matrix): matrix.write(values, from: first)
    }
  }

  package subscript(row: Int, label: Int) -> Float {
    switch storage {
    case .single(let cells): cells[row * labelCount + label]
    case .half(let matrix): matrix[row, label]
    }
  }

  /// Fills `result` with the probabilities of all labels of a record.
  package func read(_ row: Int, into result: inout [Float]) {
    switch storage {
    case .single(let cells):
      if result.count != labelCount { result = [Float](repeating: 0, count: labelCount) }
      let own = cells.slice(row * labelCount..<(row + 1) * labelCount)
      for label in 0..<labelCount { result[label] = own[label] }
    case .half(let matrix): matrix.read(row..<row + 1, into: &result)
    }
  }
}
