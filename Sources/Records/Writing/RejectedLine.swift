import Foundation

/// One line of `NAME.rejected.jsonl`: why an input line could not be used, and the line itself, so that it
/// can be restored byte for byte.
struct RejectedLine {
  let line: Int
  /// The input line, terminator included.
  let content: [UInt8]

  /// Appends the rejected line as one JSON object: `line`, `byte`, `column`, `reason`, `remedy`, then the
  /// line without its terminator as `text` (or as `base64` where it is not UTF-8), and the terminator as
  /// `terminator`.
  static func append(_ rejection: Rejection, _ content: ArraySlice<UInt8>, to out: inout [UInt8]) {
    out += Array(
      "{\"line\": \(rejection.line), \"byte\": \(rejection.byte), \"column\": \(rejection.column)"
        .utf8)
    out += Array(", \"reason\": ".utf8)
    JSONText.append(rejection.reason, to: &out)
    out += Array(", \"remedy\": ".utf8)
    JSONText.append(rejection.remedy, to: &out)
    var body = content
    var terminator = ""
    if body.last == 10 {
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
    guard let terminator = try text("terminator") else { throw damaged("the terminator") }
    if let body = try text("text") {
      content = Array(body.utf8) + Array(terminator.utf8)
    } else if let encoded = try text("base64"), let body = Data(base64Encoded: encoded) {
      content = Array(body) + Array(terminator.utf8)
    } else {
      throw damaged("the line's text")
    }
  }
}

extension Reading {
  /// `NAME.rejected.jsonl`; empty where every line could be used.
  package func rejectedOutput() -> [UInt8] {
    var output: [UInt8] = []
    for rejection in rejections {
      let range = lines[rejection.line - 1].range
      RejectedLine.append(rejection, source.bytes[range], to: &output)
    }
    return output
  }
}
