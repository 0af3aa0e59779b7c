import Testing

@testable import Rules

@Suite struct UtilityRulesTests {
  private func read(
    _ yaml: String, _ files: [String: String] = [:]
  ) -> (UtilityRules, [RuleProblem], String?) {
    let (set, problems) = RulesDirectory.parse(Array(yaml.utf8), file: "r/qa.yaml") { files[$0] }
    return (set.utility, problems, set.digest)
  }

  @Test("without the key, every value is the default") func defaults() {
    #expect(read("mode: auto").0 == UtilityRules())
    #expect(read("utility: null").0 == UtilityRules())
  }

  @Test("every key is read") func everyKey() throws {
    let (rules, problems, _) = read(
      """
      utility:
        scorer: judge
        selection: rank
        model: Qwen
        scale: 3
        positive_from: 2
        prompts: {answer: p/a.txt}
        hard_negatives: {range_min: 1, range_max: 9, max_score: 0.9, min_score: 0.1,
          absolute_margin: 0.2, relative_margin: 0.3, num_negatives: 4}
        server:
          address: http://127.0.0.1:8080/v1
          model: big
          key_variable: KEY
          remote: true
          timeout_seconds: 7
          concurrency: 3
      """, ["p/a.txt": "text"])
    #expect(problems.isEmpty)
    #expect(rules.scorer == .judge && rules.selection == .rank && rules.model == "Qwen")
    #expect(rules.scale == 3 && rules.positiveFrom == 2 && rules.prompts["answer"]?.text == "text")
    let hard = rules.hardNegatives
    #expect(hard.rangeMin == 1 && hard.rangeMax == 9 && hard.numNegatives == 4)
    #expect(hard.maxScore == 0.9 && hard.minScore == 0.1)
    #expect(hard.absoluteMargin == 0.2 && hard.relativeMargin == 0.3)
    let server = try #require(rules.server)
    #expect(server.address == "http://127.0.0.1:8080/v1" && server.model == "big")
    #expect(server.keyVariable == "KEY" && server.allowsRemote)
    #expect(server.timeoutSeconds == 7 && server.concurrency == 3)
  }

  @Test(
    "each error has its place",
    arguments: [
      ("utility: {scorer: jugde}", "Did you mean judge?"),
      ("utility: {hard_negatives: {range_max: 0}}", "whole number from 1"),
      ("utility: {hard_negatives: {range_min: 5, range_max: 5}}", "not below range_max"),
      ("utility: {hard_negatives: {min_score: 0.8, max_score: 0.5}}", "min_score is above"),
      ("utility: {hard_negatives: {relative_margin: 5%}}", "number from 0 to 1"),
      ("utility: {hard_negatives: {margin: 0.1}}", "Known keys: range_min"),
      ("utility: {scale: 0}", "whole number from 1 to 1000"),
      ("utility: {scale: 2, positive_from: 3}", "above the scale"),
      ("utility: {prompts: {answer: none.txt}}", "none.txt cannot be read"),
      ("utility: {prompts: [a]}", "name: file pairs"),
      ("utility: {server: {address: x}}", "both address and model"),
      ("utility: {server: {address: x, model: y, remote: maybe}}", "neither true nor false"),
      ("utility: {server: {address: x, model: y}, scorer: likelihood}", "never asks it"),
      ("utility: {server: {address: x, model: y, key_variable: sk-proj-1}}", "is not the name"),
      ("utility: {servers: x}", "Did you mean server?"),
    ])
  func problems(_ yaml: String, _ words: String) throws {
    let problem = try #require(read(yaml).1.first)
    #expect(problem.description.contains(words) && problem.line == 1 && problem.column > 0)
  }

  @Test func rulesAskForRatings() {
    func rates(_ yaml: String) -> (Bool, [RuleProblem]) {
      let (set, problems) = RulesDirectory.parse(Array(yaml.utf8), file: "r/qa.yaml")
      return (set.rates, problems)
    }
    #expect(rates("rate: true").0 && !rates("rate: false").0 && !rates("rate: null").0)
    #expect(rates("rate: null").1.isEmpty && !rates("mode: auto").0)
    #expect(
      rates("rate: yes please").1.first?.description.contains("neither true nor false") == true)
  }

  @Test("the rules' digest changes with a prompt's text") func digest() {
    let yaml = "utility: {prompts: {answer: a.txt}}"
    #expect(read(yaml, ["a.txt": "one"]).2 != read(yaml, ["a.txt": "two"]).2)
    #expect(read(yaml, ["a.txt": "one"]).2 == read(yaml, ["a.txt": "one"]).2)
  }
}
