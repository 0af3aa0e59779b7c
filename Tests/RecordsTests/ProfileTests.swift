import Assessments
import Testing

@testable import Records

/// The profile of a file: what is refused, and what is found.
struct ProfileTests {
  func profile(_ lines: [String], _ options: ReadingOptions = ReadingOptions()) throws
    -> FileProfile
  {
    FileProfile(of: try read(lines.joined(separator: "\n") + "\n", options), options: options)
  }

  func lines(_ count: Int, _ member: (Int) -> String) -> [String] {
    (0..<count).map { "{\"text\": \"the text number \($0)\", \(member($0))}" }
  }

  @Test func aFileWithoutALabelIsRefusedWithItsMembers() throws {
    let refusal = try #require(
      try profile(lines(40) { "\"intent\": \"i\($0 % 8)\", \"n\": \($0)" }).refusal)
    #expect(refusal.code == .noLabel)
    #expect(refusal.reason.contains("no member \"label\" or \"labels\""))
    #expect(refusal.remedy.contains("Did you mean --label intent (8 values)?"))
    #expect(refusal.remedy.contains("text (40 values), intent (8 values), n (40 values)"))
  }

  @Test(
    "a member whose name nobody knows is proposed for its values",
    arguments: [("grp", "grp (5 values)"), ("\\u0067rp", "grp (5 values)")])
  func proposal(name: String, expected: String) throws {
    let refusal = try #require(
      try profile(lines(40) { "\"k\": \($0), \"\(name)\": \"v\($0 % 5)\", \"score\": \($0).25" })
        .refusal)
    #expect(refusal.remedy.contains("Did you mean --label \(expected)"))
    #expect(
      refusal.remedy.contains("score (40 values, numbers with fractions, which look like scores)"))
  }

  @Test func nestedMembersAreNamedAsSuch() throws {
    let refusal = try #require(
      try profile(lines(4) { _ in "\"intent\": {\"responses\": []}, \"accept\": [\"a\"]" }).refusal)
    #expect(refusal.remedy.contains("intent (objects), accept (lists)"))
  }

  @Test func unlabelledRecordsCanBeMeant() throws {
    let file = lines(4) { "\"n\": \($0)" }
    var options = ReadingOptions()
    options.mayBeUnlabelled = true
    #expect(try profile(file, options).refusal == nil)
    options = ReadingOptions()
    options.labelNames = ["sport"]
    #expect(try profile(file, options).refusal == nil)
    #expect(try profile(lines(4) { _ in "\"label\": null" }).refusal?.code == .noLabel)
    #expect(try profile(lines(4) { _ in "\"annotations\": [\"a\"]" }).refusal == nil)
  }

  @Test(
    "a member that is named and is in no line is refused",
    arguments: ["text_b", "label", "id", "annotations", "vector"])
  func missingMember(part: String) throws {
    var options = ReadingOptions()
    let path = try #require(FieldMapping.names.first { $0.name == part }).path
    options.fields[keyPath: path] = "lable"
    let refusal = try #require(try profile(lines(4) { "\"label\": \"l\($0)\"" }, options).refusal)
    #expect(refusal.code == .missingMember)
    #expect(refusal.reason.contains("no line has the member \"lable\""))
    #expect(refusal.reason.contains("--\(part.replacing("_", with: "-"))"))
    #expect(refusal.remedy.contains("Did you mean label (4 values)?"))
  }

  @Test func theMemberOfTrustHasToBeThere() throws {
    let options = ReadingOptions(trusted: TrustCondition(field: "verifed", values: ["true"]))
    let file = ["{\"text\": \"a\", \"label\": \"b\", \"verified\": true}"]
    #expect(try profile(file, options).refusal?.code == .missingMember)
  }

  @Test func aMemberThatSomeLinesHaveIsThere() throws {
    var options = ReadingOptions()
    options.fields.id = "key"
    let file = [
      "{\"text\": \"a\", \"label\": \"b\"}", "{\"text\": \"a\", \"label\": \"b\", \"key\": null}",
    ]
    #expect(try profile(file, options).refusal == nil)
  }

  @Test func aFileWithoutATextIsRefusedOnce() throws {
    let refusal = try #require(
      try profile([
        "{\"utterance\": \"a long sentence of words\", \"label\": \"b\"}", "{\"label\": \"b\"}",
      ]).refusal)
    #expect(refusal.code == .noText)
    #expect(refusal.remedy.contains("Did you mean --text utterance?"))
  }

  @Test func aFileWithoutAUsableLineIsRefused() throws {
    let refusal = try #require(try profile(["{\"text\": 1}", "no", "{\"a\": 1}"]).refusal)
    #expect(refusal.code == .noUsableLine)
  }

  @Test func labelsThatNeverComeAgainAreRefused() throws {
    let file = lines(60) { "\"label\": \"l\($0)\"" }
    #expect(try profile(file).refusal?.code == .unrepeatedLabels)
    #expect(try profile(lines(60) { "\"label\": \"l\($0 / 2)\"" }).refusal == nil)
  }

  @Test func textsAreLookedAt() throws {
    let findings = try profile([
      "{\"text\": \"same\", \"label\": \"a\", \"s\": 1}",
      "{\"text\": \" \", \"label\": \"a\", \"s\": 1}",
      "{\"text\": \"same\", \"label\": \"b\", \"s\": 1}",
      "{\"text\": \"x\", \"label\": \"b\", \"s\": 1}",
      "no JSON",
    ]).findings
    #expect(findings.map(\.code) == [.rejectedLines, .emptyText, .conflictingDuplicates])
    #expect(findings.map(\.lines) == [[5], [2], [1, 3]])
  }

  @Test func whatIsTheSameEverywhereIsNamed() throws {
    let findings = try profile(
      (0..<12).map { "{\"text\": \"same\", \"label\": \"a\", \"s\": 1, \"n\": \($0)}" }
    ).findings
    #expect(findings.map(\.code) == [.oneLabel, .constantText, .constantMember])
    #expect(findings[2].sentence.contains("\"text\", \"label\", \"s\""))
  }
}

