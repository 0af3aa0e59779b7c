import Testing
import emend_fuzz

@testable import Records

/// The properties that must hold for any bytes, checked on random ones from a seed. `emend-fuzz` checks the
/// same for longer.
struct PropertyTests {
  @Test("Every property holds for random files, intact and damaged", arguments: 0..<20)
  func properties(_ block: Int) {
    var oracle = Oracle()
    for seed in (block * 100)..<(block * 100 + 100) {
      var generator = Generator(seed: UInt64(seed))
      let bytes = seed % 4 == 3 ? generator.containerFile() : generator.file()
      let problems = oracle.check(bytes, seed: UInt64(seed))
      #expect(problems == [], "seed \(seed)")
      var output = oracle.lastOutput
      generator.mutate(&output)
      #expect(oracle.check(output, seed: UInt64(seed)) == [], "seed \(seed), output damaged")
    }
    #expect(oracle.disagreements == [])
    #expect(oracle.records > 0)
    #expect(oracle.passages > 0)
    #expect(oracle.containers > 0)
  }

  @Test("No line of a well-formed file is rejected for its syntax", arguments: 0..<10)
  func wellFormed(_ block: Int) throws {
    for seed in (block * 50)..<(block * 50 + 50) {
      var generator = Generator(seed: UInt64(seed))
      let bytes = generator.wellFormedFile()
      guard let reading = try? Reader().read(Source(file: "f", content: bytes)) else { continue }
      for rejection in reading.rejections {
        // Random labels, vectors and spans may be refused for their meaning, but never for their syntax.
        #expect(!rejection.reason.hasSuffix("found"), "seed \(seed): \(rejection)")
      }
    }
  }
}
