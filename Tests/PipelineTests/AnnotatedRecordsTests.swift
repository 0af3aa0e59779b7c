import LabelQuality
import Records
import Testing

@testable import Pipeline

@Suite("Annotated records") struct AnnotatedRecordsTests {
  /// The given labels of every record, by name; nil where none was given.
  private func given(_ records: AnnotatedRecords) -> [[String]?] {
    (0..<records.targets.count).map { row in
      records.targets.isAnnotated[row]
        ? records.targets.of(row).map { records.labels[Int($0)].name } : nil
    }
  }

  private func votes(_ records: AnnotatedRecords, _ row: Int) -> [String] {
    (records.votes[row] ?? []).map { "\(records.labels[Int($0.label)].name) \($0.count)" }
  }

  @Test("labels are numbered in the order in which they first occur, votes included")
  func numbers() {
    let records = AnnotatedRecords([
      record("a", "z"), record("b", "m", votes: [("one", "k"), ("two", "m")]), record("c", "z"),
      record("d"), record("e", "a"),
    ])
    #expect(records.labels.map(\.name) == ["z", "m", "k", "a"])
    #expect(given(records) == [["z"], ["m"], ["z"], nil, ["a"]])
    #expect(records.targets.labelCount == 4)
  }

  @Test("a label keeps the token of its first occurrence")
  func tokens() {
    let first = Label(name: "é", token: #""\u00e9""#)
    let second = Label(name: "é", token: "\"é\"")
    let records = AnnotatedRecords(
      [first, second].map {
        Record(
          line: 1, id: "", content: .text(""), labels: [$0], isMultiLabel: false, votes: [],
          vector: nil)
      })
    #expect(records.labels.map(\.token) == [#""\u00e9""#])
  }

  @Test("the last vote of each annotator counts, and most votes come first")
  func lastVotes() {
    let records = AnnotatedRecords([
      record(
        "a", "x", votes: [("one", "x"), ("two", "y"), ("one", "y"), ("three", "x"), ("one", "z")])
    ])
    // Of annotator one, only the vote for z counts. Equal counts are ordered by the label's number.
    #expect(votes(records, 0) == ["x 1", "y 1", "z 1"])
    let majority = AnnotatedRecords([
      record("a", "x", votes: [("one", "x"), ("two", "y"), ("three", "y")])
    ])
    #expect(votes(majority, 0) == ["y 2", "x 1"])
    #expect(given(majority) == [["x"]], "votes do not replace a given label")
  }

  @Test("a record with votes alone has the label with the most votes")
  func leader() {
    let records = AnnotatedRecords([
      record("a", votes: [("one", "x"), ("two", "y"), ("three", "y")]),
      record("b", votes: [("one", "y"), ("two", "x")]), record("c"),
    ])
    // In a tie it is the label that occurs first in the file.
    #expect(given(records) == [["y"], ["x"], nil])
    #expect(records.slots == [.none, .none, .none])
    #expect(records.votes[2] == nil)
  }

  @Test("in a file of lists, a record has its own labels, ascending and each once")
  func lists() {
    let records = AnnotatedRecords([
      record("a", list: ["x", "y"]), record("b", list: ["y", "x", "y"]), record("c", list: []),
      record("d", "z"), record("e"), record("f", votes: [("one", "x")]),
    ])
    #expect(records.targets.isMultiLabel)
    #expect(given(records) == [["x", "y"], ["x", "y"], [], ["z"], nil, nil])
    #expect(records.slots == [.list, .list, .list, .one, .none, .none])
  }

  @Test("one record has one label, and a slot for it")
  func slots() {
    let records = AnnotatedRecords([record("a", "x"), record("b")])
    #expect(!records.targets.isMultiLabel)
    #expect(records.slots == [.one, .none])
  }

  // MARK: - Contents

  /// The contents of records, the first of which is trusted.
  private func contents(_ all: [Content]) -> [Int32] {
    AnnotatedRecords(all.enumerated().map { record($1, "x", isTrusted: $0 == 0) }).contents
  }

  @Test("texts are the same by canonical equivalence and with white space folded")
  func sameTexts() {
    #expect(
      contents([
        .text("caf\u{E9} bar"), .text("cafe\u{301}  bar\n"), .text("cafe bar"),
        .text("Caf\u{E9} bar"), .text("\tcaf\u{E9}\u{A0}bar"),
      ]) == [0, 0, 1, 2, 0])
  }

  @Test("kinds, order and borders of texts are part of the content")
  func otherContents() {
    func relation(_ head: Range<Int>, _ tail: Range<Int>, type: String? = nil) -> Content {
      .relation(
        Relation(
          text: "a b", head: Entity(text: "a", type: type, span: head),
          tail: Entity(text: "b", type: nil, span: tail)))
    }
    #expect(
      contents([
        .pair("a b", "c"), .pair("a", "b c"), .pair("c", "a b"), .text("a b"), .pair("a  b", " c"),
        relation(0..<1, 2..<3), relation(2..<3, 0..<1), relation(0..<1, 2..<3, type: "PER"),
        relation(0..<1, 2..<3),
      ]) == [0, 1, 2, 3, 0, 4, 5, 6, 4])
  }

  @Test("a record with a ready vector, or without a text, has a content of which nothing is known")
  func unknownContents() {
    let records = AnnotatedRecords([
      record("a", "x", vector: [1], isTrusted: true), record("a", "x", vector: [1]),
      record(.none, "x"), record("a", "x"), record("a", "x"),
    ])
    #expect(records.contents == [-1, -1, -1, 0, 0])
  }

  @Test("without a trusted record no contents are compared")
  func noTrustedRecord() {
    let records = AnnotatedRecords([record("a", "x"), record("a", "x")])
    #expect(records.contents == [-1, -1])
    #expect(records.trusted == [false, false])
    #expect(
      AnnotatedRecords([record("a", "x"), record("b", "x", isTrusted: true)]).trusted
        == [false, true])
  }

  @Test("an annotator without a name is nobody with a name, and blank texts are not the same text")
  func strangers() {
    let y = Label(name: "y", token: "\"y\"")
    var voted = record("one", votes: [("2", "x")])
    voted = Record(
      line: 1, id: "1", content: voted.content, labels: [], isMultiLabel: false,
      votes: voted.votes + [
        Vote(giver: Annotator(name: nil, place: 2), label: y),
        Vote(giver: Annotator(name: nil, place: 3), label: y),
      ], vector: nil)
    let annotated = AnnotatedRecords([voted])
    #expect(annotated.annotators == ["2", "2 (without a name)", "3"])
    #expect(annotated.votes[0]?.map(\.count).sorted() == [1, 2])
    let blank = AnnotatedRecords([
      record("", "a", isTrusted: true), record("  ", "b"), record("x", "a"), record("x ", "b"),
    ])
    #expect(blank.contents[0] == -1 && blank.contents[1] == -1)
    #expect(blank.contents[2] >= 0 && blank.contents[2] == blank.contents[3])
  }
}
