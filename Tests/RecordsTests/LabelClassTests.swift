import Assessments
import Testing

@testable import Records

/// Which spellings of a label are one class, and how a corrected label is spelled.
struct LabelClassTests {
  func labelled(_ labels: [String], _ options: ReadingOptions = ReadingOptions()) throws -> Reading
  {
    try read(labels.map { "{\"text\": \"t\", \"label\": \($0)}\n" }.joined(), options)
  }

  func names(_ reading: Reading) -> [String] {
    reading.records.map { $0.labels.map(\.name).joined(separator: ",") }
  }

  func codes(_ reading: Reading) -> [FindingCode] { reading.findings.map(\.code) }

  @Test(
    "records with the same label share one list, also where other labels have several spellings")
  func sharedLists() throws {
    let reading = try labelled(["\"a\"", "\"b\"", "\"b \"", "\"a\"", "\"b\""])
    #expect(names(reading) == ["a", "b", "b", "a", "b"])
    let places = reading.records.map { record in
      record.labels.withUnsafeBufferPointer { $0.baseAddress }
    }
    #expect(places[0] == places[3])
    #expect(places[0] != places[1])
  }

  @Test("the name of a class has the same bytes in all its records, whatever their Unicode form")
  func oneNameInBytes() throws {
    let reading = try labelled(["\"e\\u0301\"", "\"\\u00e9\"", "\"\\u00e9\"", "\"x\"", "\"x\""])
    let written = Set(reading.records.prefix(3).map { Array($0.labels[0].name.utf8) })
    #expect(written.count == 1)
  }

  @Test(
    "spellings that differ by nothing but Unicode form, outer white space, width or type are one class",
    arguments: [
      [
        "\"billing\"", "\"billing \"", "\"\\tbilling\"", "\"\\u00a0billing\"", "\"\\u3000billing\"",
      ],
      [
        "\"billing\"", "\"bil\\u200bling\"", "\"\\ufeffbilling\"", "\"billing\\u2060\"",
        "\"bill\\u00ading\"",
      ],
      ["\"Fakturaci\\u00f3n\"", "\"Fakturacio\\u0301n\""],
      ["1", "1.0", "\"1\"", "\"1.0\"", "1e0"],
      ["true", "\"True\"", "\"true\"", "\"TRUE\""],
    ])
  func sameClass(labels: [String]) throws {
    // Others, so that no file has one label only.
    let reading = try labelled(labels + [labels[0], "\"other\"", "\"third\""])
    #expect(Set(names(reading).prefix(labels.count)).count == 1)
    #expect(reading.records[0].labels[0].token == labels[0])
    #expect(reading.records[1].labels[0].token == labels[1])
    #expect(codes(reading) == [.joinedSpellings])
    #expect(reading.findings[0].lines == Array(2...labels.count))
    #expect(try nothingIsLost(reading))
  }

  @Test(
    "spellings that may mean different things stay apart",
    arguments: [
      ["\"1.0\"", "\"1\""], ["\"1.10\"", "\"1.1\""], ["\"True\"", "\"true\""], ["\"01\"", "1"],
      ["\"A+\"", "\"A-\""], ["\"C\"", "\"C++\""], ["\"Stra\\u00dfe\"", "\"Strasse\""],
      ["\"a\"", "\"\\u00e0\""], ["9007199254740993", "9007199254740992"], ["0.5", "0.50001"],
      ["\"\\ud83d\\udc68\\u200d\\ud83d\\udcbb\"", "\"\\ud83d\\udc68\\ud83d\\udcbb\""],
    ])
  func differentClasses(labels: [String]) throws {
    let reading = try labelled(labels)
    #expect(reading.records[0].labels != reading.records[1].labels)
    #expect(!codes(reading).contains(.joinedSpellings))
  }

  @Test func aClassHasTheNameOfItsCommonestSpelling() throws {
    let reading = try labelled(["\"a \"", "\"a\"", "\"b\"", "\"a \"", "2", "2.0", "2.0"])
    #expect(names(reading) == ["a ", "a ", "b", "a ", "2.0", "2.0", "2.0"])
  }

