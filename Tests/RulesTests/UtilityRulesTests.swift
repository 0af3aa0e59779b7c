import Testing

@testable import Rules

@Suite struct UtilityRulesTests {
  private func read(_ yaml: String) -> (UtilityRules, [RuleProblem]) {
    let (set, problems) = RulesDirectory.parse(Array(yaml.utf8), file: "r/qa.yaml")
    return (set.utility, problems)
  }

  @Test("without the key, all is default") func defaults() {
    #expect(read("mode: auto").0 == UtilityRules())
    #expect(read("utility: null").0 == UtilityRules())
  }

  @Test("every key is read") func everyKey() throws {
    let (rules, problems) = read(
      "utility: {scorer: likelihood, model: Qwen, scale: 3, positive_from: 2}")
    #expect(problems.isEmpty)
    #expect(rules.scorer == .likelihood && rules.model == "Qwen")
    #expect(rules.scale == 3 && rules.positiveFrom == 2)
  }

  @Test(
    "what is wrong is named with its place",
    arguments: [
      ("utility: {scorer: extractiv}", "Did you mean extractive?"),
      ("utility: {scale: 0}", "whole number from 1 to 1000"),
      ("utility: {scale: 2, positive_from: 3}", "above the scale"),
      ("utility: {modell: x}", "Did you mean model?"),
    ])
  func problems(_ yaml: String, _ words: String) throws {
    let problem = try #require(read(yaml).1.first)
    #expect(problem.description.contains(words) && problem.line == 1 && problem.column > 0)
  }
}
