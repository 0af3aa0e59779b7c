import Records

/// The lines of a file that is neither JSON nor a table with a header, such as MS MARCO's and TREC's.
struct TextLines {
  let source: Source

  /// Calls `body` with each line that is not blank, and with its number, from 1.
  ///
  /// - Throws: where a line is not UTF-8, and what `body` throws.
  func forEach(
    _ body: (_ line: Int, _ text: String) throws(InputError) -> Void
  ) throws(InputError) {
    let bytes = source.bytes
    var start = bytes.starts(with: [0xEF, 0xBB, 0xBF]) ? 3 : 0
    var number = 0
    while start < bytes.count {
      let end = bytes[start...].firstIndex(of: UInt8(ascii: "\n")) ?? bytes.count
      number += 1
      var content = bytes[start..<end]
      if content.last == 13 { content.removeLast() }
      start = end + 1
      guard content.contains(where: { $0 != 0x20 && $0 != 0x09 }) else { continue }
      guard let text = String(validating: content, as: UTF8.self) else {
        throw InputError(
          file: source.file, line: number, reason: "bytes that are not UTF-8",
          remedy: "Convert the file to UTF-8, for instance iconv -f WINDOWS-1252 -t UTF-8.")
      }
      try body(number, text)
    }
  }

  /// The first line that is not blank, with all its tabs; empty where there is none.
  var first: String {
    let bytes = source.bytes
    var start = bytes.starts(with: [0xEF, 0xBB, 0xBF]) ? 3 : 0
    while start < bytes.count {
      let end = bytes[start...].firstIndex(of: UInt8(ascii: "\n")) ?? bytes.count
      var content = bytes[start..<end]
      if content.last == 13 { content.removeLast() }
      let line = String(decoding: content, as: UTF8.self)
      if !line.trimmed.isEmpty { return line }
      start = end + 1
    }
    return ""
  }

  /// Whether the file begins as JSON does.
  var isJSON: Bool {
    let first = first.trimmed
    return first.hasPrefix("{") || first.hasPrefix("[")
  }

  /// The cells of a line: between tabs where it has any, else between blanks.
  static func cells(of line: String) -> [String] {
    line.utf8.contains(UInt8(ascii: "\t"))
      ? tabbed(line) : line.split(whereSeparator: \.isWhitespace).map(String.init)
  }

  /// The cells between the tabs of a line, without the blanks around them.
  static func tabbed(_ line: String) -> [String] {
    line.split(separator: "\t", omittingEmptySubsequences: false).map { String($0).trimmed }
  }
}

extension String {
  /// An id or another text of a file in quotes, cut to what a message needs.
  var shown: String {
    let beginning = prefix(40)
    let text =
      beginning.utf8.count > 160
      ? String(decoding: utf8.prefix(160), as: UTF8.self) : String(beginning)
    return text.utf8.count < utf8.count ? "\"\(text)…\"" : "\"\(text)\""
  }

  var hasBlanks: Bool { contains(where: \.isWhitespace) }
}
