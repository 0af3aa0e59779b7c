import Foundation

/// Numbers as the bytes of rows between stages, little-endian, as all processors of emend have them.
enum StageNumbers {
  static func append(_ values: some Collection<Float>, to bytes: inout [UInt8]) {
    Array(values).withUnsafeBytes { bytes += $0 }
  }

  static func append(_ value: Int32, to bytes: inout [UInt8]) {
    withUnsafeBytes(of: value.littleEndian) { bytes += $0 }
  }

  static func append(_ value: Float, to bytes: inout [UInt8]) {
    withUnsafeBytes(of: value.bitPattern.littleEndian) { bytes += $0 }
  }

  static func int32(_ bytes: [UInt8], at offset: Int) -> Int32 {
    bytes.withUnsafeBytes { $0.loadUnaligned(fromByteOffset: offset, as: Int32.self) }
  }

  static func float(_ bytes: [UInt8], at offset: Int) -> Float {
    bytes.withUnsafeBytes { $0.loadUnaligned(fromByteOffset: offset, as: Float.self) }
  }

  /// Appends so many numbers of `data`, from a place in bytes on.
  static func read(_ data: Data, at offset: Int, count: Int, into values: inout [Float]) {
    let start = data.startIndex + offset
    values += [Float](unsafeUninitializedCapacity: count) { buffer, filled in
      filled =
        data.copyBytes(to: UnsafeMutableRawBufferPointer(buffer), from: start..<start + 4 * count)
        / 4
    }
  }
}