/// Members that give the label away.
struct TellingMemberTests {
  private func codes(_ member: (Int) -> String, count: Int = 200) throws -> [String] {
    let lines = (0..<count).map { place in
      "{\"text\": \"the text number \(place)\", \"label\": \"l\(place * 7 % 4)\", \(member(place))}"
    }
    return FileProfile(
      of: try read(lines.joined(separator: "\n") + "\n", ReadingOptions()),
      options: ReadingOptions()
    ).findings.filter { $0.code == .tellingMember }.map(\.sentence)
  }

  @Test func aMemberWhoseValuesTellTheLabelIsNamed() throws {
    let found = try codes { "\"class_id\": \($0 * 7 % 4 * 10 + $0 / 100), \"id\": \"r\($0)\"" }
    #expect(found.count == 1)
    #expect(found.first?.contains("\"class_id\"") == true)
    #expect(found.first?.contains("\"id\"") == false)
  }

  @Test func theTextIsExpectedToTellTheLabel() throws {
    func findings(_ line: (Int) -> String) throws -> [String] {
      try FileProfile(
        of: read((0..<200).map { line($0) + "\n" }.joined(), ReadingOptions()),
        options: ReadingOptions()
      ).findings.filter { $0.code == .tellingMember }.map(\.sentence)
    }
    func word(_ place: Int) -> String { ["red", "blue", "green", "grey"][place * 7 % 4] }
    #expect(
      try findings {
        "{\"text\": \"\(word($0)) \($0)\", \"label\": \"l\($0 * 7 % 4)\"}"
      } == [])
    #expect(
      try findings {
        "{\"premise\": \"\(word($0)) \($0)\", \"hypothesis\": \"h\", \"label\": \"l\($0 * 7 % 4)\"}"
      } == [])
  }

  @Test func aMemberThatNearlyAlwaysTellsTheLabelIsSaidToDoSo() throws {
    let exact = try codes { "\"class_id\": \($0 * 7 % 4 * 10 + $0 / 100)" }
    #expect(exact.first?.hasSuffix(": a value occurs with one label only") == true)
    let nearly = try codes { "\"class_id\": \($0 == 150 ? 1 : $0 * 7 % 4 * 10 + $0 / 100)" }
    #expect(
      nearly.first?.hasSuffix(
        ": in 99.5 % of the records or more, a value occurs with one label only") == true)
  }

  @Test func theBeginningOfAnIdIsNamed() throws {
    let found = try codes { "\"id\": \"\(["a", "b", "c", "d"][$0 * 7 % 4])-\($0)\"" }
    #expect(found.first?.contains("the beginning of \"id\"") == true)
  }

  @Test(
    "members that say nothing about the label, or not enough, are not named",
    arguments: [
      "\"id\": \"r#\"", "\"source\": \"web\"", "\"length\": #", "\"note\": \"n\"",
      "\"weight\": 0.#",
    ])
  func others(member: String) throws {
    #expect(try codes { member.replacing("#", with: "\($0)") }.isEmpty)
    // As many values as labels, at random.
    #expect(try codes { "\"part\": \($0 * 3 % 5)" }.isEmpty)
    // Too few records.
    #expect(try codes({ "\"class_id\": \($0 * 7 % 4 * 10 + $0 / 50)" }, count: 80).isEmpty)
    // One value for each label is another finding.
    #expect(try codes { "\"class_id\": \($0 * 7 % 4)" }.isEmpty)
  }
}

extension ProfileTests {
  /// A file of two labels, of whose lines the first `wrong` have a byte of Windows-1252.
  private func profile(
    _ wrong: Int, of count: Int, right: String = "u", file: String
  ) throws -> FileProfile {
    let isTable = file.contains(".csv")
    var bytes: [UInt8] = isTable ? Array("text,label\n".utf8) : []
    for line in 0..<count {
      // ü in Windows-1252.
      let text = Array("text \(line) f".utf8) + (line < wrong ? [0xFC] : Array(right.utf8))
      let label = line % 2 == 0 ? "a" : "b"
      bytes +=
        isTable
        ? text + Array(",\(label)\n".utf8)
        : Array("{\"text\": \"".utf8) + text + Array("\", \"label\": \"\(label)\"}\n".utf8)
    }
    let options = ReadingOptions()
    return FileProfile(of: try read(bytes, options, file: file), options: options)
  }

  @Test(
    "A file of another encoding is refused as a whole; a few damaged lines are set aside",
    arguments: [
      ("my data.csv", "'my data.csv' > 'my data.utf8.csv'"),
      ("data.jsonl", "data.jsonl > data.utf8.jsonl"), ("data", "data > data.utf8"),
    ])
  func otherEncoding(file: String, target: String) throws {
    let refusal = try profile(3, of: 60, file: file).refusal
    #expect(refusal?.code == .otherEncoding)
    #expect(
      refusal?.reason == "the file is not UTF-8: 3 of 60 lines have bytes of another encoding")
    #expect(refusal?.remedy.hasSuffix("iconv -f WINDOWS-1252 -t UTF-8 \(target)") == true)
    #expect(try profile(2, of: 30, file: file).refusal == nil)
    #expect(try profile(3, of: 61, file: file).refusal == nil)
    // Where other lines are UTF-8, to convert the file would damage them.
    #expect(try profile(3, of: 60, right: "ü", file: file).refusal == nil)
  }
}
