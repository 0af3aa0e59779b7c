import Assessments
import Decisions
import Foundation
import Records
import Testing

@testable import Exports

struct RecordExportTests {
  @Test("Every kind lists the files that it makes")
  func names() {
    for kind in RecordExportKind.allCases {
      #expect(kind.export(suspects).files.map(\.file) == kind.files)
      #expect(kind.export([]).files.map(\.file) == kind.files)
      for file in kind.export(suspects).files {
        let breaks = file.bytes.count { $0 == UInt8(ascii: "\n") }
        #expect(file.lines == breaks || file.file == .slim)
      }
    }
    #expect(
      RecordExportKind.allCases.map(\.rawValue)
        == ["label-studio", "argilla", "spreadsheet", "cleanlab", "slim"])
  }

  @Test(
    "Suspects are in the order of review; trusted records and those that nothing speaks against are none"
  )
  func order() throws {
    let tasks = try labelStudioTasks(suspects)
    #expect(tasks.compactMap { $0.data["record_id"] as? String } == ["second", "first"])
    #expect(tasks.compactMap { $0.data["record_line"] as? Int } == [2, 1])
  }

  @Test(
    "A task shows what the label is about, and predicts the proposal by the configuration's names")
  func task() throws {
    let task = try #require(try labelStudioTasks(suspects).first)
    #expect(task.data["text"] as? String == "=SUM(A1) \"quoted\"")
    #expect(task.data["given"] as? String == "a")
    let prediction = try #require((task.task["predictions"] as? [[String: Any]])?.first)
    let result = try #require((prediction["result"] as? [[String: Any]])?.first)
    #expect(result["from_name"] as? String == "label")
    #expect(result["to_name"] as? String == "text")
    #expect((result["value"] as? [String: [String]]) == ["choices": ["b & <c>"]])
    #expect(prediction["score"] as? Double == 0.75)
  }

  @Test("The configuration offers every label once, escaped, and that none fits")
  func configuration() {
    let xml = RecordExportKind.labelStudio.export(suspects).text(.labelStudioConfiguration)
    #expect(xml.contains("<Choice value=\"a\"/>"))
    #expect(xml.contains("<Choice value=\"b &amp; &lt;c&gt;\"/>"))
    #expect(xml.contains("alias=\"emend:neither\""))
    #expect(xml.hasPrefix("<View>\n") && xml.hasSuffix("</View>\n"))
  }

  @Test("A label that XML cannot hold is left out of the configuration, and said")
  func controlCharacter() {
    let export = RecordExportKind.labelStudio.export([
      entry(1, "x", "odd\u{1}", proposal: "b", rank: 1)
    ])
    #expect(!export.text(.labelStudioConfiguration).contains("odd"))
    #expect(export.remarks.count == 1)
  }

  @Test("Records with one id get different ids in Argilla, which would merge them")
  func argillaIdentity() throws {
    let bytes = RecordExportKind.argilla.export([
      entry(1, "x", "a", id: "same", proposal: "b", rank: 1),
      entry(2, "y", "a", id: "same", proposal: "b", rank: 2),
    ]).text(.argilla)
    let records = try #require(
      JSONSerialization.jsonObject(with: Data(bytes.utf8)) as? [[String: Any]])
    #expect(records.compactMap { $0["id"] as? String } == ["same#1", "same#2"])
  }

  @Test("No cell of the table of suspects is a formula, and what is filled in is a decision")
  func spreadsheet() throws {
    let export = RecordExportKind.spreadsheet.export(suspects).text(.suspects)
    #expect(export.contains("\"'=SUM(A1) \"\"quoted\"\"\""))
    // Reason, decision, label, by, at and note are empty.
    let filled = export.replacingOccurrences(of: ",,,,,,,", with: ",,accept,,Anna,,,")
    let decisions = try DecisionFile.read(
      Source(file: "suspects.csv", content: Array(filled.utf8)))
    #expect(decisions.map(\.id) == ["second", "first"])
    #expect(decisions.map(\.verdict) == [.change, .change])
    #expect(decisions.map(\.label) == [.one("b & <c>"), .one("b")])
    #expect(decisions.map(\.given) == [.one("a"), .one("a")])
    #expect(decisions.map(\.by) == ["Anna", "Anna"])
    #expect(decisions[0].contentDigest == suspects[1].record.contentDigest)
  }

  @Test("cleanlab's columns have one row for each record in the order of the file")
  func cleanlab() {
    let rows = RecordExportKind.cleanlab.export(suspects).text(.cleanlab).split(separator: "\r\n")
    #expect(
      rows == [
        "is_label_issue,label_quality,given_label,predicted_label,sample_weight",
        "True,0.2000,a,b,0.2500", "True,0.2000,a,b & <c>,0.2500", "False,0.9000,b,b,1.0000",
      ])
  }

  @Test(
    "Every member of the slim lines has one type in all of them, and vectors follow the list of labels"
  )
  func slim() throws {
    let unlabelled = ExportedAnnotation(
      record: Record(
        line: 4, id: "4", content: .pair("p", "q"), labels: [], isMultiLabel: false, votes: [],
        vector: nil),
      result: result(.proposed, flagged: false, labels: [], proposal: ["b"], rank: nil))
    let export = RecordExportKind.slim.export(suspects + [unlabelled])
    let lines = try export.objects(.slim)
    #expect(Set(lines.map { $0.keys.sorted() }).count == 1)
    #expect(lines.allSatisfy { $0["label"] is String && $0["text_b"] is String })
    #expect(lines[3]["proposal"] as? String == "b")
    #expect(lines[3]["credibility"] is NSNull)
    #expect(export.text(.slimLabels) == "[\"a\", \"b\", \"b & <c>\"]\n")
    #expect(lines[1]["soft_label"] as? [Double] == [0.25, 0, 0.75])
  }

  @Test("Lists of labels stay lists in every line")
  func severalLabels() throws {
    let record = Record(
      line: 1, id: "1", content: .text("x"), labels: [Label("a"), Label("b")], isMultiLabel: true,
      votes: [], vector: nil)
    let export = [
      ExportedAnnotation(
        record: record,
        result: result(.review, flagged: true, labels: ["a", "b"], proposal: [], rank: 1))
    ]
    let line = try #require(try RecordExportKind.slim.export(export).objects(.slim).first)
    #expect(line["label"] as? [String] == ["a", "b"])
    #expect(line["proposal"] as? [String] == [])
    let task = try #require(try labelStudioTasks(export).first)
    #expect(task.data["given"] as? [String] == ["a", "b"])
    #expect(task.task["predictions"] == nil)
  }
}

