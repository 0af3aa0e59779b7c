import ModelInterfaces
import Assessments
import Foundation
import Records
import Testing
import emend_fuzz

@testable import Rules

struct RulesTests {
  private func rules(_ yaml: String, file: String = "rules/news.yaml") throws -> RuleSet {
    let (set, problems) = RulesDirectory.parse(Array(yaml.utf8), file: file)
    try #require(problems == [], "\(problems)")
    return set
  }

  @Test("All keys are read")
  func allKeys() throws {
    let set = try rules(
      """
      match: [news*.jsonl, "2024-[0-9][0-9].jsonl"]
      fields: {text: body, text_b: other, label: class, id: key, tokens: words, head: h, tail: t,
        annotations: votes, annotator: who, vector: v, query: q, passages: docs, answers: gold,
        passage_text: body, passage_id: key, passage_label: grade}
      labels:
        - name: sport
          aliases: [sports, SPORT]
          about: Matches and athletes.
          examples: [The home side won., "Late goal: 3-1"]
        - no
        - {name: 3}
      mode: suggest
      thresholds: {flag: 0.25}
      encoder: other-model
      precision: bf16
      on_bad_line: fail
      compare_labels: 400
      trusted: {field: verified, values: [true, null, 1.0]}
      """)
    #expect(set.match.map(\.pattern) == ["news*.jsonl", "2024-[0-9][0-9].jsonl"])
    for (name, path) in FieldMapping.names { #expect(set.fields[keyPath: path] != nil, "\(name)") }
    #expect(set.fields.text == "body")
    #expect(set.fields.vector == "v")
    #expect(
      set.labels == [
        .init(
          name: "sport", aliases: ["sports", "SPORT"], about: "Matches and athletes.",
          examples: ["The home side won.", "Late goal: 3-1"]), .init(name: "no"), .init(name: "3"),
      ])
    #expect(set.mode == .suggest)
    #expect(set.flagThreshold == 0.25)
    #expect(set.encoder == "other-model")
    #expect(set.precision == .bf16)
    #expect(set.onBadLine == .fail)
    #expect(set.labelQuestions == 400)
    #expect(set.trusted == TrustCondition(field: "verified", values: ["true", "null", "1.0"]))
    #expect(set.file == "rules/news.yaml")
    #expect(set.digest?.count == 64)
    var overrides = FieldMapping()
    overrides.text = "title"
    let options = set.readingOptions(overrides: overrides)
    #expect(options.fields.text == "title")
    #expect(options.fields.label == "class")
    #expect(options.canonicalNames == ["sports": "sport", "SPORT": "sport"])
    #expect(options.trusted == set.trusted)
  }

