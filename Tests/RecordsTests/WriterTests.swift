import Assessments
import Testing

@testable import Records

/// Lines of annotated records: their output byte for byte, and the input restored from it.
struct WriterTests {
  private func written(_ line: String, _ results: AnnotationResult...) throws -> String {
    text(try read(line).output(results.map { .annotation($0) }))
  }

  private func tail(utility: String = "1.0000") -> String {
    "\"soft_label\": {\"a\": 1.0000}, \"weight\": 1.0000, \"utility\": \(utility), "
      + "\"review_rank\": null, "
      + "\"evidence\": {\"neighbours\": [], \"signals\": {}}}"
  }

  @Test("Every member is written, in the fixed order")
  func everything() throws {
    var full = AnnotationResult(
      credibility: 0.03, flagged: true, reviewRank: 7, action: .corrected,
      labels: [label("sport")], proposal: [],
      softLabel: [("sport", 0.91), ("business", 0.06), ("world", 0.03)], weight: 0.97,
      utility: -1.23456,
      neighbours: [.init(id: "r17", label: "sport", similarity: 0.83)],
      signals: [("neighbourhood", 0.02), ("ridge", 0.1)], truncated: true,
      reason: "out-voted \"3\" to 1")
    (full.outlier, full.steps) = (true, -1.25)
    #expect(
      try written("{ \"text\" : \"t\",\"label\":\t\"business\" , \"x\": 1e400 }\r\n", full)
        == "{ \"text\" : \"t\",\"label\":\t\"sport\" , \"x\": 1e400, \"emend\": {\"credibility\": 0.03000000, "
        + "\"flagged\": true, \"action\": \"corrected\", \"original\": \"business\", \"label\": \"sport\", "
        + "\"soft_label\": {\"sport\": 0.9100, \"business\": 0.0600, \"world\": 0.0300}, \"weight\": 0.9700, \"utility\": -1.2346, "
        + "\"review_rank\": 7, \"steps\": -1.2500, \"truncated\": true, \"outlier\": true, \"reason\": \"out-voted \\\"3\\\" to 1\", "
        + "\"evidence\": {\"neighbours\": [{\"id\": \"r17\", \"label\": \"sport\", \"similarity\": 0.8300}], "
        + "\"signals\": {\"neighbourhood\": 0.0200, \"ridge\": 0.1000}}} }\r\n")
  }

  @Test("The actions kept, review and proposed are written")
  func actions() throws {
    let head =
      "{\"text\":\"t\",\"label\":\"a\", \"emend\": {\"credibility\": 0.50000000, \"flagged\": false, "
    #expect(
      try written("{\"text\":\"t\",\"label\":\"a\"}", result())
        == head + "\"action\": \"kept\", \"label\": \"a\", \(tail())}")
    #expect(
      try written(
        "{\"text\":\"t\",\"label\":\"a\"}", result(.review, proposal: [label("b")]))
        == head + "\"action\": \"review\", \"label\": \"a\", \"proposal\": \"b\", \(tail())}")
    var proposed = result(.proposed, [], proposal: [label("b")])
    proposed.credibility = nil
    #expect(
      try written("{\"text\":\"t\"}", proposed)
        == "{\"text\":\"t\", \"emend\": {\"credibility\": null, \"flagged\": false, "
        + "\"action\": \"proposed\", \"label\": \"b\", \(tail(utility: "null"))}")
  }

  @Test("A list of labels is replaced as a whole; a field with another name is written down")
  func lists() throws {
    let number = Label(name: "3", token: "3")
    let line = "{\"labels\": [ 1,2 ], \"text\": \"t\"}"
    let out = try written(line, result(.corrected, [number, label("b")]))
    #expect(out.hasPrefix("{\"labels\": [3, \"b\"], \"text\": \"t\", \"emend\": {"))
    #expect(out.contains("\"original\": [ 1,2 ], \"field\": \"labels\", \"label\": [3, \"b\"], "))
    #expect(
      try Reverter().revert(output: Source(file: "o", content: Array(out.utf8))).bytes
        == Array(line.utf8))
  }

  @Test(
    "The user's own member emend is kept inside ours",
    arguments: [
      "{\"emend\": 5, \"text\": \"t\"}", "{\"text\": \"t\", \"emend\" : {\"a\" : [ 1 ]} }\r\n",
      "{\"text\": \"t\", \"\\u0065mend\": null, \"label\": \"b\"}",
      "{\"emend\":\"x\",\"label\":\"b\",\"text\":\"t\"}\n",
    ])
  func foreign(_ line: String) throws {
    let reading = try read(line)
    let results = [
      RecordResult.annotation(result(reading.records[0].isLabelled ? .corrected : .proposed))
    ]
    let output = reading.output(results)
    #expect(text(output).contains("\"previous\": "))
    let again = try read(output)
    #expect(again.restored == Array(line.utf8))
    #expect(again.output(results) == output)
    #expect(
      try Reverter().revert(output: Source(file: "o", content: output)).bytes == Array(line.utf8))
  }

  @Test("A run on emend's own output gives the same as a run on the input")
  func again() throws {
    let line = "{\"text\":\"t\",\"label\":\"b\" }\n{\"text\":\"u\"}"
    let results: [RecordResult] = [
      .annotation(result(.corrected)),
      .annotation(result(.proposed, [], proposal: [label("a")])),
    ]
    let first = try read(line)
    let output = first.output(results)
    let second = try read(output)
    #expect(second.format.undoneLines == 2)
    #expect(second.records.map(\.labels) == [[label("b")], []])
    #expect(second.output(results) == output)
    #expect(second.restored == Array(line.utf8))
  }

  @Test("The number of threads changes no byte of a long output", arguments: [false, true])
  func threads(isList: Bool) throws {
    var records = (0..<700).map { "{\"text\": \"t\($0)\", \"label\": \"b\"}" }
    // Rejected records before everything, at the border of a block, and at the end.
    for place in [0, 255, 256, 699] { records[place] = "{\"text\": 5}" }
    let file =
      isList
      ? "[\n" + records.joined(separator: ",\n") + "\n]\n"
      : records.joined(separator: "\n") + "\n\n"
    let reading = try read(file)
    #expect(reading.rejections.count == 4 && reading.records.count == 696)
    let results = reading.records.map {
      RecordResult.annotation(result(.corrected, [label($0.id)]))
    }
    var output: [UInt8] = []
    reading.write(threads: 2, { results[$0] }, to: { output += $0 })
    #expect(output == reading.output(results))
    let reverted = try Reverter().revert(
      output: Source(file: "o", content: output),
      rejected: Source(file: "r", content: reading.rejectedOutput()))
    #expect(text(reverted.bytes) == file)
  }

  @Test("A label that was edited after a run is kept by a new run and by undoing")
  func edited() throws {
    let output = try written("{\"text\":\"t\",\"label\":\"b\"}\n", result(.corrected))
    let edited = output.replacing("\"label\":\"a\"", with: "\"label\":\"c\"")
    let reading = try read(edited)
    #expect(reading.records[0].labels == [label("c")])
    #expect(reading.findings.contains { $0.text.contains("edit is kept") })
    let reverted = try Reverter().revert(output: Source(file: "o", content: Array(edited.utf8)))
    #expect(text(reverted.bytes) == "{\"text\":\"t\",\"label\":\"c\"}\n")
    #expect(reverted.editedLines == [1])
  }

  @Test("An output that another program has reformatted is still undone")
  func reformatted() throws {
    let own =
      "{\"flagged\":false,\"evidence\":{},\"action\":\"corrected\",\"original\":\"b\",\"label\":\"\\u0061\"}"
    for (line, expected) in [
      ("{\"emend\":\(own),\"text\":\"t\",\"label\":\"a\"}", "{\"text\":\"t\",\"label\":\"b\"}"),
      ("{\"label\":\"a\",\"emend\":\(own),\"text\":\"t\"}", "{\"label\":\"b\",\"text\":\"t\"}"),
      ("{\"text\":\"t\",\"label\":\"a\",\"emend\":\(own)}", "{\"text\":\"t\",\"label\":\"b\"}"),
    ] {
      #expect(text(try read(line).restored) == expected)
    }
  }

  @Test("Printed soft labels sum to 1", arguments: 1...40)
  func sums(_ seed: Int) {
    var values = (0..<(1 + seed * 7 % 60)).map { Double(1 + ($0 * 7919 + seed * 104_729) % 1000) }
    let total = values.reduce(0, +)
    values = values.map { $0 / total }
    #expect(JSONText.units(summingToOne: values).reduce(0, +) == 10_000)
    #expect(JSONText.units(summingToOne: values).allSatisfy { $0 >= 0 })
  }

  @Test("The largest remainder is rounded up; of equal ones the first")
  func remainders() {
    #expect(JSONText.units(summingToOne: [1, 1, 1]) == [3334, 3333, 3333])
    #expect(JSONText.units(summingToOne: [0.99996, 0.00004]) == [10_000, 0])
    #expect(JSONText.units(summingToOne: [0.99994, 0.00006]) == [9999, 1])
    #expect(JSONText.units(summingToOne: []) == [])
    #expect(JSONText.units(summingToOne: [0, 0]) == [0, 0])
  }

  @Test(
    "Numbers have four decimals",
    arguments: [
      (0.0, "0.0000"), (1.0, "1.0000"), (0.00005, "0.0001"), (0.00004, "0.0000"), (-0.5, "-0.5000"),
      (-0.00001, "0.0000"), (0.99999, "1.0000"), (12.34567, "12.3457"), (0.1, "0.1000"),
    ])
  func decimals(_ value: Double, _ expected: String) {
    var out: [UInt8] = []
    JSONText.append(value, to: &out)
    #expect(text(out) == expected)
  }

  @Test(
    "Strings are escaped as JSON requires",
    arguments: [
      ("a", "\"a\""), ("\"\\/", "\"\\\"\\\\/\""), ("\n\r\t", "\"\\n\\r\\t\""),
      ("\u{0}\u{1F}", "\"\\u0000\\u001f\""),
      ("é漢😀\u{2028}", "\"é漢😀\u{2028}\""), ("", "\"\""),
    ])
  func strings(_ value: String, _ expected: String) { #expect(JSONText.quoted(value) == expected) }

  @Test("A rejected line has the reason and the line itself")
  func rejected() throws {
    let reading = try read(Array("{\"text\": 1}\r\n\u{0}\"\n".utf8) + [0xFF, 0x0A])
    #expect(
      text(reading.rejectedOutput())
        == """
        {"line": 1, "byte": 9, "column": 10, "reason": "the text is a number where a string is needed", "remedy": "Make it a string, or name another field.", "text": "{\\"text\\": 1}", "terminator": "\\r\\n"}
        {"line": 2, "byte": 13, "column": 1, "reason": "a JSON object expected, a NUL byte found", "remedy": "Delete it; the file may be UTF-16 (iconv -f UTF-16 -t UTF-8) or damaged.", "text": "\\u0000\\"", "terminator": "\\n"}
        {"line": 3, "byte": 16, "column": 1, "reason": "a JSON object expected, byte 0xFF found", "remedy": "Write one JSON object a line, in UTF-8.", "base64": "/w==", "terminator": "\\n"}

        """)
  }

  @Test(
    "Files that emend did not write are not undone",
    arguments: [
      ("{\"text\": \"t\"}\n", "", "no member \"emend\""),
      ("{\"emend\": 1}\n", "", "no member \"emend\""),
      ("", "", "is empty"), ("{\"text\": \n", "", "is damaged"),
      ("", "{\"line\": 2, \"text\": \"x\", \"terminator\": \"\\n\"}", "lines are missing"),
      ("", "{\"line\": 0, \"text\": \"x\", \"terminator\": \"\\n\"}", "line number"),
      ("", "{\"line\": 1, \"terminator\": \"\\n\"}", "text is missing"),
      ("", "{\"line\": 1, \"text\": \"x\"}", "terminator is missing"),
      ("", "{\"line\": 1, \"base64\": \"?\", \"terminator\": \"\"}", "text is missing"),
      (
        "",
        "{\"line\": 1, \"text\": \"x\", \"terminator\": \"\"}\n{\"line\": 1, \"text\": \"x\", \"terminator\": \"\"}",
        "twice"
      ),
      ("", "nonsense", "bare word"),
    ])
  func notOurs(_ output: String, _ rejected: String, _ reason: String) throws {
    let error = #expect(throws: InputError.self) {
      try Reverter().revert(
        output: Source(file: "o", content: Array(output.utf8)),
        rejected: Source(file: "r", content: Array(rejected.utf8)))
    }
    #expect(error?.reason.contains(reason) == true, "\(String(describing: error))")
    #expect(error?.remedy.isEmpty == false)
  }
}