/// What Label Studio and Argilla write about the exported records is read as decisions.
struct OtherProgramTests {
  @Test("Label Studio's JSON: each annotation is a decision; skipped tasks are none")
  func labelStudio() throws {
    var tasks = try labelStudioTasks(suspects).map(\.task)
    tasks[0]["annotations"] = [
      annotation(["b & <c>"], by: 7), annotation(["a"], by: ["id": 8, "email": "ben@example.org"]),
    ]
    tasks[1]["annotations"] = [
      annotation([], by: 7), annotation(["a"], by: 7, isCancelled: true),
      annotation([Decision.unfittingLabel], by: 7),
    ]
    let decisions = try read(tasks)
    #expect(decisions.map(\.id) == ["second", "second", "first"])
    #expect(decisions.map(\.verdict) == [.change, .keep, .neither])
    #expect(decisions.map(\.label) == [.one("b & <c>"), nil, nil])
    #expect(decisions.map(\.by) == ["7", "ben@example.org", "7"])
    #expect(decisions[0].at == "2026-11-29T10:00:00Z")
    #expect(decisions[0].contentDigest == suspects[1].record.contentDigest)
  }

  @Test("Label Studio's JSON_MIN and CSV: the answer stands beside the data")
  func shortForms() throws {
    var rows = try labelStudioTasks(suspects).map(\.data)
    rows[0]["id"] = 101
    rows[0]["label"] = "b & <c>"
    rows[0]["annotator"] = 7
    rows[1]["id"] = 102
    rows[1]["label"] = ["choices": ["b"]]
    let decisions = try read(rows)
    #expect(decisions.map(\.id) == ["second", "first"])
    #expect(decisions.map(\.label) == [.one("b & <c>"), .one("b")])
    #expect(decisions.map(\.by) == ["7", ""])

    let digest = suspects[0].record.contentDigest
    let table = """
      annotation_id,annotator,content_sha256,record_id,record_line,given,id,label
      1,7,\(digest),first,1,a,5,a
      2,7,\(digest),first,1,a,6,emend:neither

      """
    let fromTable = try DecisionFile.read(Source(file: "x.csv", content: Array(table.utf8)))
    #expect(fromTable.map(\.verdict) == [.keep, .neither])
    #expect(fromTable.map(\.id) == ["first", "first"])
  }

