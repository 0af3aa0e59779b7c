import ModelInterfaces
import Foundation
import Testing

@testable import ModelCatalogue

@Suite("Safetensors") struct SafetensorsTests {
  /// Writes a file and opens it.
  private func opening(_ data: Data, _ body: (Safetensors) throws -> Void) throws {
    try inFreshFolder { folder in
      let file = folder.appending(path: "model.safetensors")
      try data.write(to: file)
      try body(Safetensors(file: file))
    }
  }

  /// Writes a file with one tensor, `numbers`, and opens it.
  private func opening(
    type: String, shape: [Int], body bytes: [UInt8], _ body: (Safetensors) throws -> Void
  ) throws {
    try opening(
      safetensors(
        header:
          #"{"numbers": {"dtype": "\#(type)", "shape": \#(shape), "data_offsets": [0, \#(bytes.count)]}}"#,
        body: bytes), body)
  }

  @Test("the header lists type, shape and place of every tensor, and no metadata")
  func entries() throws {
    let header = """
      {"__metadata__": {"format": "pt"}, \
      "first": {"dtype": "F32", "shape": [2, 1], "data_offsets": [0, 8]}, \
      "second": {"dtype": "I64", "shape": [], "data_offsets": [8, 16]}}
      """
    try opening(safetensors(header: header, body: [UInt8](repeating: 0, count: 16))) { file in
      #expect(
        file.entries == [
          "first": Safetensors.Entry(type: "F32", shape: [2, 1], range: 0..<8),
          "second": Safetensors.Entry(type: "I64", shape: [], range: 8..<16),
        ])
      #expect(file.file.lastPathComponent == "model.safetensors")
    }
  }

  @Test(
    "a header that cannot be right is refused",
    arguments: [
      #"{"a": {"dtype": "F32", "shape": [2], "data_offsets": [0, 8]}, "b": {"dtype": "F32", "shape": [1], "data_offsets": [4, 8]}}"#,
      #"{"a": {"dtype": "F32", "shape": [true], "data_offsets": [0, 4]}}"#,
      #"{"a": {"dtype": "F32", "shape": [1], "data_offsets": [false, 4]}}"#,
      #"{"a": {"dtype": "F32", "shape": [1], "data_offsets": [0, 9223372036854775807]}}"#,
      #"{"a": {"dtype": "F32", "shape": [1], "data_offsets": [9223372036854775806, 9223372036854775807]}}"#,
      #"{"a": {"dtype": "F32", "shape": [1], "data_offsets": [-4, 4]}}"#,
      #"{"a": {"dtype": "F32", "shape": [1], "data_offsets": [0, 1e300]}}"#,
      #"{"a": {"dtype": "F32", "shape": [1], "data_offsets": [0, 4.5]}}"#,
      #"{"a": {"dtype": "F32", "shape": [18446744073709551616], "data_offsets": [0, 4]}}"#,
      #"{"a": {"dtype": "F32", "shape": [1,1,1,1,1,1,1,1,1], "data_offsets": [0, 4]}}"#,
      #"{"a": {"dtype": 1, "shape": [1], "data_offsets": [0, 4]}}"#, #"{"a": []}"#, "[]",
      String(repeating: "{\"a\":", count: 100_000),
    ])
  func hostileHeader(_ header: String) throws {
    let data = safetensors(header: header, body: [UInt8](repeating: 0, count: 8))
    let error = #expect(throws: ModelError.self) { try opening(data) { _ in } }
    #expect(error?.kind == .modelDamaged)
  }

  @Test("F32 numbers are read as they are")
  func singlePrecision() throws {
    let written: [Float] = [1, -0.1, 3.4e38, 0x1p-149]
    try opening(type: "F32", shape: [2, 2], body: littleEndian(written.map(\.bitPattern))) { file in
      let read = try file.floats("numbers", shape: [2, 2])
      #expect(read == written)
    }
  }

  @Test("F16 numbers keep their value: normal, subnormal, zero, and both signs")
  func halfPrecision() throws {
    let halves: [UInt16] = [0x3C00, 0xC000, 0x7BFF, 0x0400, 0x0001, 0x83FF, 0x0000, 0x8000]
    let numbers: [Float] = [1, -2, 65504, 0x1p-14, 0x1p-24, -1023 * 0x1p-24, 0, -0.0]
    try opening(type: "F16", shape: [8], body: littleEndian(halves)) { file in
      let read = try file.floats("numbers", shape: [8])
      #expect(read.map(\.bitPattern) == numbers.map(\.bitPattern))
    }
  }

  @Test("every finite half-precision number is converted exactly")
  func allHalves() {
    for half in UInt16.min...UInt16.max {
      let exponent = Int(half >> 10) & 0x1F
      let fraction = Double(half & 0x3FF)
      let single = Double(Safetensors.single(fromHalf: half))
      guard exponent < 31 else {
        #expect(!single.isFinite)
        continue
      }
      let magnitude =
        exponent == 0
        ? fraction * 0x1p-24 : (1 + fraction / 1024) * pow(2, Double(exponent - 15))
      let expected = half & 0x8000 == 0 ? magnitude : -magnitude
      if single != expected { Issue.record("\(half) is \(single) and not \(expected)") }
    }
  }

  @Test("BF16 numbers are the upper half of single-precision ones")
  func brainFloats() throws {
    try opening(type: "BF16", shape: [3], body: littleEndian([0x3F80, 0xC040, 0x0080] as [UInt16]))
    { file in
      let read = try file.floats("numbers", shape: [3])
      #expect(read == [1, -3, 0x1p-126])
    }
  }

  @Test("a tensor is read from its own place, wherever the header and the tensors before it end")
  func places() throws {
    let header = """
      {"late": {"dtype": "F32", "shape": [1], "data_offsets": [6, 10]}, \
      "early": {"dtype": "BF16", "shape": [3], "data_offsets": [0, 6]}}
      """
    let body =
      littleEndian([0x3F80, 0x4000, 0x4040] as [UInt16]) + littleEndian([Float(7).bitPattern])
    for padding in ["", " ", "   "] {
      try opening(safetensors(header: header + padding, body: body)) { file in
        let early = try file.floats("early", shape: [3])
        let late = try file.floats("late", shape: [1])
        #expect(early == [1, 2, 3])
        #expect(late == [7])
      }
    }
  }

  @Test("a tensor without numbers is read as none")
  func noNumbers() throws {
    try opening(type: "F32", shape: [0, 3], body: []) { file in
      let read = try file.floats("numbers", shape: [0, 3])
      #expect(read.isEmpty)
    }
  }

  @Test("a missing file is reported with the folder that is needed")
  func missing() throws {
    try inFreshFolder { folder in
      expectModelError(
        .modelMissing, about: "model.safetensors", "missing", remedy: "model.safetensors"
      ) { _ = try Safetensors(file: folder.appending(path: "model.safetensors")) }
    }
  }

  @Test(
    "a damaged header is an error that names the file and its fault",
    arguments: [
      (Data(), "shorter than a header"),
      (Data([1, 2, 3, 4, 5, 6, 7]), "shorter than a header"),
      (safetensors(header: "{}", length: 0), "header is 0 bytes long"),
      (safetensors(header: "{}", length: 3), "header is 3 bytes long in a file of 10"),
      (safetensors(header: "{}", length: .max), "header is \(UInt64.max) bytes long"),
      (safetensors(header: "{}", length: 1 << 63), "bytes long in a file of 10"),
      (safetensors(header: "not JSON"), "not JSON"),
      (safetensors(header: "[]"), "not JSON"),
      (safetensors(header: "{\"a\": 1"), "not JSON"),
    ])
  func damagedHeader(data: Data, reason: String) throws {
    expectModelError(
      .modelDamaged, about: "model.safetensors", reason, remedy: "fetch the file again"
    ) { try opening(data) { _ in } }
  }

  @Test(
    "a tensor without a usable type, shape or place is an error that names it",
    arguments: [
      #"1"#, #"{}"#,
      #"{"shape": [1], "data_offsets": [0, 4]}"#,
      #"{"dtype": 32, "shape": [1], "data_offsets": [0, 4]}"#,
      #"{"dtype": "F32", "data_offsets": [0, 4]}"#,
      #"{"dtype": "F32", "shape": [1]}"#,
      #"{"dtype": "F32", "shape": ["1"], "data_offsets": [0, 4]}"#,
      #"{"dtype": "F32", "shape": [1.5], "data_offsets": [0, 4]}"#,
      #"{"dtype": "F32", "shape": [-1], "data_offsets": [0, 4]}"#,
      #"{"dtype": "F32", "shape": [4294967297], "data_offsets": [0, 4]}"#,
      #"{"dtype": "F32", "shape": [1e300], "data_offsets": [0, 4]}"#,
      #"{"dtype": "F32", "shape": [1], "data_offsets": [0]}"#,
      #"{"dtype": "F32", "shape": [1], "data_offsets": [0, 4, 8]}"#,
      #"{"dtype": "F32", "shape": [1], "data_offsets": [-4, 4]}"#,
      #"{"dtype": "F32", "shape": [1], "data_offsets": [4, 0]}"#,
      #"{"dtype": "F32", "shape": [1], "data_offsets": [0, 1e300]}"#,
      #"{"dtype": "F32", "shape": [1], "data_offsets": [0, 18446744073709551615]}"#,
    ])
  func damagedEntry(entry: String) throws {
    expectModelError(
      .modelDamaged, about: "model.safetensors", "tensor weird has no type, shape or place",
      remedy: "fetch the file again"
    ) {
      try opening(safetensors(header: #"{"weird": \#(entry)}"#, body: [0, 0, 0, 0])) { _ in }
    }
  }

  @Test("a tensor that ends beyond the file is an error that names it")
  func beyondTheFile() throws {
    for end in [5, 1 << 40, Int.max] {
      expectModelError(
        .modelDamaged, about: "model.safetensors", "tensor long ends \(end) bytes after the header",
        remedy: "fetch the file again"
      ) {
        try opening(
          safetensors(
            header: #"{"long": {"dtype": "F32", "shape": [1], "data_offsets": [0, \#(end)]}}"#,
            body: [0, 0, 0, 0])
        ) { _ in }
      }
    }
  }

  @Test("a huge count of numbers is an error, and no memory is taken for it")
  func hugeCount() throws {
    try opening(type: "F32", shape: [1 << 20, 1 << 20], body: [0, 0, 0, 0]) { file in
      expectModelError(
        .modelDamaged, about: "model.safetensors",
        "takes 4 bytes where its shape needs \(1 << 42)", remedy: "fetch the file again"
      ) { _ = try file.floats("numbers", shape: [1 << 20, 1 << 20]) }
    }
  }

  @Test("a place that is larger or smaller than the shape needs is an error")
  func wrongSize() throws {
    for (type, bytes) in [("F32", 7), ("F32", 9), ("F16", 8), ("BF16", 2)] {
      try opening(type: type, shape: [2], body: [UInt8](repeating: 0, count: bytes)) { file in
        let needed = type == "F32" ? 8 : 4
        expectModelError(
          .modelDamaged, about: "model.safetensors",
          "takes \(bytes) bytes where its shape needs \(needed)", remedy: "fetch the file again"
        ) { _ = try file.floats("numbers", shape: [2]) }
      }
    }
  }

  @Test("a tensor that is not there, or has another shape or type, is an error with its remedy")
  func otherTensors() throws {
    try opening(type: "I64", shape: [1], body: [UInt8](repeating: 0, count: 8)) { file in
      expectModelError(
        .modelUnsupported, about: "model.safetensors", "no tensor other", remedy: "BERT encoder"
      ) { _ = try file.floats("other", shape: [1]) }
      expectModelError(
        .modelDamaged, about: "model.safetensors", "has shape [1] where config.json asks for [2]",
        remedy: "config.json that came with these weights"
      ) { _ = try file.floats("numbers", shape: [2]) }
      expectModelError(
        .modelUnsupported, about: "model.safetensors", "has type I64", remedy: "F32, F16 or BF16"
      ) { _ = try file.floats("numbers", shape: [1]) }
    }
  }

  @Test("numbers that are not finite are an error", arguments: ["F32", "F16", "BF16"])
  func notFinite(type: String) throws {
    let infinity: [UInt8] =
      switch type {
      case "F32": littleEndian([Float.nan.bitPattern])
      case "F16": littleEndian([0x7C00 as UInt16])
      default: littleEndian([0xFF80 as UInt16])
      }
    try opening(type: type, shape: [1], body: infinity) { file in
      expectModelError(
        .modelDamaged, about: "model.safetensors", "not finite", remedy: "fetch the file again"
      ) { _ = try file.floats("numbers", shape: [1]) }
    }
  }
}
