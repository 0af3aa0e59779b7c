import Testing
import ModelJudging
import ModelInterfaces

@Suite struct PromptSetTests {
  @Test func shippedPromptsAreComplete() {
    let entries = PromptSet.shipped.entries
    #expect(entries.map(\.name) == Prompt.Name.allCases.map(\.rawValue).sorted())
    #expect(entries.allSatisfy { $0.isShipped && !$0.version.isEmpty && $0.digest.count == 64 })
    #expect(Set(entries.map(\.digest)).count == entries.count)
  }

  @Test func aReplacementIsUsedAndListed() throws {
    let prompts = try PromptSet(replacing: [
      "answer": "version: mine\n--- system\nBe brief.\n--- user\n{query} {passages} {\"a\": 1} {}\n"
    ])
    let conversation = prompts[.answer].conversation(
      with: [.query: "Q {passages}", .passages: "P {query}"], maximumTokens: 7)
    let expected = Conversation(
      system: "Be brief.", user: "Q {passages} P {query} {\"a\": 1} {}", maximumTokens: 7)
    #expect(conversation == expected)
    #expect(prompts.digest != PromptSet.shipped.digest)
    #expect(prompts.entries.filter { !$0.isShipped }.map(\.version) == ["mine"])
  }

  /// A file with Windows line endings gives the same prompt as one with Unix line endings.
  @Test func lineEndingsDoNotMatter() throws {
    let text = "version: 2\n--- system\nA\nB\n--- user\n{query}\n{passages}"
    let windows = text.split(separator: "\n").joined(separator: "\r\n")
    let one = try PromptSet(replacing: ["answer": text])
    #expect(try PromptSet(replacing: ["answer": windows]) == one)
  }

  static let faults: [(String, String)] = [
    (
      "--- user\n{query} {passages}",
      "answer.txt: the version is missing. Write `version: 1` in its first line."
    ),
    (
      "version: 1\n--- user\n{query}",
      "answer.txt: {passages} is missing in the user part. "
        + "Write {passages} below `--- user`, where it belongs."
    ),
    (
      "version: 1\n--- user\n{query} {passages} {answer}",
      "answer.txt:3: {answer} means nothing here. "
        + "Use {query}, {passages}, {count}, or another kind of brackets."
    ),
    (
      "version: 1\n--- system\n{query}\n--- user\n{query} {passages}",
      "answer.txt: {query} stands in the system part. "
        + "Move it below `--- user`: texts of others are data, and the system part gives orders."
    ),
    (
      "version: 1\n--- assistant\n--- user\n{query} {passages}",
      "answer.txt:2: `--- assistant` is no part of a prompt. "
        + "The parts are `--- system` and `--- user`; begin other lines differently."
    ),
    (
      "Be brief.\n--- user\n{query} {passages}",
      "answer.txt:1: only `version:` and a text may stand before `--- system`. "
        + "Write `version: 1`, or move the line below `--- user`."
    ),
  ]

  @Test(arguments: faults)
  func errorHasPlaceReasonAndRemedy(content: String, message: String) {
    let error = #expect(throws: PromptError.self) {
      try PromptSet(replacing: ["answer": content])
    }
    #expect(error?.description.hasPrefix(message) == true, "\(error.map { "\($0)" } ?? "")")
  }

  @Test func unknownNamesAreReported() {
    let error = #expect(throws: PromptError.self) {
      try PromptSet(replacing: ["anwser": "version: 1", "rating": "version: 1"])
    }
    #expect(error?.problems.map(\.file) == ["anwser.txt", "rating.txt"])
    #expect(error?.problems.first?.remedy.contains("answer, label-choice, rating") == true)
  }
}
