import Records
import Testing

@testable import Pipeline

@Suite("Representation") struct RepresentationTests {
  @Test("a text represents itself")
  func text() {
    let representation = Representation(.text("Some text."))
    #expect(representation.texts == ["Some text."])
    #expect(representation.joining == .alone)
    #expect(representation.words == "Some text.")
    #expect(representation.extraFeatures.isEmpty)
  }

  @Test("a record without a text has no texts and no words")
  func none() {
    let representation = Representation(.none)
    #expect(representation.texts.isEmpty)
    #expect(representation.words.isEmpty)
  }

  @Test("a pair is both texts together, the first and the second")
  func pair() {
    let representation = Representation(.pair("A dog runs.", "The dog, a pet"))
    #expect(
      representation.texts == ["A dog runs. The dog, a pet", "A dog runs.", "The dog, a pet"])
    #expect(representation.joining == .pair)
  }

  @Test("words that only one text of a pair has are marked")
  func contrastedWords() {
    #expect(
      Representation(.pair("A dog runs.", "The dog, a pet_1 pet_1")).words
        == "a dog a_runs b_the dog a b_pet_1 b_pet_1")
    #expect(Representation(.pair("", "Same")).words == "b_same")
  }

  @Test("joined vectors are once, twice or three times as long")
  func widths() {
    #expect(Representation.Joining.alone.width == 1)
    #expect(Representation.Joining.sideBySide.width == 2)
    #expect(Representation.Joining.pair.width == 3)
  }

  @Test("a pair's vector is that of both, √2 times the difference, and half of the sum")
  func pairVector() {
    var storage = [Float](repeating: 9, count: 8)
    Representation.Joining.pair.write(
      [[0.5, 0.25], [1, 0], [0, 1]].map { $0[...] }, into: &storage, at: 1)
    let root = Float(2).squareRoot()
    #expect(storage == [9, 0.5, 0.25, root, -root, 0.5, 0.5, 9])
  }

  @Test("side by side, vectors follow each other")
  func sideBySide() {
    var storage = [Float](repeating: 9, count: 6)
    Representation.Joining.sideBySide.write(
      [[1, 2], [3, 4]].map { $0[...] }, into: &storage, at: 1)
    #expect(storage == [9, 1, 2, 3, 4, 9])
  }

  /// A relation between the words at two places of a sentence, counted from 0.
  private func relation(
    _ sentence: String, head: Int, tail: Int, headType: String? = nil, tailType: String? = nil
  ) -> Content {
    let words = sentence.split(separator: " ").map(String.init)
    func entity(_ place: Int, _ type: String?) -> Entity {
      let start = words.prefix(place).reduce(0) { $0 + $1.unicodeScalars.count + 1 }
      return Entity(
        text: words[place], type: type, span: start..<start + words[place].unicodeScalars.count)
    }
    return .relation(
      Relation(text: sentence, head: entity(head, headType), tail: entity(tail, tailType)))
  }

  @Test("a relation is its entities before the sentence, and a window around them")
  func relationTexts() {
    let representation = Representation(
      relation("So Ada wrote to Bob", head: 1, tail: 4, headType: "PER", tailType: nil))
    #expect(
      representation.texts == [
        "Ada (PER) and Bob: So Ada wrote to Bob", "So X PER Ada wrote to Y Bob",
      ])
    #expect(representation.joining == .sideBySide)
    #expect(representation.words == "So X PER Ada wrote to Y Bob")
    #expect(
      representation.extraFeatures == [
        "between wrote", "between to", "head first", "head PER", "tail ",
      ])
  }

  @Test("where the tail comes first, it still is Y")
  func tailFirst() {
    let representation = Representation(
      relation("Bob heard from Ada", head: 3, tail: 0, tailType: "PER"))
    #expect(representation.texts.last == "Y PER Bob heard from X Ada")
    #expect(
      representation.extraFeatures == [
        "between heard", "between from", "tail first", "head ", "tail PER",
      ])
  }

  @Test("the window keeps four words on either side, and 25 between the entities")
  func window() {
    let before = (1...6).map { "v\($0)" }
    let between = (1...30).map { "m\($0)" }
    let after = (1...6).map { "n\($0)" }
    let sentence = (before + ["H"] + between + ["T"] + after).joined(separator: " ")
    let representation = Representation(relation(sentence, head: 6, tail: 37))
    // Of the 30 words between, the first 13 and the last 12 are kept.
    let kept =
      ["v3", "v4", "v5", "v6", "X", "H"] + between.prefix(13) + between.suffix(12)
      + ["Y", "T", "n1", "n2", "n3", "n4"]
    #expect(representation.words == kept.joined(separator: " "))
    #expect(representation.extraFeatures.count { $0.hasPrefix("between ") } == 30)
    let short = (before + ["H"] + between.prefix(25) + ["T"]).joined(separator: " ")
    #expect(
      Representation(relation(short, head: 6, tail: 32)).words
        == (["v3", "v4", "v5", "v6", "X", "H"] + between.prefix(25) + ["Y", "T"])
        .joined(separator: " "))
  }

  @Test("spans count Unicode scalars, and overlapping entities have nothing between them")
  func spans() {
    // The flag is two scalars, so the tail begins at scalar 3.
    let flag = Relation(
      text: "🇫🇷 x end", head: Entity(text: "🇫🇷", type: nil, span: 0..<2),
      tail: Entity(text: "x", type: nil, span: 3..<4))
    #expect(Representation(.relation(flag)).words == "X 🇫🇷 Y x end")
    let nested = Relation(
      text: "New York City", head: Entity(text: "New York City", type: nil, span: 0..<13),
      tail: Entity(text: "York", type: nil, span: 4..<8))
    #expect(Representation(.relation(nested)).words == "X New York City Y York")
  }

  @Test("a span beyond the sentence is no crash")
  func spanBeyond() {
    let beyond = Relation(
      text: "ab", head: Entity(text: "ab", type: nil, span: 0..<2),
      tail: Entity(text: "", type: nil, span: 50..<60))
    #expect(Representation(.relation(beyond)).words == "X ab Y ")
  }
}
