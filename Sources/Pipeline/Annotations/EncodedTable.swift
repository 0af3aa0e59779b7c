import LabelQuality
import ModelInterfaces
import Vectors

/// The vectors of all records while they are encoded part by part: in half precision where there are very
/// many records.
final class EncodedTable {
  private let columns: Int
  private let dimension: Int?
  private let isLarge: Bool
  private var joined: Matrix
  private var first: Matrix?
  private let halfJoined: HalfMatrix?
  private let halfFirst: HalfMatrix?

  /// - Parameters:
  ///   - columns: numbers of a record's vector.
  ///   - leading: numbers of the vector of a record's first text; nil where this is the whole vector. Label
  ///     names are compared with it alone.
  init(count: Int, columns: Int, leading: Int?) {
    self.columns = columns
    dimension = leading
    let isLarge = count > Evidence.largestInMemory
    self.isLarge = isLarge
    joined = Matrix(rows: isLarge ? 0 : count, columns: columns)
    first = leading.map { Matrix(rows: isLarge ? 0 : count, columns: $0) }
    halfJoined = isLarge ? HalfMatrix(rows: count, columns: columns) : nil
    halfFirst = isLarge ? leading.map { HalfMatrix(rows: count, columns: $0) } : nil
  }

  /// The vectors of the records; of unit length.
  var vectors: any VectorRows {
    if let halfJoined { return halfJoined }
    return dimension == nil ? joined : joined.normalised()
  }

  /// The vectors of the first texts; nil where they are those of the records.
  var leading: (any VectorRows)? { halfFirst ?? first }

  /// Takes the vectors of some records.
  ///
  /// - Parameter starts: where the texts of each of these records begin in the encoding; one more at the end.
  func write(
    _ rows: Range<Int>, _ representations: [Representation], _ encoding: Encoding, starts: [Int]
  ) {
    var part = isLarge ? Matrix(rows: rows.count, columns: columns) : joined
    var leading = isLarge ? dimension.map { Matrix(rows: rows.count, columns: $0) } : first
    // Otherwise the matrices would be copied when they are written.
    joined = Matrix(rows: 0, columns: columns)
    first = nil
    let offset = isLarge ? 0 : rows.lowerBound
    for (place, representation) in representations.enumerated() {
      let own = starts[place]..<starts[place + 1]
      guard let lead = own.first else { continue }
      let row = offset + place
      representation.joining.write(
        own.map { encoding.embeddings.row($0) }, into: &part.storage, at: row * columns)
      if let dimension {
        leading?.storage.replaceSubrange(
          row * dimension..<(row + 1) * dimension, with: encoding.embeddings.row(lead))
      }
    }
    guard let halfJoined else {
      joined = part
      first = leading
      return
    }
    halfJoined.write(
      (dimension == nil ? part : part.normalised()).storage, from: rows.lowerBound)
    if let leading { halfFirst?.write(leading.storage, from: rows.lowerBound) }
  }
}
