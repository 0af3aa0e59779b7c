import Foundation
import LabelQuality
import Testing
import Vectors

/// Four points on a circle, small enough to work out by hand.
@Suite("Signals by hand") struct SignalTests {
  static let angles: [Float] = [0, 0.1, 0.2, 1.5]

  static func evidence(labels: [Int32]) throws -> Evidence {
    let storage = angles.flatMap { [cosf($0), sinf($0)] }
    let data = AnnotatedSet(
      vectors: Matrix(rows: 4, columns: 2, storage: storage),
      targets: Targets(given: labels.map { [$0] }, labelCount: 2, isMultiLabel: false),
      words: WordFeatures(texts: ["red car", "red bus", "red car", "green tree"]),
      trusted: [false, false, false, false], votes: [:], meanings: nil)
    return try #require(try Evidence(of: data, search: PlainSearch(), threads: 1))
  }

  @Test("a neighbour's weight is exp((s − s₁)/0.1), and the prior counts as one neighbour")
  func neighbourhood() throws {
    let evidence = try Self.evidence(labels: [0, 0, 1, 1])
    var block = LabelBlock(labelCount: 2)
    NeighbourhoodSignal(name: "knn", k: 2).fitted(to: evidence).score(0..<1, into: &block)
    // Neighbours of point 0: point 1 (cos .1, label 0), then point 2 (cos .2, label 1).
    let weight = exp((cos(0.2) - cos(0.1)) / 0.1)
    let expected = (1 + 0.5) / (1 + weight + 1)
    #expect(abs(Double(block.values[0]) - expected) < 1e-5)
    #expect(abs(block.values[0] + block.values[1] - 1) < 1e-6)
  }

  @Test("the ridge's leave-one-out prediction equals that of a fit without the record")
  func ridgeIsExact() throws {
    let reference = try Reference.load()
    let signal = RidgeSignal(penalties: [2], sharpnesses: [1])
    var block = LabelBlock(labelCount: 4)
    signal.fitted(
      to: try #require(try Evidence(of: reference.data(), search: PlainSearch(), threads: 1))
    )
    .score(17..<18, into: &block)
    var given: [[Int32]?] = reference.labels.map { [$0] }
    given[17] = nil
    let without = reference.data(
      targets: Targets(given: given, labelCount: 4, isMultiLabel: false))
    var expected = LabelBlock(labelCount: 4)
    signal.fitted(to: try #require(try Evidence(of: without, search: PlainSearch(), threads: 1)))
      .score(17..<18, into: &expected)
    for label in 0..<4 {
      #expect(abs(block.values[label] - expected.values[label]) < 1e-4)
    }
  }

  @Test("every signal leaves out the record's own label", arguments: [0, 1, 2, 3])
  func ownLabelIsLeftOut(place: Int) throws {
    let reference = try Reference.load()
    let signal = Signals.standard(hasWords: true, hasSpelling: false)[place]
    var labels = reference.labels
    labels[17] = (labels[17] + 1) % 4
    let changed = reference.data(
      targets: Targets(given: labels.map { [$0] }, labelCount: 4, isMultiLabel: false))
    var blocks: [LabelBlock] = []
    for data in [reference.data(), changed] {
      let evidence = try #require(try Evidence(of: data, search: PlainSearch(), threads: 1))
      var block = LabelBlock(labelCount: 4)
      signal.fitted(to: evidence).score(17..<18, into: &block)
      blocks.append(block)
    }
    // Only shared quantities (label frequencies, λ, sharpness) may change, and only a little.
    for label in 0..<4 {
      #expect(abs(blocks[0].values[label] - blocks[1].values[label]) < 0.05, "\(signal.name)")
    }
  }
}

@Suite("Words") struct WordFeatureTests {
  @Test("each word and each pair occurs once, whatever its case")
  func wordsAndPairs() {
    let words = WordFeatures(texts: ["Red car, red CAR", "red car"])
    // red, car, red car, car red
    #expect(words.of(0).count == 4)
    #expect(words.of(1).count == 3)
    #expect(Set(words.of(1)).isSubset(of: Set(words.of(0))))
  }

  @Test("letters beyond ASCII become lower case, and every Han character is a word")
  func scripts() {
    let words = WordFeatures(texts: ["ÄPFEL", "äpfel", "北京", "北 京"])
    #expect(Array(words.of(0)) == Array(words.of(1)))
    #expect(Array(words.of(2)) == Array(words.of(3)))
    #expect(words.of(2).count == 3)
  }

  @Test func extraFeaturesAreNotWords() {
    let words = WordFeatures(texts: ["red", "red"], extra: [["red"], []])
    #expect(words.of(0).count == 2)
    #expect(words.of(1).count == 1)
  }

  @Test func textsWithoutWordsHaveNoFeatures() {
    #expect(WordFeatures(texts: ["", "  …!"]).features.isEmpty)
  }
}