  @Test func spellingsThatDifferInCaseAreNamedWithTheAliasToAdd() throws {
    let reading = try labelled([
      "\"Billing\"", "\"billing\"", "\"Billing\"", "\"not spam\"", "\"not_spam\"",
    ])
    #expect(Set(names(reading)).count == 4)
    let finding = try #require(reading.findings.first { $0.code == .similarSpellings })
    #expect(finding.sentence.contains("\"Billing\" (2) and \"billing\" (1)"))
    #expect(finding.remedy.contains("{name: \"Billing\", aliases: [\"billing\"]}"))
    #expect(finding.remedy.contains("{name: \"not spam\", aliases: [\"not_spam\"]}"))
    #expect(finding.lines == [2, 5])
  }

  @Test func rulesJoinMore() throws {
    var options = ReadingOptions(canonicalNames: ["bills": "Billing"])
    options.labelNames = ["Billing"]
    options.folding.ignoresCase = true
    options.folding.ignoresSpaces = true
    let reading = try labelled(
      ["\"billing\"", "\"BILLS \"", "\"log_in\"", "\"Log in\"", "\"log-in\""], options)
    #expect(Set(names(reading).prefix(2)) == ["Billing"])
    #expect(Set(names(reading).dropFirst(2)).count == 1)
    // An alias is written as the class is.
    #expect(reading.records[1].labels[0].token == "\"billing\"")
  }

  @Test func anAliasOfANumberIsWrittenAsANumber() throws {
    let options = ReadingOptions(canonicalNames: ["zero": "0"])
    let reading = try labelled(["0", "\"zero\"", "\"zero\"", "1"], options)
    #expect(reading.records.map { $0.labels[0].token } == ["0", "0", "0", "1"])
    #expect(names(reading) == ["0", "0", "0", "1"])
  }

  @Test func votesAreOfTheSameClasses() throws {
    let reading = try read(
      """
      {"text": "t", "label": 1, "annotations": ["1", 1.0, 0]}
      {"text": "t", "label": 0, "annotations": [0, 0, 1]}
      """)
    #expect(reading.records[0].votes.map(\.label.name) == ["1", "1", "0"])
  }

  @Test func labelsWithinAListAreJoined() throws {
    let reading = try read(
      """
      {"text": "t", "label": ["a", "a ", "b"]}
      {"text": "t", "label": ["b"]}
      """)
    #expect(reading.records[0].labels.map(\.name) == ["a", "b"])
    #expect(try nothingIsLost(reading))
  }
}

/// What is no label although something is written.
struct PlaceholderTests {
  func reading(_ labels: [String], _ options: ReadingOptions = ReadingOptions()) throws -> Reading {
    try read(labels.map { "{\"text\": \"t\", \"label\": \($0)}\n" }.joined(), options)
  }

  @Test(
    "words and numbers for nothing are no label",
    arguments: [
      ["\"N/A\"", "\"a\"", "\"b\""], ["\"nan\"", "\"a\"", "\"b\""],
      ["\"NULL \"", "\"a\"", "\"b\""],
      ["\"-\"", "\"entailment\"", "\"neutral\""], ["\"  \"", "\"a\"", "\"b\""],
      ["\"\\u200b\"", "\"a\"", "\"b\""], ["-100", "0", "1"], ["\"-1\"", "0", "1.0"],
      ["\"N/A\"", "0", "1"], ["[\"N/A\"]", "[\"a\"]", "[\"b\"]"],
    ])
  func noLabel(labels: [String]) throws {
    let reading = try reading(labels)
    #expect(reading.records.map(\.isLabelled) == [false, true, true])
    #expect(reading.records[0].labels.isEmpty)
    #expect(try nothingIsLost(reading))
  }

