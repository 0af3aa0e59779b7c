import Foundation
import ModelInterfaces
import ModelCatalogue
import OpenVINOBackend
import Testing
import Vectors

struct OpenVINOEncoderTests {
  private struct Golden: Decodable {
    let texts: [String]
    let vectors: [Data]
  }

  @Test func agreesWithSentenceTransformers() throws {
    let golden = try Prepared.fixture("embeddings", as: Golden.self)
    for precision in try Prepared.precisions() {
      let encoding = try Prepared.encoder(precision, threads: 2).encode(golden.texts, progress: nil)
      for (row, data) in golden.vectors.enumerated() {
        let expected = data.withUnsafeBytes { Array($0.bindMemory(to: Float.self)) }
        #expect(expected.count == 384)
        let cosine = zip(encoding.embeddings.row(row), expected).reduce(0.0) {
          $0 + Double($1.0) * Double($1.1)
        }
        #expect(
          cosine >= (precision == .fp32 ? 0.9999 : 0.999), "\(precision) \(golden.texts[row])")
      }
      #expect(encoding.truncated.last == true)
      #expect(encoding.truncated.dropLast().allSatisfy { !$0 })
    }
  }

  /// A vector depends on its text alone, and not on the other texts, its place among them, or the threads.
  @Test func aVectorDependsOnItsTextAlone() throws {
    let texts = (0..<300).map { number in
      String(repeating: "word\(number % 7) and ", count: number % 40) + "number \(number)"
    }
    for precision in try Prepared.precisions() {
      let together = try Prepared.encoder(precision, threads: 2).encode(texts, progress: nil)
      let reversed = try Prepared.encoder(precision, threads: 1)
        .encode(texts.reversed(), progress: nil)
      let streams = try Prepared.encoder(precision, threads: 2, streams: 2)
        .encode(texts, progress: nil)
      #expect(streams.embeddings == together.embeddings)
      let alone = try Prepared.encoder(precision, threads: 2)
      for row in texts.indices {
        #expect(
          together.embeddings.row(row) == reversed.embeddings.row(texts.count - 1 - row),
          "\(precision), row \(row), reversed on one thread")
        guard row % 10 == 0 else { continue }
        let single = try alone.encode([texts[row]], progress: nil)
        #expect(
          single.embeddings.row(0) == together.embeddings.row(row), "\(precision), row \(row) alone"
        )
      }
    }
  }

  @Test("An encoder that was let go of gives the same vectors, after it has opened its graph again")
  func releasing() throws {
    let encoder = try Prepared.encoder(.fp32, threads: 1)
    let before = try encoder.encode(["one", "two words"], progress: nil)
    encoder.releaseMemory()
    let after = try encoder.encode(["one", "two words"], progress: nil)
    #expect(after.embeddings == before.embeddings)
  }

  @Test func rowsHaveUnitLengthAndNoTextsGiveNoRows() throws {
    let encoder = try Prepared.encoder(.fp32, threads: 1)
    let encoding = try encoder.encode(["one", "", "two words"], progress: nil)
    for row in 0..<3 {
      #expect(abs(encoding.embeddings.dotProduct(row, row) - 1) < 1e-5)
    }
    #expect(encoding.encodedCount == 3)
    #expect(try encoder.encode([], progress: nil).embeddings.rows == 0)
  }

  @Test func theIdentityNamesThePrecision() throws {
    let identities = try Prepared.precisions().map {
      try Prepared.encoder($0, threads: 1).identity
    }
    #expect(Set(identities).count == identities.count)
    #expect(identities[0].contains("fp32"))
  }

  @Test func aMissingLibraryIsNamed() throws {
    try Prepared.inFreshDirectory { folder in
      let error = #expect(throws: ModelError.self) {
        try OpenVINORuntime(layout: RuntimeLayout(home: folder))
      }
      #expect(error?.kind == .libraryMissing)
      #expect(error?.remedy.contains("scripts/setup/prepare") == true)
    }
  }
}
