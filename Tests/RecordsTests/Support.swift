@testable import Records
@testable import Assessments

/// Reads bytes as a file `data.jsonl`.
func read(
  _ bytes: [UInt8], _ options: ReadingOptions = ReadingOptions(), file: String = "data.jsonl"
) throws -> Reading {
  try Reader(options: options).read(Source(file: file, content: bytes))
}

func read(_ text: String, _ options: ReadingOptions = ReadingOptions()) throws -> Reading {
  try read(Array(text.utf8), options)
}

func text(_ bytes: [UInt8]) -> String { String(decoding: bytes, as: UTF8.self) }

func label(_ name: String) -> Label { Label(name: name, token: "\"\(name)\"") }

/// The smallest possible result of a record.
func result(
  _ action: LabelAction = .kept, _ labels: [Label] = [label("a")], proposal: [Label] = [],
  softLabel: [(label: String, probability: Double)] = [("a", 1)]
) -> AnnotationResult {
  AnnotationResult(
    credibility: 0.5, flagged: false, reviewRank: nil, action: action, labels: labels,
    proposal: proposal, softLabel: softLabel, weight: 1, utility: action == .proposed ? nil : 1,
    neighbours: [],
    signals: [], truncated: false, reason: nil)
}

/// The smallest possible result of a query.
func result(_ retrieval: Retrieval) -> QueryResult {
  QueryResult(
    passages: retrieval.passages.map { passageResult($0.grade ?? 0) }, answer: nil,
    answerSource: nil, scorer: "extractive", softLabel: [], reason: nil)
}

func passageResult(_ grade: Int = 0) -> QueryResult.PassageResult {
  QueryResult.PassageResult(
    relevance: 0.5, utility: 0.25, useful: false, credibility: nil, flagged: false, grade: grade,
    proposal: nil, hardNegative: false, falseNegative: false, signals: [], truncated: false)
}

/// Whether no line is lost and undoing a run restores the input, as must be so for every file that can be
/// read.
func nothingIsLost(_ reading: Reading) throws -> Bool {
  let output = reading.output(
    reading.records.map { record in
      guard case .retrieval(let retrieval) = record.content else {
        return .annotation(result(.kept, record.labels))
      }
      return .retrieval(result(retrieval))
    })
  let rejected = reading.rejectedOutput()
  let reverted = try Reverter().revert(
    output: Source(file: "out.jsonl", content: output),
    rejected: Source(file: "rejected.jsonl", content: rejected))
  return reverted.bytes == reading.restored && reverted.lineCount == reading.format.lines
    && reading.records.count + reading.rejections.count + reading.format.blankLines
      == reading.format.lines
}