  @Test func whatIsTakenForAPlaceholderIsSaidWithItsCount() throws {
    let finding = try #require(
      try reading(["\"a\"", "\"N/A\"", "\"b\"", "\"n/a\"", "\"N/A\""]).findings
        .first { $0.code == .placeholder })
    #expect(finding.sentence == "the label \"N/A\" is read as no label")
    #expect(finding.count == 2 && finding.lines == [2, 5])
    #expect(finding.remedy.contains("labels: [{name: \"N/A\"}]"))
  }

  @Test(
    "signs beside signs and words in files of two labels are classes",
    arguments: [
      ["\"-\"", "\"+\"", "\"?\""], ["\"null\"", "\"event\""], ["\"none\"", "\"a\"", "\"b\""],
      ["-1", "1", "1"], ["-7", "0", "1"], ["-1", "-2", "0"],
    ])
  func classes(labels: [String]) throws {
    #expect(try reading(labels).records.allSatisfy { $0.isLabelled })
  }

  @Test func doubtfulWordsAreNamed() throws {
    let reading = try reading(["\"none\"", "\"a\"", "\"b\""])
    let finding = try #require(reading.findings.first { $0.code == .placeholderWord })
    #expect(finding.remedy.contains("no_label: [\"none\"]"))
  }

  @Test func rulesSayWhatIsNoLabel() throws {
    var options = ReadingOptions()
    options.noLabel = ["none"]
    #expect(
      try reading(["\"none\"", "\"a\"", "\"N/A\"", "null"], options).records.map(\.isLabelled)
        == [false, true, true, false])
    options.noLabel = []
    #expect(try reading(["0", "1", "-1"], options).records.allSatisfy { $0.isLabelled })
    options = ReadingOptions()
    options.labelNames = ["N/A"]
    #expect(
      try reading(["\"N/A\"", "\"a\"", "\"b\""], options).records.allSatisfy { $0.isLabelled })
  }

  @Test func votesCanBePlaceholders() throws {
    let reading = try read(
      """
      {"text": "t", "label": "a", "annotations": ["a", "N/A", "abstain", "-"]}
      {"text": "t", "label": "b", "annotations": ["b", "", null, "a"]}
      """)
    #expect(reading.records.map { $0.votes.map(\.label.name) } == [["a"], ["b", "a"]])
    #expect(reading.findings.filter { $0.code == .abstention }.count == 3)
  }
}

// MARK: - Labels of rules

extension LabelClassTests {
  @Test(
    "rules whose labels are not those of the file are told so",
    arguments: [
      (
        ["good", "bad"], ["1", "2", "3"], "\"1\", \"2\", \"3\", and names \"good\", \"bad\"",
        "not used"
      ),
      (["1", "2", "6"], ["1", "2", "3"], "\"3\", and names \"6\"", ""),
      (["1", "2"], ["1", "2", "3", "2"], "no place for \"3\"", ""),
    ])
  func order(order: [String], labels: [String], names: String, addition: String) throws {
    var options = ReadingOptions()
    options.labelNames = order
    options.labelOrder = order
    let reading = try labelled(labels.map { "\"\($0)\"" }, options)
    let finding = try #require(reading.findings.first { $0.code == .labelOrder })
    #expect(finding.sentence.contains(names))
    #expect(finding.sentence.contains("not used") == !addition.isEmpty)
    #expect(finding.lines.first == labels.firstIndex { !order.contains($0) }.map { $0 + 1 })
    #expect(!codes(reading).contains(.absentLabel))
  }

  @Test("a name of the order that no record has is a note, where every label has a place")
  func longOrder() throws {
    var options = ReadingOptions()
    options.labelNames = ["1", "2", "3"]
    options.labelOrder = options.labelNames
    let reading = try labelled(["\"1\"", "\"3\""], options)
    #expect(codes(reading) == [.absentLabel])
    #expect(reading.findings[0].sentence.contains("\"2\", which is named as a label"))
  }

  @Test("labels and aliases of rules that no record has are named, those that have a class are not")
  func absent() throws {
    var options = ReadingOptions()
    options.labelNames = ["sport", "bussiness"]
    options.canonicalNames = ["football": "sport", "socer": "sport", "shares": "bussiness"]
    let reading = try labelled(["\"football\"", "\"business\""], options)
    #expect(codes(reading) == [.absentLabel, .absentAlias])
    #expect(reading.findings[0].sentence.contains("no record has \"bussiness\","))
    #expect(reading.findings[1].sentence.contains("no record has \"socer\","))
    #expect(try labelled(["null", "null"], options).findings.isEmpty)
    // Nobody wrote what the file describes, which may be a part of a dataset.
    options.canonicalNames = ["football": "sport"]
    options.describedLabels = ["bussiness"]
    #expect(try labelled(["\"football\"", "\"business\""], options).findings.isEmpty)
    options.canonicalNames = ["shares": "bussiness"]
    options.labelNames = ["sport", "bussiness"]
    #expect(codes(try labelled(["\"sport\"", "\"shares\""], options)).isEmpty)
  }
}
