import Foundation
import Vectors

/// Reads and writes NumPy's .npy format, version 1.0, in which scripts that measure exchange
/// matrices with emend.
enum NumPyFile {
  /// Writes float32 rows.
  static func write(_ matrix: Matrix, to path: String) throws {
    try write(matrix.storage, type: "<f4", rows: matrix.rows, columns: matrix.columns, to: path)
  }

  /// Writes int32 rows.
  static func write(_ values: [Int32], rows: Int, columns: Int, to path: String) throws {
    try write(values, type: "<i4", rows: rows, columns: columns, to: path)
  }

  private static func write<Value: BitwiseCopyable>(
    _ values: [Value], type: String, rows: Int, columns: Int, to path: String
  ) throws {
    var header =
      "{'descr': '\(type)', 'fortran_order': False, 'shape': (\(rows), \(columns)), }"
    // The magic bytes, the version and the length take ten bytes. The data must start at a multiple
    // of 64.
    let padding = 63 - (10 + header.utf8.count) % 64
    header += String(repeating: " ", count: padding) + "\n"
    var data = Data([0x93] + Array("NUMPY".utf8) + [1, 0])
    data.append(contentsOf: [UInt8(header.utf8.count & 0xFF), UInt8(header.utf8.count >> 8)])
    data.append(contentsOf: header.utf8)
    values.withUnsafeBytes { data.append(contentsOf: $0) }
    try data.write(to: URL(filePath: path))
  }

  /// Reads a float32 matrix in C order.
  static func read(_ path: String) throws -> Matrix {
    guard let data = FileManager.default.contents(atPath: path), data.count > 10,
      data.prefix(6).elementsEqual([0x93] + Array("NUMPY".utf8))
    else { throw Failure("\(path): not a .npy file that can be read") }
    let length = Int(data[8]) | Int(data[9]) << 8
    let header = String(decoding: data[10..<min(10 + length, data.count)], as: UTF8.self)
    guard data[6] == 1, header.contains("'<f4'"), header.contains("'fortran_order': False"),
      let shape = header.split(separator: "(").last?.split(separator: ")").first
    else { throw Failure("\(path): only version 1.0, float32, C order can be read") }
    let numbers = shape.split(separator: ",").compactMap {
      Int($0.trimmingCharacters(in: .whitespaces))
    }
    guard numbers.count == 2, data.count == 10 + length + numbers[0] * numbers[1] * 4 else {
      throw Failure("\(path): its length is not what its header says")
    }
    var storage = [Float](repeating: 0, count: numbers[0] * numbers[1])
    storage.withUnsafeMutableBytes { target in
      _ = data.copyBytes(to: target, from: 10 + length..<data.count)
    }
    return Matrix(rows: numbers[0], columns: numbers[1], storage: storage)
  }
}
