import Assessments
import TestSupport
import Testing

@testable import Records

/// Items of a list of annotations that are read by paths within an item.
struct AnnotationLayoutTests {
  private let y = Label(name: "y", token: "\"y\"")

  private func options(
    label: String?, annotator: String? = nil, list: String = "marks"
  ) -> ReadingOptions {
    var layout = AnnotationLayout()
    layout.label = label
    layout.annotator = annotator
    var options = ReadingOptions()
    options.fields.annotations = list
    options.layout.annotation = layout
    return options
  }

  @Test(
    "A label that was replaced inside an annotation is put back, whatever the names on the way",
    arguments: [
      ("marks", "['my.label']", #"{"my.label": "x"}"#),
      ("marks", "my.label", #"{"my.label": "x"}"#),
      ("marks", "['a'].b[0]", #"{"a": {"b": ["x"]}}"#), ("marks", "[\"a'b\"]", #"{"a'b": "x"}"#),
      ("m[all]", "label", #"{"label": "x"}"#), ("m['s]", "label", #"{"label": "x"}"#),
      ("m.s", "label", #"{"label": "x"}"#), ("m*", "label", #"{"label": "x"}"#),
    ])
  func revertedPaths(list: String, label: String, item: String) throws {
    let file = "{\"text\": \"t\", \"\(list)\": [\(item)], \"m2\": 0}\n"
    let reading = try read(file, options(label: label, list: list))
    #expect(reading.records.map { $0.labels.map(\.name) } == [["x"]])
    #expect(reading.isUndoingUncertain)
    let output = reading.output([.annotation(result(.corrected, [y]))])
    #expect(text(output).contains("\"y\""))
    try reading.checkUndoing(output, [])
    let reverted = try Reverter().revert(output: Source(file: "o.jsonl", content: output))
    #expect(text(reverted.bytes) == file)
    #expect(reverted.editedLines == [])
  }

  @Test("A corrected line whose label's field cannot be read is no success")
  func unreadableField() throws {
    let file = "{\"text\": \"t\", \"marks\": [{\"a\": \"x\"}]}\n"
    let reading = try read(file, options(label: "a"))
    let output = reading.output([.annotation(result(.corrected, [y]))])
    let damaged = text(output).replacing("marks[0].a", with: "marks[0].['a']")
    #expect(damaged != text(output))
    let source = try Source(file: "o.jsonl", content: Array(damaged.utf8))
    let error = #expect(throws: InputError.self) { try Reverter().revert(output: source) }
    #expect(error?.line == 1 && error?.remedy.contains("by hand") == true)
    // Nothing is written where the run cannot be undone.
    #expect(throws: InputError.self) { try reading.checkUndoing(Array(damaged.utf8), []) }
  }

  @Test("A replaced label that somebody took away was edited")
  func removedLabel() throws {
    let reading = try read("{\"text\": \"t\", \"label\": \"x\"}\n")
    let output = text(reading.output([.annotation(result(.corrected, [y]))]))
    let edited = output.replacing("\"label\": \"y\", \"emend\"", with: "\"emend\"")
    #expect(edited != output)
    let reverted = try Reverter().revert(
      output: Source(file: "o.jsonl", content: Array(edited.utf8)))
    #expect(reverted.editedLines == [1])
    #expect(text(reverted.bytes) == "{\"text\": \"t\"}\n")
  }

  @Test("An annotator without a name is not the one whose name is a number")
  func unnamed() throws {
    let file =
      #"{"text": "t", "marks": [{"a": "x", "by": 2}, {"a": "y"}, {"a": "y"}]}"# + "\n"
    let votes = try read(file, options(label: "a", annotator: "by")).records[0].votes
    #expect(Set(votes.map(\.giver)).count == 3)
    #expect(votes.map(\.annotator) == ["2", "2", "3"])
    let plain =
      #"{"text": "t", "annotations": ["#
      + #"{"annotator": "2", "label": "x"}, {"label": "y"}, "y"]}"# + "\n"
    #expect(Set(try read(plain).records[0].votes.map(\.giver)).count == 3)
    let all = Set(votes.map(\.giver))
    #expect(all.map { $0.name(among: all) }.sorted() == ["2", "2 (without a name)", "3"])
  }

  @Test("The annotators in a list beside the annotations are found in linear time")
  func annotatorsBeside() throws {
    func line(_ count: Int) -> String {
      let marks = Array(repeating: "\"x\"", count: count).joined(separator: ",")
      let users = (0..<count).map { "\"user \($0)\"" }.joined(separator: ",")
      return "{\"text\": \"t\", \"marks\": [\(marks)], \"users\": [\(users)]}\n"
    }
    let options = options(label: nil, annotator: "users[]")
    #expect(
      try read(line(3), options).records[0].votes.map(\.annotator)
        == ["user 0", "user 1", "user 2"])
    func duration(_ count: Int) throws -> Duration {
      let line = line(count)
      return try (0..<3).map { _ in
        try processorTime {
          let votes = try read(line, options).records[0].votes
          #expect(votes.count == count)
        }
      }.min() ?? .zero
    }
    // Sixteen times as many annotations; quadratic work would take 256 times as long.
    #expect(try duration(8_000) < duration(500) * 80)
  }
}
