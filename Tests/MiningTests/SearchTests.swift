import Foundation
@testable import Mining
import Testing
import PassageUtility
import Vectors

@Suite("Search for candidates") struct SearchTests {
  @Test("BM25 gives the scores of its formula, ties by index, and nothing without a common term")
  func bm25() throws {
    let texts = ["red fox", "red red dog runs", "blue cat", "dog red runs red", "the"]
    let index = try InvertedIndex(texts: texts, queries: ["The red foxes", "who"], threads: 2)
    let found = try index.search(0..<2, depth: 10, threads: 2)
    // Worked by hand: 5 texts, lengths 2, 4, 2, 4, 0 without "the"; "red" is in three, "fox" in one.
    let mean = 12.0 / 5
    func part(_ frequency: Double, _ count: Double, _ length: Double) -> Double {
      log(1 + (5 - frequency + 0.5) / (frequency + 0.5)) * count * 2.2
        / (count + 1.2 * (0.25 + 0.75 * length / mean))
    }
    #expect(found[0].indices == [0, 1, 3])
    let expected = [part(3, 1, 2) + part(1, 1, 2), part(3, 2, 4), part(3, 2, 4)]
    for (score, value) in zip(found[0].scores, expected) {
      #expect(abs(Double(score) - value) < 1e-5)
    }
    #expect(found[1].indices.isEmpty)
  }

  @Test(
    "The number of threads changes nothing, and a part of the queries gives their part of the lists"
  )
  func threads() throws {
    let words = ["alpha", "beta", "gamma", "delta", "kappa", "sigma", "omega", "zeta"]
    func text(_ number: Int) -> String {
      let chosen = (0..<6).map { (place: Int) -> String in
        words[(number * 7 + place * number + place) % 8]
      }
      return chosen.joined(separator: " ") + " \(number)"
    }
    let texts = (0..<3000).map(text)
    let queries = (0..<70).map { "\(words[$0 % 8]) \(words[($0 / 8) % 8]) \($0)" }
    let one = try InvertedIndex(texts: texts, queries: queries, threads: 1)
    let two = try InvertedIndex(texts: texts, queries: queries, threads: 3)
    let all = try one.search(0..<70, depth: 20, threads: 1)
    let part = try two.search(30..<70, depth: 20, threads: 3)
    for (left, right) in zip(all[30...], part) {
      #expect(
        left.indices == right.indices && left.scores == right.scores && left.indices.count == 20)
    }
  }

  @Test("Fusion prefers what two lists have to what one has, and breaks ties by index")
  func fusion() {
    #expect(RankFusion.fused([[5, 1, 2], [7, 1, 3]]) == [1, 5, 7, 2, 3])
    #expect(RankFusion.fused([[4, 2]]) == [4, 2])
    #expect(RankFusion.fused([[], [9]]) == [9])
  }
}
