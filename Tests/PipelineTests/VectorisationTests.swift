import Vectors
import LabelQuality
import Records
import Rules
import Synchronization
import Testing

@testable import Pipeline

@Suite("Vectorisation") struct VectorisationTests {
  private let encoder = StubEncoder(maximumWords: 4)

  private func encode(
    _ records: [Record], labels: [String] = [], rules: RuleSet = RuleSet(),
    progress: (@Sendable (Int, Int) -> Void)? = nil
  ) throws -> Vectorisation {
    try Vectorisation(
      encoding: records, labels: labels.map(label), rules: rules, encoder: encoder,
      threads: 1, progress: progress)
  }

  /// The vector in the direction of `numbers`, with length 1.
  private func unit(_ numbers: [Float]) -> [Float] {
    let length = numbers.reduce(0) { $0 + $1 * $1 }.squareRoot()
    return numbers.map { $0 / length }
  }

  private func isNear(_ vector: some Collection<Float>, _ expected: [Float]) -> Bool {
    vector.count == expected.count && zip(vector, expected).allSatisfy { abs($0 - $1) < 1e-5 }
  }

  private let relation = Content.relation(
    Relation(
      text: "Ada met Bob", head: Entity(text: "Ada", type: nil, span: 0..<3),
      tail: Entity(text: "Bob", type: nil, span: 8..<11)))

  @Test("plain texts have the encoder's vectors, also for the comparison with label names")
  func texts() throws {
    let vectorisation = try encode([record("one two"), record("three")], labels: ["x"])
    #expect(vectorisation.vectors.columns == 32)
    #expect(isNear(vectorisation.vectors.matrix.row(0), encoder.vector("one two")))
    #expect(isNear(vectorisation.vectors.matrix.row(1), encoder.vector("three")))
    #expect(vectorisation.meanings?.records.matrix == vectorisation.vectors.matrix)
    #expect(vectorisation.encoderIdentity == "stub of 4 words")
    #expect(vectorisation.encodedCount == 4, "two texts, and two for the label")
  }

  @Test("in a file of mixed kinds, rows are as wide as the widest kind and of unit length")
  func mixedKinds() throws {
    let vectorisation = try encode([
      record("one two"), record(.pair("three", "four")), record(relation), record(.none),
    ])
    let vectors = vectorisation.vectors.matrix
    #expect(vectors.columns == 3 * 32)
    let zeros = [Float](repeating: 0, count: 32)
    #expect(isNear(vectors.row(0), encoder.vector("one two") + zeros + zeros))
    let (u, v) = (encoder.vector("three"), encoder.vector("four"))
    let root = Float(2).squareRoot()
    #expect(
      isNear(
        vectors.row(1),
        unit(
          encoder.vector("three four") + zip(u, v).map { root * ($0 - $1) }
            + zip(u, v).map { ($0 + $1) / 2 })))
    #expect(
      isNear(
        vectors.row(2),
        unit(
          encoder.vector("Ada and Bob: Ada met Bob") + encoder.vector("X Ada met Y Bob") + zeros)))
    #expect(isNear(vectors.row(3), zeros + zeros + zeros))
  }

  @Test("label names are compared with the first text of a record alone")
  func meaningsOfRecords() throws {
    let vectorisation = try encode(
      [record("one two"), record(.pair("three", "four")), record(relation)], labels: ["x"])
    let meanings = try #require(vectorisation.meanings)
    #expect(meanings.records.columns == 32)
    #expect(isNear(meanings.records.matrix.row(0), encoder.vector("one two")))
    #expect(isNear(meanings.records.matrix.row(1), encoder.vector("three four")))
    #expect(isNear(meanings.records.matrix.row(2), encoder.vector("Ada and Bob: Ada met Bob")))
  }

  @Test("a label's meaning is the sum of the vectors of its wording, with length 1")
  func meaningsOfLabels() throws {
    var rules = RuleSet()
    rules.labels = [
      RuleSet.LabelRule(name: "other", about: "never used"),
      RuleSet.LabelRule(name: "sport", about: "teams", examples: ["a goal", "a race"]),
      RuleSet.LabelRule(name: "sport", about: "the first rule of a label counts"),
    ]
    let vectorisation = try encode(
      [record("one", "worldNews"), record("two", "sport")], labels: ["worldNews", "sport"],
      rules: rules)
    func sum(_ texts: [String]) -> [Float] {
      texts.map(encoder.vector).reduce([Float](repeating: 0, count: 32)) { sum, vector in
        zip(sum, vector).map { $0 + $1 }
      }
    }
    let names = try #require(vectorisation.meanings).names
    #expect(names.rows == 2)
    #expect(isNear(names.row(0), unit(sum(["world news", "This text is about world news"]))))
    #expect(isNear(names.row(1), unit(sum(["teams", "a goal", "a race"]))))
  }

  @Test("a record is truncated if any of its texts is, and label names do not count")
  func truncated() throws {
    let vectorisation = try encode(
      [
        record("one two three four"), record("one two three four five"),
        record(.pair("one two three", "four five")), record(.pair("one", "two")),
        record(.pair("one", "two three four five six")),
      ], labels: ["a label of very many words"])
    #expect(vectorisation.truncated == [false, true, true, false, true])
  }

  @Test("records have the words of their texts, and relations further features")
  func words() throws {
    let texts = ["one two", "two one", "three"]
    let vectorisation = try encode(texts.map { record($0) })
    let expected = WordFeatures(texts: texts)
    let words = try #require(vectorisation.words)
    #expect(words.offsets == expected.offsets)
    #expect(words.features == expected.features)
    let representation = Representation(relation)
    let related = WordFeatures(
      texts: [representation.words], extra: [representation.extraFeatures])
    #expect(try encode([record(relation)]).words?.features == related.features)
    #expect(related.featureCount > WordFeatures(texts: [representation.words]).featureCount)
  }

  @Test("progress counts the texts of records and label names")
  func progress() throws {
    let log = Mutex<[[Int]]>([])
    _ = try encode([record("one"), record(.pair("two", "three"))], labels: ["x"]) { done, total in
      log.withLock { $0.append([done, total]) }
    }
    #expect(log.withLock { $0 } == [[0, 6], [6, 6]])
  }

  @Test("ready vectors are scaled to length 1, and nothing is encoded")
  func ready() {
    let vectorisation = Vectorisation(
      ready: [record(.none, vector: [3, 4]), record(.none, vector: [0, 0])], threads: 1)
    #expect(isNear(vectorisation.vectors.matrix.storage, [0.6, 0.8, 0, 0]))
    #expect(vectorisation.meanings == nil)
    #expect(vectorisation.words == nil)
    #expect(vectorisation.truncated == [false, false])
    #expect(vectorisation.encoderIdentity == nil)
    #expect(vectorisation.encodedCount == 0)
  }

  @Test("records with ready vectors and texts have words")
  func readyWithTexts() throws {
    let vectorisation = Vectorisation(
      ready: [record("one two", vector: [1]), record("", vector: [1])], threads: 1)
    let words = try #require(vectorisation.words)
    #expect(words.features == WordFeatures(texts: ["one two", ""]).features)
  }

  @Test("without a record there is nothing")
  func empty() {
    let vectorisation = Vectorisation(ready: [], threads: 1)
    #expect(vectorisation.vectors.rows == 0)
    #expect(vectorisation.truncated.isEmpty)
  }
}
