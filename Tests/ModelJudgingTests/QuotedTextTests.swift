import Testing
import ModelJudging
import Concurrency

@Suite struct QuotedTextTests {
  @Test func keepsLinesAndNeutralisesBrackets() {
    let quoted = QuotedText("  a  <b>\r\n\r\n[3]\tc ", words: 300)
    #expect(quoted.text == "a ‹b›\n(3) c")
    #expect(quoted.fenced(as: "passage 1") == "<passage 1>\n| a ‹b›\n| (3) c\n</passage 1>")
    #expect(!quoted.wasCut)
  }

  @Test func dropsInvisibleCharacters() {
    #expect(QuotedText("a\u{200B}b\u{202E}c\u{E0041}d\u{FE0F}\u{AD}", words: 9).text == "abcd")
    #expect(QuotedText("a\u{0}b\u{1B}[2Jc", words: 9).text == "a b (2Jc")
    // A single joiner is kept, the others of a row are dropped.
    #expect(QuotedText("می\u{200C}\u{200C}\u{200D}خواهم", words: 9).text == "می\u{200C}خواهم")
  }

  @Test func cutsAfterTheLimitOfWords() {
    let text = (1...400).map { "w\($0)" }.joined(separator: " ")
    let quoted = QuotedText(text, words: 300)
    #expect(quoted.wasCut)
    #expect(quoted.text.split(separator: " ").count == 300)
    #expect(quoted.text.hasSuffix(" w300"))
    #expect(!QuotedText("one two  ", words: 2).wasCut)
  }

  @Test func cutsTextsWithoutSpacesToo() {
    #expect(QuotedText(String(repeating: "a", count: 9_999), words: 10).text.count == 160)
    #expect(QuotedText(String(repeating: "的", count: 9_999), words: 10).text.count == 20)
  }

  @Test(arguments: ["", " \n\t ", "\u{200B}\u{FEFF}\u{0}"])
  func blankTextsAreEmpty(text: String) {
    #expect(QuotedText(text, words: 300).isEmpty)
    #expect(QuotedText(text, words: 300).fenced(as: "text") == "<text>\n</text>")
  }

  /// Checks the properties that the type promises with random scalars.
  @Test(arguments: 0..<200)
  func randomTextsStayInTheirQuotation(seed: Int) {
    var generator = SplitMix64(seed: UInt64(seed))
    var text = ""
    for _ in 0..<200 {
      let bound: UInt32 = Bool.random(using: &generator) ? 0x80 : 0x11_0000
      if let scalar = Unicode.Scalar(UInt32.random(in: 0..<bound, using: &generator)) {
        text.unicodeScalars.append(scalar)
      }
    }
    let quoted = QuotedText(text, words: 20)
    #expect(!quoted.text.contains { "<>[]\r＜＞［］".contains($0) })
    let lines = quoted.fenced(as: "x").unicodeScalars.split(separator: "\n")
    #expect(lines.dropFirst().dropLast().allSatisfy { $0.starts(with: "| ".unicodeScalars) })
    #expect(QuotedText(quoted.text, words: 20).text == quoted.text)
  }
}
