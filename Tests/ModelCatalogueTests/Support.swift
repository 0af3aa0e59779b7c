import Foundation
import ModelInterfaces
import Testing

/// Runs `body` with a folder of its own, and removes the folder afterwards.
func inFreshFolder(_ body: (URL) throws -> Void) throws {
  let folder = FileManager.default.temporaryDirectory
    .appending(path: "emend-catalogue-\(UUID().uuidString)")
  try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
  defer { try? FileManager.default.removeItem(at: folder) }
  try body(folder)
}

/// Expects that `body` throws a `ModelError` about the file `name`, and returns the error.
@discardableResult
func expectModelError(
  _ kind: ModelError.Kind, about name: String, _ reason: String, remedy: String,
  sourceLocation: SourceLocation = #_sourceLocation, _ body: () throws -> Void
) -> ModelError? {
  let error = #expect(throws: ModelError.self, sourceLocation: sourceLocation) { try body() }
  guard let error else { return nil }
  #expect(error.kind == kind, sourceLocation: sourceLocation)
  #expect(error.place.hasSuffix("/" + name), "\(error.place)", sourceLocation: sourceLocation)
  #expect(error.reason.contains(reason), "\(error.reason)", sourceLocation: sourceLocation)
  #expect(error.remedy.contains(remedy), "\(error.remedy)", sourceLocation: sourceLocation)
  return error
}

/// The bytes of a `.safetensors` file.
///
/// - Parameter length: what the file says about its header's length; nil for the truth.
func safetensors(header: String, body: [UInt8] = [], length: UInt64? = nil) -> Data {
  var file = Data()
  withUnsafeBytes(of: (length ?? UInt64(header.utf8.count)).littleEndian) {
    file.append(contentsOf: $0)
  }
  file.append(contentsOf: header.utf8)
  file.append(contentsOf: body)
  return file
}

/// The bytes of numbers, the least significant byte of each first.
func littleEndian<Number: FixedWidthInteger>(_ numbers: [Number]) -> [UInt8] {
  numbers.flatMap { number in withUnsafeBytes(of: number.littleEndian) { Array($0) } }
}
