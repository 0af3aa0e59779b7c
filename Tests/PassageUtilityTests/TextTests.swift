import Testing

@testable import PassageUtility

@Suite struct TextTests {
  @Test(
    "words are folded runs; scripts without spaces are cut into pairs",
    arguments: [
      ("Crème brûlée, 3-times!", ["creme", "brulee", "3", "times"]), ("", []), ("…", []),
      ("東京都 Tokyo", ["東京", "京都", "tokyo"]),
    ])
  func words(_ text: String, _ words: [String]) { #expect(Words.of(text) == words) }

  @Test(
    "stems join forms of one word and leave short ones",
    arguments: [
      ("cities", "city"), ("baking", "bak"), ("bake", "bak"), ("stopped", "stop"), ("bus", "bus"),
      ("glasses", "glass"), ("quickly", "quick"), ("was", "was"), ("straße", "straße"),
    ])
  func stems(_ word: String, _ stem: String) { #expect(Words.stem(word) == stem) }

  @Test(
    "sentences end at full stops and not after abbreviations, initials or numbers",
    arguments: [
      ("One ends. Two begins.", ["One ends.", "Two begins."]),
      ("Dr. Smith met J. R. Brown. He left.", ["Dr. Smith met J. R. Brown.", "He left."]),
      ("It costs 3.50 euros. Really!", ["It costs 3.50 euros. Really!"]),
      ("No stop at all", ["No stop at all"]), ("", [""]),
      ("これは本です。それは机です。", ["これは本です。", "それは机です。"]),
    ])
  func sentences(_ text: String, _ sentences: [String]) {
    #expect(Sentences.of(text) == sentences)
  }

  @Test(
    "the words of a question show which kind of word answers it",
    arguments: [
      ("Who wrote it?", AnswerType.name), ("In which year did it end?", .date),
      ("How many are there?", .number), ("Why is that?", nil), ("What is that?", nil),
    ])
  func answerTypes(_ query: String, _ type: AnswerType?) {
    #expect(AnswerType(query: Words.of(query)) == type)
  }

  @Test("an answer is found word for word, whatever its case, articles and punctuation")
  func answers() {
    let text = AnswerMatch.normalised("It was built by the Hiking-Club, in 1931.")
    #expect(AnswerMatch.contains(text, answer: AnswerMatch.normalised("in 1931")))
    #expect(!AnswerMatch.contains(text, answer: AnswerMatch.normalised("193")))
    #expect(!AnswerMatch.contains(text, answer: AnswerMatch.normalised("the")))
  }
}
