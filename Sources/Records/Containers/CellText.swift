extension Table.Dialect {
  /// Appends a text as a cell, in quotes where it needs them or `isQuoted` asks for them.
  func append(_ text: String, isQuoted: Bool = false, to output: inout [UInt8]) {
    let needsQuotes =
      text.utf8.contains { $0 == separator || $0 == 10 || $0 == 13 || $0 == 0x22 }
      || text.utf8.first == 0x20 || text.utf8.last == 0x20
    guard quoting != .none else {
      // Without quotes, a cell cannot have what ends it.
      for byte in text.utf8 {
        output.append(byte == separator || byte == 10 || byte == 13 ? 0x20 : byte)
      }
      return
    }
    guard isQuoted || needsQuotes else {
      output += text.utf8
      return
    }
    output.append(UInt8(ascii: "\""))
    for byte in text.utf8 {
      switch (quoting, byte) {
      case (.backslash, UInt8(ascii: "\"")), (.backslash, UInt8(ascii: "\\")):
        output.append(UInt8(ascii: "\\"))
      case (_, UInt8(ascii: "\"")): output.append(byte)
      default: break
      }
      output.append(byte)
    }
    output.append(UInt8(ascii: "\""))
  }
}

/// Tables with commas that emend makes, which any program can read (RFC 4180).
package enum CommaSeparated {
  private static let dialect = Table.Dialect(separator: UInt8(ascii: ","), quoting: .doubled)

  /// Appends a row, with its end.
  package static func append(_ cells: [String], to output: inout [UInt8]) {
    for (index, cell) in cells.enumerated() {
      if index > 0 { output.append(dialect.separator) }
      dialect.append(cell, to: &output)
    }
    output += "\r\n".utf8
  }
}