  @Test("Argilla's records: each response is a decision; pending and discarded records have none")
  func argilla() throws {
    let text = RecordExportKind.argilla.export(
      suspects + [entry(9, "z", "a", proposal: "b", rank: 9)]
    )
    .text(.argilla)
    var records = try #require(
      JSONSerialization.jsonObject(with: Data(text.utf8)) as? [[String: Any]])
    records[0]["responses"] = ["label": [["value": "a", "user_id": "u1"]]]
    records[0]["status"] = "completed"
    records[1]["responses"] = ["label": [["value": "b", "user_id": "u1"]]]
    records[1]["status"] = "discarded"
    let decisions = try read(records)
    #expect(decisions.map(\.id) == ["second"])
    #expect(decisions.map(\.verdict) == [.keep])
    #expect(decisions.map(\.by) == ["u1"])
  }

  @Test("Several labels are compared with the given ones as a set")
  func severalLabels() throws {
    let row: [String: Any] = [
      "record_id": "r", "record_line": 1, "content_sha256": String(repeating: "0", count: 64),
      "given": ["a", "b"], "label": ["choices": ["a", "c"]],
    ]
    let decisions = try read([row])
    #expect(decisions.map(\.label) == [.several(["a", "c"])])
    #expect(decisions.map(\.given) == [.several(["a", "b"])])
  }

  @Test("accept without a proposal, or with a label beside it, is refused with the line")
  func acceptance() {
    for cells in ["accept,,", "accept,b,c"] {
      let table = "id,text,given,decision,proposal,label\nr,some text,a,\(cells)\n"
      let error = #expect(throws: InputError.self) {
        try DecisionFile.read(Source(file: "x.csv", content: Array(table.utf8)))
      }
      #expect(error?.line == 2)
    }
  }

  private func read(_ objects: [[String: Any]]) throws -> [Decision] {
    let data = try JSONSerialization.data(withJSONObject: objects)
    return try DecisionFile.read(Source(file: "export.json", content: [UInt8](data)))
  }

  private func annotation(
    _ choices: [String], by person: Any, isCancelled: Bool = false
  ) -> [String: Any] {
    let result: [[String: Any]] =
      choices.isEmpty
      ? []
      : [
        [
          "from_name": "label", "to_name": "text", "type": "choices",
          "value": ["choices": choices],
        ]
      ]
    return [
      "id": 1, "completed_by": person, "was_cancelled": isCancelled, "result": result,
      "updated_at": "2026-11-29T10:00:00Z",
    ]
  }
}

private struct LabelStudioTask {
  let task: [String: Any]
  let data: [String: Any]
}

private func labelStudioTasks(_ records: [ExportedAnnotation]) throws -> [LabelStudioTask] {
  let text = RecordExportKind.labelStudio.export(records).text(.labelStudioTasks)
  let tasks = try #require(
    JSONSerialization.jsonObject(with: Data(text.utf8)) as? [[String: Any]])
  return try tasks.map {
    LabelStudioTask(task: $0, data: try #require($0["data"] as? [String: Any]))
  }
}

/// Two suspects in the contrary order of review, and a record that nothing speaks against.
private let suspects = [
  entry(1, "first text", "a", id: "first", proposal: "b", rank: 2),
  entry(2, "=SUM(A1) \"quoted\"", "a", id: "second", proposal: "b & <c>", rank: 1),
  ExportedAnnotation(
    record: record(3, "fine", "b", id: "third"),
    result: result(
      .kept, flagged: false, labels: ["b"], proposal: [], rank: 3, credibility: 0.9, weight: 1)),
]

private func record(_ line: Int, _ text: String, _ label: String, id: String) -> Record {
  Record(
    line: line, id: id, content: .text(text), labels: [Label(label)], isMultiLabel: false,
    votes: [], vector: nil)
}

private func entry(
  _ line: Int, _ text: String, _ label: String, id: String? = nil, proposal: String, rank: Int
) -> ExportedAnnotation {
  ExportedAnnotation(
    record: record(line, text, label, id: id ?? "\(line)"),
    result: result(
      .review, flagged: true, labels: [label], proposal: [proposal], rank: rank,
      soft: [(proposal, 0.75), (label, 0.25)]))
}

private func result(
  _ action: LabelAction, flagged: Bool, labels: [String], proposal: [String], rank: Int?,
  credibility: Double = 0.2, weight: Double = 0.25, soft: [(String, Double)] = []
) -> AnnotationResult {
  AnnotationResult(
    credibility: action == .proposed ? nil : credibility, flagged: flagged, reviewRank: rank,
    action: action, labels: labels.map { Label($0) }, proposal: proposal.map { Label($0) },
    softLabel: soft.map { (label: $0.0, probability: $0.1) }, weight: weight, utility: nil,
    neighbours: [], signals: [], truncated: false, reason: nil)
}

extension Label {
  fileprivate init(_ name: String) { self.init(name: name, token: "\"\(name)\"") }
}
