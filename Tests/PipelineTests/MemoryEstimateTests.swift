import Records
import Testing
@testable import Pipeline

@Suite("Memory that a run needs") struct MemoryEstimateTests {
  private func estimate(_ records: Int, labels: Int = 10, furtherTexts: Int = 0) -> Int {
    MemoryEstimate(
      records: records, labels: labels, furtherTexts: furtherTexts, fileBytes: 100 * records
    ).bytes
  }

  @Test("more records, labels and texts need more memory")
  func grows() {
    #expect(estimate(1_000_000, labels: 100) < 6 << 30)
    #expect(estimate(1_000_000, labels: 100) > 3 << 30)
    #expect(estimate(2_000_000) > 2 * (estimate(1_000_000) - MemoryEstimate.fixedBytes))
    #expect(estimate(1_000_000, labels: 1000) > estimate(1_000_000, labels: 100) + 3 << 29)
    #expect(estimate(10_000, furtherTexts: 2) > estimate(10_000))
  }

  @Test("a file that needs more than it may take is refused with both sizes")
  func refuses() throws {
    let lines = (0..<20).map { "{\"text\": \"t\($0)\", \"label\": \"\($0 % 2)\"}\n" }
    let source = try Source(file: "data.jsonl", content: Array(lines.joined().utf8))
    let need = MemoryEstimate(of: try Reader().read(source))
    try need.require(atMost: need.bytes, for: source)
    #expect {
      try need.require(atMost: 1 << 28, for: source)
    } throws: { error in
      "\(error)"
        == "data.jsonl: the work needs about 0.5 GB of memory, and may take 0.3 GB. "
        + "Split the file, or allow more with --memory."
    }
  }
}