  @Test(
    "the order of the labels may name aliases and the names of numbers, before or after they are given"
  )
  func order() throws {
    #expect(
      try rules("order: [poor, ok]\nlabels: [{name: bad, aliases: [poor]}]").order == ["bad", "ok"])
    let named = try rules("label_names: [low, high]\norder: [high, low]")
    #expect(named.order == ["1", "0"])
    #expect(named.readingOptions().labelNames == ["0", "1"])
    #expect(try rules("order: [1, 2.5, 3]").readingOptions().labelNames == ["1", "2.5", "3"])
  }

  @Test(
    "Files without any rule have all defaults",
    arguments: [
      "", "# a comment\n", "---\n", "null", "~", "fields:\n", "labels: []", "labels:\n",
      "trusted: ~",
      "thresholds: {flag: null}", "encoder: null", "fields: {text: null}", "thresholds:",
      "mode: auto", "decisions: null", "order: null", "order: []",
      "precision: auto", "on_bad_line: reject",
    ])
  func defaults(_ yaml: String) throws {
    var set = try rules(yaml)
    #expect(set.match.map(\.pattern) == ["news*"])
    set.file = nil
    set.digest = nil
    set.match = []
    #expect(set == RuleSet())
  }

  @Test("The shipped default rules equal the built-in ones")
  func shipped() throws {
    let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .deletingLastPathComponent()
    let directory = try RulesDirectory.load(root.appending(path: "rules").path)
    try #require(directory.rules.count == 1)
    var set = directory.rules[0]
    #expect(set.match.map(\.pattern) == ["*"])
    set.file = nil
    set.digest = nil
    set.match = []
    #expect(set == RuleSet())
  }

  @Test("Aliases of aliases cannot multiply without end, and a few aliases are read")
  func aliases() throws {
    var bomb = "a0: &a0 [x,x,x,x,x,x,x,x,x,x]\n"
    for level in 1..<10 {
      let list = [String](repeating: "*a\(level - 1)", count: 10).joined(separator: ",")
      bomb += "a\(level): &a\(level) [\(list)]\n"
    }
    let (_, problems) = RulesDirectory.parse(Array((bomb + "? *a9\n: x\n").utf8), file: "r.yaml")
    #expect(problems.map(\.reason) == ["the file has more than 32 aliases (*name)"])
    let few = try rules("labels: [{name: &n sport, about: *n}]\nmatch: [\"*news*\", \"*s&p*\"]")
    #expect(few.labels == [.init(name: "sport", about: "sport")])
  }

  @Test("Deeply nested rules are one problem, and of very many problems the first are listed")
  func depthAndCount() {
    let deep = String(repeating: "[", count: 100_000)
    #expect(RulesDirectory.parse(Array(deep.utf8), file: "r.yaml").1.count == 1)
    let many = (0..<5000).map { "key\($0): 1\n" }.joined()
    #expect(RulesDirectory.parse(Array(many.utf8), file: "r.yaml").1.count == 100)
  }

  @Test("A rules file that is too large or no regular file is not read")
  func unreadable() throws {
    let folder = NSTemporaryDirectory() + "emend-rules-\(UUID().uuidString)"
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(atPath: folder) }
    try Data(repeating: 0x20, count: RulesDirectory.largestFile + 1)
      .write(to: URL(filePath: folder + "/a.yaml"))
    // Opening a FIFO would wait for a writer.
    #expect(mkfifo(folder + "/b.yaml", 0o600) == 0)
    let error = #expect(throws: RulesError.self) { try RulesDirectory.load(folder) }
    #expect(error?.problems.count == 2)
  }

  struct Bad: Sendable, CustomTestStringConvertible {
    let yaml: String
    let line: Int
    let column: Int
    let reason: String
    let remedy: String
    init(_ yaml: String, _ line: Int, _ column: Int, _ reason: String, _ remedy: String = "") {
      self.yaml = yaml
      self.line = line
      self.column = column
      self.reason = reason
      self.remedy = remedy
    }
    var testDescription: String { yaml }
  }

  @Test(
    "Each error has its place and remedy",
    arguments: [
      // The file
      Bad("text", 1, 1, "the file is text"), Bad("- a", 1, 1, "the file is a list"),
      Bad("3", 1, 1, "the file is text"), Bad("a: [", 2, 1, "not YAML"),
      Bad("a: [1", 2, 1, "not YAML"), Bad("mode: auto\n\tmode: all", 2, 1, "not YAML", "tabs"),
      Bad("mode: \"auto", 1, 12, "not YAML"), Bad("mode: auto: all", 1, 11, "not YAML"),
      Bad("mode: auto\n x: 1", 2, 3, "not YAML"), Bad("a: *b", 1, 4, "not YAML"),
      Bad("mode: auto\nmode: all", 1, 1, "mode appears twice", "Keep one"),
      Bad("fields: {text: a, text: b}", 1, 10, "text appears twice"),
      Bad("labels:\n  - name: a\n    name: b", 2, 5, "name appears twice"),
      Bad("mode: auto\n---\nmode: all", 2, 1, "not YAML"),
      // Keys
      Bad("mod: auto", 1, 1, "no key mod", "Did you mean mode?"),
      Bad("Mode: auto", 1, 1, "no key Mode", "Did you mean mode?"),
      Bad("modes: auto", 1, 1, "no key modes", "Did you mean mode?"),
      Bad("label: []", 1, 1, "no key label", "Did you mean labels?"),
      Bad("lables: []", 1, 1, "no key lables", "Did you mean labels?"),
      Bad("threshold: {}", 1, 1, "no key threshold", "Did you mean thresholds?"),
      Bad("on-bad-line: fail", 1, 1, "no key on-bad-line", "Did you mean on_bad_line?"),
      Bad("enocder: x", 1, 1, "no key enocder", "Did you mean encoder?"),
      Bad("field: {}", 1, 1, "no key field", "Did you mean fields?"),
      Bad("quite_else: 1", 1, 1, "no key quite_else", "Known keys: match, fields"),
      Bad("? [a]\n: 1", 1, 3, "no key a list"), Bad("1: 2", 1, 1, "no key 1"),
      Bad("constraints: []", 1, 1, "not in this version", "Remove it"),
      Bad("patterns: []", 1, 1, "not in this version"),
      Bad("trust: {}", 1, 1, "not in this version", "trusted:"),
      Bad("protected: []", 1, 1, "not in this version"),
      // Values
      Bad("mode: atuo", 1, 7, "mode cannot be atuo", "Did you mean auto?"),
      Bad("mode: AUTO", 1, 7, "mode cannot be AUTO", "Did you mean auto?"),
      Bad("mode: sugest", 1, 7, "cannot be sugest", "Did you mean suggest?"),
      Bad("mode: never", 1, 7, "cannot be never", "Choose one of auto, suggest, all."),
      Bad("mode: [auto]", 1, 7, "mode is a list"), Bad("mode: {a: 1}", 1, 7, "mode is a mapping"),
      Bad("mode:", 1, 6, "mode is empty"), Bad("mode: 1", 1, 7, "cannot be 1"),
      Bad("precision: fp16", 1, 12, "cannot be fp16", "fp32"),
      Bad("precision: int8", 1, 12, "cannot be int8", "Choose one of auto, fp32, bf16."),
      Bad("precision: 32", 1, 12, "cannot be 32"),
      Bad("on_bad_line: skip", 1, 14, "cannot be skip"),
      Bad("compare_labels: 79", 1, 17, "not a number of questions from 80 to 2000, or 0"),
      Bad("compare_labels: true", 1, 17, "not a number of questions"),
      Bad("on_bad_line: true", 1, 14, "cannot be true"),
      Bad("on_bad_line: rejct", 1, 14, "cannot be rejct", "Did you mean reject?"),
      Bad("encoder: [a]", 1, 10, "encoder is a list"),
      Bad("encoder: \"\"", 1, 10, "encoder is empty"),
      Bad("match: []", 1, 8, "empty list"), Bad("match: {a: 1}", 1, 8, "match is a mapping"),
      Bad("match:", 1, 7, "match is empty"), Bad("match: \"[a\"", 1, 8, "[ without an end"),
      Bad("match: [a, \"[z-a]\"]", 1, 12, "reversed"), Bad("match: [[a]]", 1, 9, "match is a list"),
      Bad("match: [\"\"]", 1, 9, "match is empty"),
      // Fields
      Bad("fields: text", 1, 9, "fields is text"), Bad("fields: [a]", 1, 9, "fields is a list"),
      Bad("fields: {texts: a}", 1, 10, "no key texts", "Did you mean text?"),
      Bad("fields:\n  lable: a", 2, 3, "no key lable", "Did you mean label?"),
      Bad("fields: {text: [a]}", 1, 16, "text is a list"),
      Bad("fields: {text: {a: 1}}", 1, 16, "text is a mapping"),
      Bad("fields: {text: ''}", 1, 16, "text is empty"),
      Bad("fields: {textb: a}", 1, 10, "no key textb", "Did you mean text_b?"),
      // Thresholds
      Bad("thresholds: 0.5", 1, 13, "thresholds is text"),
      Bad("thresholds: {flag: high}", 1, 20, "not a number from 0 to 1"),
      Bad("thresholds: {flag: -0.1}", 1, 20, "not a number from 0 to 1"),
      Bad("thresholds: {flag: 1.1}", 1, 20, "not a number from 0 to 1"),
      Bad("thresholds: {flag: nan}", 1, 20, "not a number from 0 to 1"),
      Bad("thresholds: {flag: [0.5]}", 1, 20, "not a number from 0 to 1"),
      Bad("thresholds: {flag: 90%}", 1, 20, "not a number from 0 to 1", "0.9"),
      Bad("thresholds: {target_precision: 0.9}", 1, 14, "no key target_precision"),
      Bad("thresholds: {target: 0.9}", 1, 14, "no key target"),
      Bad("thresholds: {flags: 0.9}", 1, 14, "no key flags", "Did you mean flag?"),
      // Labels
      Bad("labels: sport", 1, 9, "labels is text", "- name:"),
      Bad("labels: {sport: x}", 1, 10, "labels has no key sport"),
      Bad("labels: {canonical: {case: ignore}}", 1, 28, "case cannot be ignore", "fold, exact"),
      Bad("labels: {canonical: {accents: fold}}", 1, 22, "canonical has no key accents"),
      Bad("labels: {classes: x}", 1, 19, "labels is text"),
      Bad("no_label: none", 1, 11, "no_label is text"),
      Bad("label_separator: [a]", 1, 18, "label_separator is a list"),
      Bad("order: good", 1, 8, "order is text", "order: [one, two]"),
      Bad("order: [good]", 1, 8, "two labels at least", "lowest"),
      Bad("order: [bad, good, bad]", 1, 8, "names the label bad twice"),
      Bad("order: [bad, good, poor]\nlabels: [{name: bad, aliases: [poor]}]", 1, 8, "bad twice"),
      Bad("order: [bad, [good]]", 1, 14, "an entry of order is a list"),
      Bad("unlabelled: maybe", 1, 13, "unlabelled is neither true nor false"),
      Bad("labels: [[a]]", 1, 10, "a label is a list"),
      Bad("labels: [\"\"]", 1, 10, "a label is empty"),
      Bad("labels:\n  - about: x", 2, 5, "without a name", "Add name"),
      Bad("labels: [{name: [a]}]", 1, 17, "name is a list"),
      Bad("labels: [{name: }]", 1, 17, "name is empty"),
      Bad("labels: [{name: ''}]", 1, 17, "name is empty"),
      Bad("labels: [{name: a, nmae: b}]", 1, 20, "no key nmae", "Did you mean name?"),
      Bad("labels: [{name: a, alias: [b]}]", 1, 20, "no key alias", "Did you mean aliases?"),
      Bad("labels: [{name: a, aliases: b}]", 1, 29, "aliases is text", "[one, two]"),
      Bad("labels: [{name: a, aliases: [[b]]}]", 1, 30, "entry of aliases is a list"),
      Bad("labels: [{name: a, aliases: [null]}]", 1, 30, "entry of aliases is empty"),
      Bad("labels: [{name: a, about: [b]}]", 1, 27, "about is a list"),
      Bad("labels: [{name: a, about: ''}]", 1, 27, "about is empty"),
      Bad("labels: [{name: a, examples: b}]", 1, 30, "examples is text"),
      Bad("labels: [{name: a, example: [b]}]", 1, 20, "no key example", "Did you mean examples?"),
      Bad("labels: [a, a]", 1, 13, "a appears twice"),
      Bad("labels: [a, {name: a}]", 1, 13, "a appears twice"),
      Bad("labels:\n- {name: a, aliases: [x]}\n- {name: b, aliases: [x]}", 3, 23, "also means a"),
      Bad("labels:\n- {name: a, aliases: [b]}\n- {name: b}", 2, 23, "also means b"),
      Bad(
        "labels:\n- {name: a}\n- {name: b, aliases: [a]}", 3, 23, "also means a", "one of the two"),
      // Trusted
      Bad("trusted: verified", 1, 10, "trusted is text"),
      Bad("trusted: [a]", 1, 10, "trusted is a list"),
      Bad("trusted: {field: a}", 1, 10, "needs both"),
      Bad("trusted: {values: [a]}", 1, 10, "needs both"),
      Bad("trusted: {field: a, values: []}", 1, 10, "needs both", "values: [true]"),
      Bad("trusted: {field: a, values: true}", 1, 29, "values is text"),
      Bad("trusted: {field: [a], values: [b]}", 1, 18, "field is a list"),
      Bad("trusted: {field: a, values: [{}]}", 1, 30, "entry of values is a mapping"),
      Bad("trusted: {feild: a, values: [b]}", 1, 11, "no key feild", "Did you mean field?"),
    ])
  func bad(_ item: Bad) throws {
    let (_, problems) = RulesDirectory.parse(Array(item.yaml.utf8), file: "r/x.yaml")
    let problem = try #require(problems.first { $0.reason.contains(item.reason) }, "\(problems)")
    #expect(problem.file == "r/x.yaml")
    #expect(problem.line == item.line)
    #expect(problem.column == item.column)
    #expect(problem.remedy.count > 10)
    #expect(item.remedy.isEmpty || problem.remedy.contains(item.remedy), "\(problem.remedy)")
    #expect(problem.description.hasPrefix("r/x.yaml:\(item.line):\(item.column): "))
  }

  @Test("All errors are listed in order")
  func allAtOnce() {
    let (_, problems) = RulesDirectory.parse(
      Array(
        """
        mode: atuo
        fields: {txt: a, label: [b]}
        labels:
          - {name: a, aliases: [c]}
          - {name: b, aliases: [c, c], about: []}
        thresholds: {flag: 2}
        colour: red
        """.utf8), file: "x.yaml")
    #expect(problems.map(\.line) == [1, 2, 2, 5, 5, 5, 6, 7])
  }

  @Test("A file that is not text is an error that says so")
  func notText() {
    let (_, problems) = RulesDirectory.parse([0xFF, 0xFE], file: "x.yaml")
    #expect(problems.first?.reason.contains("UTF-8") == true)
    let (_, unprintable) = RulesDirectory.parse(Array("mode: auto\nx: \u{1}".utf8), file: "x.yaml")
    #expect(unprintable.count == 1)
    #expect(unprintable.first?.line == 2)
  }

  @Test("A folder's files are tried by name, default last; all errors of all files are listed")
  func folder() throws {
    let folder = NSTemporaryDirectory() + "emend-rules-\(UUID().uuidString)"
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(atPath: folder) }
    func write(_ name: String, _ text: String) throws {
      try Data(text.utf8).write(to: URL(filePath: "\(folder)/\(name)"))
    }
    try write("default.yaml", "mode: all")
    try write("b.yml", "mode: suggest")
    try write("z.yaml", "match: [\"*.jsonl\"]\nencoder: z")
    try write("README.md", "not: [yaml")
    try write(".hidden.yaml", "not: [yaml")
    let directory = try RulesDirectory.load(folder)
    #expect(directory.rules.count == 3)
    // A file that is named holds for every dataset, and the others beside it for none.
    let one = try RulesDirectory.load(folder + "/z.yaml")
    #expect(one.rules.map(\.file) == [folder + "/z.yaml"])
    #expect(one.rules(forFileNamed: "c.csv").encoder == "z")
    #expect(directory.rules(forFileNamed: "/x/b1.jsonl").mode == .suggest)
    #expect(directory.rules(forFileNamed: "c.jsonl").encoder == "z")
    #expect(directory.rules(forFileNamed: "c.jsonl.gz").encoder == "z")
    #expect(directory.rules(forFileNamed: "c.json").mode == .all)
    #expect(directory.rules(forFileNamed: "-").mode == .all)
    #expect(RulesDirectory.none.rules(forFileNamed: "c.jsonl") == RuleSet())

    try write("b.yml", "mode: no")
    try write("c.yaml", "mod: 1\nmodus: 2")
    let error = #expect(throws: RulesError.self) { try RulesDirectory.load(folder) }
    #expect(error?.problems.count == 3)
    #expect(error?.description.split(separator: "\n").count == 3)
    #expect(throws: RulesError.self) { try RulesDirectory.load(folder + "/none") }
  }

  @Test(
    "Patterns match the right names",
    arguments: [
      ("*", "anything", true), ("*", "", true), ("", "", true), ("", "a", false), ("a", "a", true),
      ("a", "A", false), ("a*", "abc", true), ("*c", "abc", true), ("a*c", "abbbc", true),
      ("a*c", "abcd", false), ("a*b*c", "aXbYbZc", true), ("?", "é", true), ("?", "", false),
      ("??", "a", false), ("[abc]x", "bx", true), ("[abc]x", "dx", false), ("[a-c]", "b", true),
      ("[!a-c]", "b", false), ("[!a-c]", "d", true), ("[]]", "]", true), ("[a-]", "-", true),
      ("*.jsonl", "a.jsonl", true), ("*.jsonl", "a.jsonl.gz", false), ("news*", "news.jsonl", true),
      ("a**b", "ab", true), ("*a*a*a*a*b", String(repeating: "a", count: 200), false),
    ])
  func globs(_ pattern: String, _ name: String, _ matches: Bool) throws {
    #expect(try #require(Glob(pattern)).matches(name) == matches)
  }

  @Test("Invalid patterns are refused", arguments: ["[", "[a", "[]", "[!]", "a[b", "[z-a]"])
  func badGlobs(_ pattern: String) { #expect(Glob(pattern) == nil) }

  @Test("No character of a file's stem is special in its pattern")
  func stems() throws {
    let (set, _) = RulesDirectory.parse([], file: "a[1]?.yaml")
    #expect(set.match.first?.matches("a[1]?.jsonl") == true)
    #expect(set.match.first?.matches("a1x.jsonl") == false)
  }

  @Test("Damaged rules give errors and never a crash", arguments: 0..<20)
  func damaged(_ block: Int) {
    let yaml = """
      match: [news*, "a[0-9]"]
      fields: {text: body, label: class}
      labels:
        - name: &x sport
          aliases: [sports, *x]
          about: |
            Matches: 3-1
          examples: ["é 😀", 'it''s']
      thresholds: {flag: 0.25}
      trusted: {field: verified, values: [true]}
      """
    for seed in (block * 50)..<(block * 50 + 50) {
      var generator = Generator(seed: UInt64(seed))
      var bytes = Array(yaml.utf8)
      generator.mutate(&bytes)
      let (_, problems) = RulesDirectory.parse(bytes, file: "x.yaml")
      for problem in problems {
        #expect(!problem.reason.isEmpty && problem.remedy.count > 5, "seed \(seed)")
      }
    }
  }
}
