import Foundation

/// One line of `NAME.rejected.jsonl`: why an input line could not be used, and the line itself, so that it
/// can be restored byte for byte.
struct RejectedLine {
  let line: Int
  /// The record's number in the file, from 1, where its line does not tell its place; else nil.
  let record: Int?
  /// The input line, terminator included; or the record with the bytes that left the file with it.
  let content: [UInt8]

  /// Appends the rejected line as one JSON object: `line`, `byte`, `column`, `reason`, `remedy`, then the
  /// line without its terminator as `text` (or as `base64` where it is not UTF-8), and the terminator as
  /// `terminator`. A record without a line of its own has its number as `record`, and what stood before and
  /// after it and left the file with it as `before` and `terminator`.
  static func append(
    _ rejection: Rejection, _ content: ArraySlice<UInt8>, before: ArraySlice<UInt8> = [],
    after: ArraySlice<UInt8> = [], to out: inout [UInt8]
  ) {
    out += Array(
      "{\"line\": \(rejection.line), \"byte\": \(rejection.byte), \"column\": \(rejection.column)"
        .utf8)
    out += Array(", \"reason\": ".utf8)
    JSONText.append(rejection.reason, to: &out)
    out += Array(", \"remedy\": ".utf8)
    JSONText.append(rejection.remedy, to: &out)
    if let record = rejection.record {
      out += ", \"record\": \(record), \"before\": ".utf8
      JSONText.append(String(decoding: before, as: UTF8.self), to: &out)
    }
    var body = content
    var terminator = String(decoding: after, as: UTF8.self)
    if after.isEmpty, body.last == 10 {
      body.removeLast()
      terminator = "\n"
      if body.last == 13 {
        body.removeLast()
        terminator = "\r\n"
      }
    }
    if let text = String(validating: body, as: UTF8.self) {
      out += Array(", \"text\": ".utf8)
      JSONText.append(text, to: &out)
    } else {
      out += Array(", \"base64\": \"\(Data(body).base64EncodedString())\"".utf8)
    }
    out += Array(", \"terminator\": ".utf8)
    JSONText.append(terminator, to: &out)
    out += Array("}\n".utf8)
  }

  /// Reads one line of `NAME.rejected.jsonl`.
  init(_ line: Span<UInt8>, _ parser: inout LineParser) throws(Fault) {
    try parser.scanObject(line)
    func text(_ name: String) throws(Fault) -> String? {
      guard let member = parser.member([Array(name.utf8)], in: line) else { return nil }
      return try parser.string(member, in: line, part: name)
    }
    func damaged(_ what: String) -> Fault {
      Fault(
        offset: 0, reason: "\(what) is missing or damaged",
        remedy: "Use the rejected file as emend wrote it.")
    }
    guard let member = parser.member([Array("line".utf8)], in: line), member.kind == .number,
      let number = Int(parser.text(line.extracting(member.value))), number > 0
    else { throw damaged("the line number") }
    self.line = number
    record = parser.member([Array("record".utf8)], in: line).flatMap {
      Int(parser.text(line.extracting($0.value)))
    }
    let before = Array((try text("before") ?? "").utf8)
    guard let terminator = try text("terminator") else { throw damaged("the terminator") }
    if let body = try text("text") {
      content = before + Array(body.utf8) + Array(terminator.utf8)
    } else if let encoded = try text("base64"), let body = Data(base64Encoded: encoded) {
      content = before + Array(body) + Array(terminator.utf8)
    } else {
      throw damaged("the line's text")
    }
  }
}

extension Reading {
  /// `NAME.rejected.jsonl`; empty where every line could be used.
  package func rejectedOutput() -> [UInt8] {
    var output: [UInt8] = []
    // Both are in the order of the file.
    var remaining = rejections[...]
    var lastEnd = 0
    var isFirst = true
    for (index, line) in lines.enumerated() {
      defer { lastEnd = line.range.upperBound }
      guard line.kind == .rejected, let rejection = remaining.popFirst() else {
        isFirst = false
        continue
      }
      if case .columns(let columns) = container {
        let document = columns.document(index, in: undone.first ?? source.bytes)
        RejectedLine.append(rejection, document.json[...], to: &output)
        continue
      }
      let next = index + 1 < lines.count ? lines[index + 1].range.lowerBound : line.range.upperBound
      RejectedLine.append(
        rejection, source.bytes[line.range],
        before: isFirst ? [] : source.bytes[lastEnd..<line.range.lowerBound],
        after: isFirst ? source.bytes[line.range.upperBound..<next] : [], to: &output)
    }
    return output
  }
}
