import Testing
import emend_fuzz

@testable import Records
@testable import Assessments

/// What must hold for any bytes, on seeded random ones. `emend-fuzz` runs the same for longer.
struct PropertyTests {
  @Test("Every promise holds for random files, whole and damaged", arguments: 0..<20)
  func promises(_ block: Int) {
    var oracle = Oracle()
    for seed in (block * 100)..<(block * 100 + 100) {
      var generator = Generator(seed: UInt64(seed))
      let bytes = generator.file()
      let problems = oracle.check(bytes, seed: UInt64(seed))
      #expect(problems == [], "seed \(seed)")
      var output = oracle.lastOutput
      generator.mutate(&output)
      #expect(oracle.check(output, seed: UInt64(seed)) == [], "seed \(seed), output damaged")
    }
    #expect(oracle.disagreements == [])
    #expect(oracle.records > 0)
    #expect(oracle.passages > 0)
  }

  @Test("Well-formed files are used whole", arguments: 0..<10)
  func wellFormed(_ block: Int) throws {
    for seed in (block * 50)..<(block * 50 + 50) {
      var generator = Generator(seed: UInt64(seed))
      let bytes = generator.wellFormedFile()
      guard let reading = try? Reader().read(Source(file: "f", content: bytes)) else { continue }
      for rejection in reading.rejections {
        // What random labels, vectors and spans may be refused for is their meaning, never syntax.
        #expect(!rejection.reason.hasSuffix("found"), "seed \(seed): \(rejection)")
      }
    }
  }
}
