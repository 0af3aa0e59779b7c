package import ModelInterfaces
package import Foundation

/// A `.safetensors` file, mapped into memory. It holds the header's length in eight bytes, a JSON header
/// with the type, shape and place of each tensor, and then the numbers.
package final class Safetensors: Sendable {
  /// One tensor's place in the file.
  package struct Entry: Sendable, Equatable {
    /// `F32`, `F16`, `BF16`, or another type, which can be listed but not read.
    package let type: String
    package let shape: [Int]
    /// The range of its bytes, counted from the end of the header.
    package let range: Range<Int>
  }

  /// The limit of the format's own reader, in bytes.
  private static let largestHeader = 100_000_000
  private static let mostDimensions = 8

  package let file: URL
  package let entries: [String: Entry]
  private let data: Data
  private let start: Int

  /// Reads the header and checks that every tensor lies within the file.
  package init(file: URL) throws(ModelError) {
    func damaged(_ reason: String) -> ModelError {
      ModelError(
        .modelDamaged, at: file.path, reason,
        remedy: "fetch the file again; its download was probably cut short")
    }
    guard let data = try? Data(contentsOf: file, options: .alwaysMapped) else {
      throw ModelError(
        .modelMissing, at: file.path, "it is missing or cannot be read",
        remedy: "give a folder that holds the model's weights as model.safetensors")
    }
    guard data.count >= 8 else { throw damaged("it is shorter than a header") }
    let length = data.withUnsafeBytes { UInt64(littleEndian: $0.loadUnaligned(as: UInt64.self)) }
    guard length >= 2, length <= UInt64(min(data.count - 8, Self.largestHeader)) else {
      throw damaged("its header is \(length) bytes long in a file of \(data.count)")
    }
    let body = 8 + Int(length)
    guard let header = JSONValue(json: data.subdata(in: 8..<body))?.object else {
      throw damaged("its header is not JSON")
    }
    var entries: [String: Entry] = [:]
    for (name, value) in header where name != "__metadata__" {
      let shape = value.object?["shape"]?.array?.compactMap(\.integer) ?? []
      let offsets = value.object?["data_offsets"]?.array?.compactMap(\.integer) ?? []
      guard let type = value.object?["dtype"]?.string,
        shape.count == value.object?["shape"]?.array?.count, shape.count <= Self.mostDimensions,
        shape.allSatisfy({ $0 >= 0 && $0 <= 1 << 32 }), offsets.count == 2, offsets[0] >= 0,
        offsets[0] <= offsets[1]
      else {
        throw damaged("tensor \(Self.shown(name)) has no type, shape or place")
      }
      // The difference cannot overflow, as a sum with a hostile offset could.
      guard offsets[1] <= data.count - body else {
        throw damaged(
          "tensor \(Self.shown(name)) ends \(offsets[1]) bytes after the header, in a "
            + "file of \(data.count)")
      }
      entries[name] = Entry(type: type, shape: shape, range: offsets[0]..<offsets[1])
    }
    let inOrder = entries.filter { !$0.value.range.isEmpty }
      .sorted { ($0.value.range.lowerBound, $0.key) < ($1.value.range.lowerBound, $1.key) }
    for (left, right) in zip(inOrder, inOrder.dropFirst())
    where left.value.range.upperBound > right.value.range.lowerBound {
      throw damaged(
        "tensors \(Self.shown(left.key)) and \(Self.shown(right.key)) "
          + "take the same bytes")
    }
    self.file = file
    self.entries = entries
    self.data = data
    self.start = body
  }

  /// A tensor's name for a message: without control characters, and not longer than a line.
  private static func shown(_ name: String) -> String {
    String(name.prefix(100).debugDescription.dropFirst().dropLast())
  }

  /// Reads one tensor and converts it to single precision.
  /// - Parameter shape: the shape that the model's configuration gives; the file's must be the same.
  package func floats(_ name: String, shape: [Int]) throws(ModelError) -> [Float] {
    guard let entry = entries[name] else {
      throw ModelError(
        .modelUnsupported, at: file.path, "there is no tensor \(name)",
        remedy: "import a BERT encoder; this file holds another kind of model")
    }
    guard entry.shape == shape else {
      throw ModelError(
        .modelDamaged, at: file.path,
        "tensor \(name) has shape \(entry.shape) where config.json asks for \(shape)",
        remedy: "use the config.json that came with these weights")
    }
    let count = shape.reduce(1, *)
    let width = entry.type == "F32" ? 4 : 2
    guard ["F32", "F16", "BF16"].contains(entry.type) else {
      throw ModelError(
        .modelUnsupported, at: file.path, "tensor \(name) has type \(entry.type)",
        remedy: "save the model in F32, F16 or BF16")
    }
    guard entry.range.count == count * width else {
      throw ModelError(
        .modelDamaged, at: file.path,
        "tensor \(name) takes \(entry.range.count) bytes where its shape needs \(count * width)",
        remedy: "fetch the file again")
    }
    let offset = start + entry.range.lowerBound
    let numbers = data.withUnsafeBytes { bytes in
      [Float](unsafeUninitializedCapacity: count) { buffer, initialised in
        for index in 0..<count {
          let place = offset + index * width
          switch entry.type {
          case "F32":
            buffer[index] = Float(
              bitPattern: UInt32(
                littleEndian: bytes.loadUnaligned(fromByteOffset: place, as: UInt32.self)))
          case "BF16":
            let half = UInt16(
              littleEndian: bytes.loadUnaligned(fromByteOffset: place, as: UInt16.self))
            buffer[index] = Float(bitPattern: UInt32(half) << 16)
          default:
            let half = UInt16(
              littleEndian: bytes.loadUnaligned(fromByteOffset: place, as: UInt16.self))
            buffer[index] = Self.single(fromHalf: half)
          }
        }
        initialised = count
      }
    }
    guard numbers.allSatisfy(\.isFinite) else {
      throw ModelError(
        .modelDamaged, at: file.path, "tensor \(name) holds numbers that are not finite",
        remedy: "fetch the file again")
    }
    return numbers
  }

  /// Converts IEEE half precision to single. `Float16` is not available on every platform.
  static func single(fromHalf half: UInt16) -> Float {
    let sign = UInt32(half & 0x8000) << 16
    let exponent = UInt32(half >> 10) & 0x1F
    let fraction = UInt32(half & 0x3FF)
    switch exponent {
    case 0:
      let magnitude = Float(fraction) * 0x1p-24
      return sign == 0 ? magnitude : -magnitude
    case 31: return Float(bitPattern: sign | 0x7F80_0000 | fraction << 13)
    default: return Float(bitPattern: sign | (exponent + 112) << 23 | fraction << 13)
    }
  }
}
