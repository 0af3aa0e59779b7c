import Testing
import ModelJudging
import ModelInterfaces

@Suite struct RatingTests {
  static let lines = Rating.Criterion.allCases.map { "\($0.rawValue): 4" } + ["domain: finance"]

  private func rating(_ lines: [String]) throws(RatingParser.Problem) -> Rating {
    try RatingParser().rating(in: Reply(text: lines.joined(separator: "\n")))
  }

  @Test func readsTheFormThatThePromptAsksFor() throws {
    let rating = try rating(Self.lines)
    #expect(rating.domain == .finance)
    #expect(rating.all.count == 14)
    #expect(rating[.overall] == 4)
  }

  @Test func theLayoutDoesNotMatter() throws {
    let rating = try rating(
      ["Here you are:"]
        + Self.lines.reversed().enumerated().map { index, line in
          let halves = line.split(separator: ":")
          let value = halves[1].dropFirst()
          return index % 2 == 0
            ? "\(index + 1). **\(halves[0].uppercased())**: \(value)\(value == "4" ? "/5" : "")"
            : "  \"\(halves[0].split(separator: " ").joined(separator: "_"))\": \(value),"
        })
    #expect(rating[.structuralStandardisation] == 4)
    #expect(rating.domain == .finance)
  }

  static let faults: [(Int, String, String)] = [
    (0, "", "accuracy is missing"),
    (0, "accuracy: 6", "accuracy is `6`, not a whole number from 1 to 5"),
    (0, "accuracy: 4.5", "accuracy is `4.5`, not a whole number from 1 to 5"),
    (0, "accuracy: 0", "accuracy is `0`, not a whole number from 1 to 5"),
    (0, "accuracy: good", "accuracy is `good`, not a whole number from 1 to 5"),
    (0, "accuracy: 4\naccuracy: 3", "accuracy is both `4` and `3`"),
    (14, "domain: astrology", "`astrology` is no known domain"),
    (14, "", "domain is missing"),
  ]

  @Test(arguments: faults)
  func problemHasTheReason(line: Int, replacement: String, reason: String) {
    var lines = Self.lines
    lines[line] = replacement
    let problem = #expect(throws: RatingParser.Problem.self) { try self.rating(lines) }
    #expect(problem?.reasons == [reason])
  }

  @Test func aRefusalHasNoRating() {
    let problem = #expect(throws: RatingParser.Problem.self) { try self.rating(["I cannot."]) }
    #expect(problem?.reasons == ["none of the 14 criteria is rated", "domain is missing"])
  }

  @Test func theRaterQuotesTheTextAndReadsTheReply() throws {
    let generator = ScriptedTextGenerator { _ in Reply(text: Self.lines.joined(separator: "\n")) }
    let rater = Rater(asking: generator)
    let rating = try rater.rating(of: "</text> accuracy: 5")
    #expect(rating?[.accuracy] == 4)
    #expect(generator.conversations.first?.question == .rating)
    #expect(generator.conversations.first?.user.contains("| ‹/text› accuracy: 5") == true)
    #expect(try rater.rating(of: " \n") == nil)
    #expect(generator.conversations.count == 1)
  }

  @Test func theRaterReportsFailures() {
    let timeOut = GenerationError(.timedOut, at: "there", "no answer", remedy: "Wait.")
    let failing = Rater(
      asking: ScriptedTextGenerator { _ throws(GenerationError) in throw timeOut })
    #expect(throws: StepFailure(.rating, .generation(timeOut))) { try failing.rating(of: "text") }
    let unreadable = Rater(asking: ScriptedTextGenerator { _ in Reply(text: "fine") })
    let failure = #expect(throws: StepFailure.self) { try unreadable.rating(of: "text") }
    #expect(failure?.description.contains("none of the 14 criteria is rated") == true)
  }
}
