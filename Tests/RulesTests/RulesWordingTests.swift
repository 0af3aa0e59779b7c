import Testing

@testable import Rules

@Suite("Members of rules in place of flags") struct RulesWordingTests {
  @Test(
    "messages name members of rules",
    arguments: [
      (
        "Check the text (--text NAME).", "Check the text (fields: {text: NAME} in rules)."
      ),
      (
        "Did you mean --label \"gold label\"? Or none.",
        "Did you mean fields: {label: \"gold label\"} in rules? Or none."
      ),
      (
        "Name it (--text NAME, or fields: {text: NAME} in rules).",
        "Name it (fields: {text: NAME} in rules)."
      ),
      (
        "no line has it; --label-columns or label_columns in rules names it",
        "no line has it; label_columns in rules names it"
      ),
      (
        "Judge a pair: --text query --text-b passage.",
        "Judge a pair: fields: {text: query, text_b: passage} in rules."
      ),
      ("Say so (--label-columns a,b,c).", "Say so (label_columns: [a, b, c] in rules)."),
      (
        "where there is none, say --unlabelled.",
        "where there is none, say unlabelled: true in rules."
      ),
      (
        "where the query is labelled, --text says its field.",
        "where the query is labelled, fields: {text: …} in rules says its field."
      ),
      ("name another with --label.", "name another with fields: {label: …} in rules."),
      ("(--label answers[-1].x)", "(fields: {label: \"answers[-1].x\"} in rules)"),
      (
        "Say --label-separator \"|\", or label_separator: \"|\" in rules.",
        "Say label_separator: \"|\" in rules."
      ),
      // Names of the user's stay.
      (
        #"the header names "--text a", "b \"--label" (--text NAME)"#,
        #"the header names "--text a", "b \"--label" (fields: {text: NAME} in rules)"#
      ),
      // Commands, other flags and dashes stay.
      ("Run emend run --label x FILE.", "Run emend run --label x FILE."),
      (
        "Find them. emend reads --text NAME.",
        "Find them. emend reads fields: {text: NAME} in rules."
      ),
      ("Raise --memory -- or split it.", "Raise --memory -- or split it."),
    ])
  func wording(_ text: String, _ expected: String) {
    #expect(RulesWording.replacingFlags(in: text) == expected)
    #expect(RulesWording.replacingFlags(in: expected) == expected, "and once is enough")
  }

  @Test("every member that stands for a flag is one that rules have")
  func membersAreKnown() {
    let values = ["--mode": "suggest", "--scorer": "extractive", "--compare-labels": "400"]
    for flag in RulesWording.forms.keys.sorted() {
      let text = RulesWording.replacingFlags(in: "\(flag) \(values[flag] ?? "NAME")")
      let yaml = text.replacing(" in rules", with: "").replacing("true NAME", with: "true")
      #expect(yaml != text, "\(flag)")
      // The content of a file of names is left out.
      let whole = yaml.replacing("[…]", with: "[a, b]")
      let (_, problems) = RuleFile.read(whole, file: "-", stem: "default") { _ in nil }
      #expect(problems.isEmpty, "\(flag): \(whole): \(problems)")
    }
  }
}
