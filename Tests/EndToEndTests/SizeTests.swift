import Foundation
import TestSupport
import Testing

/// Inputs with long lines, many labels or many equal texts.
@Suite("Size", .serialized) struct SizeTests {
  @Test func lineOf50Megabytes() throws {
    let emend = try Emend()
    var bytes = Samples.file(Samples.classification())
    bytes += Array("{\"label\": \"weather\", \"text\": \"".utf8)
    let sentence = Array("will it be windy tomorrow or not ".utf8)
    while bytes.count < 50 << 20 { bytes += sentence }
    bytes += Array("\"}\n".utf8)
    try emend.write(bytes, to: "data.jsonl")
    let outcome = try emend.run("run", "data.jsonl", "--outbox", "out")
    #expect(outcome.status == 0, "\(outcome)")
    #expect(outcome.text.contains("1 record cut: longer than the model reads"))
    #expect(try emend.run("revert", "out/data.jsonl").output == bytes)
  }

  @Test func badLineOf50Megabytes() throws {
    let emend = try Emend()
    var bytes = Samples.file(Samples.vectors(20))
    bytes += Array("{\"text\": \"".utf8) + [UInt8](repeating: 0x61, count: 50 << 20) + [10]
    try emend.write(bytes, to: "data.jsonl")
    let outcome = try emend.run("run", "data.jsonl", "--outbox", "out")
    #expect(outcome.status == 3)
    #expect(outcome.errors.hasPrefix("data.jsonl:21:"))
    #expect(outcome.errors.utf8.count < 1000)
    #expect(try emend.run("revert", "out/data.jsonl").output == bytes)
  }

  @Test func thousandsOfLabels() throws {
    let emend = try Emend()
    var dice = Samples.Dice(state: 5)
    let labels = Tier.isAll ? 5000 : 1000
    let lines = (0..<2 * labels).map { index -> String in
      let vector = (0..<16).map { _ in "\(Int(dice.unit() * 2000) - 1000)" }
      return "{\"label\": \"l\(index % labels)\", \"vector\": [\(vector.joined(separator: ","))]}"
    }
    let bytes = Samples.file(lines)
    try emend.write(bytes, to: "data.jsonl")
    // Limits the address space to 4 GB, of which the program uses only a part.
    try emend.write(
      "ulimit -v 4000000; '\(try Emend.program.get())' run data.jsonl --outbox out --quiet\n",
      to: "script")
    try emend.tool("bash", "script")
    let output = try emend.read("out/data.jsonl")
    #expect(output.count < 100 * bytes.count)
    #expect(try emend.run("revert", "out/data.jsonl").output == bytes)
  }

  @Test func aThousandRecordsOfOneText() throws {
    let emend = try Emend()
    let lines = (0..<1000).map {
      "{\"text\": \"the same text\", \"label\": \"\($0 % 4 == 0 ? "a" : "b")\"}"
    }
    try emend.write(Samples.file(lines), to: "data.jsonl")
    #expect(try emend.run("run", "data.jsonl", "--outbox", "out").status == 0)
    let results = try emend.results("out/data.jsonl")
    // One text says nothing about which label is right.
    #expect(results.count == 1000)
    #expect(results.allSatisfy { $0["flagged"] as? Bool == false && $0["credibility"] is NSNull })
    #expect(try emend.run("revert", "out/data.jsonl").output == Samples.file(lines))
  }
}
