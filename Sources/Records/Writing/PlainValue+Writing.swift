extension PlainValue {
  package static func integer(_ value: Int) -> PlainValue {
    .number(Double(value), text: String(value))
  }

  /// A number with as many decimals as every score that emend writes.
  ///
  /// - Precondition: `value` is finite and below 10¹² in magnitude.
  package static func score(_ value: Double) -> PlainValue {
    var text: [UInt8] = []
    JSONText.append(value, to: &text)
    return .number(value, text: String(decoding: text, as: UTF8.self))
  }

  /// One name as a string, and any other number of them as a list.
  package static func names(_ names: [String], isList: Bool) -> PlainValue {
    if !isList, let name = names.first, names.count == 1 { return .string(name) }
    return .list(names.map { .string($0) })
  }

  /// Appends the value as JSON on one line.
  package func append(to output: inout [UInt8]) {
    switch self {
    case .null: output += "null".utf8
    case .bool(let value): output += (value ? "true" : "false").utf8
    case .number(_, let text): output += text.utf8
    case .string(let text): JSONText.append(text, to: &output)
    case .list(let items):
      output.append(UInt8(ascii: "["))
      for (index, item) in items.enumerated() {
        if index > 0 { output += ", ".utf8 }
        item.append(to: &output)
      }
      output.append(UInt8(ascii: "]"))
    case .object(let members):
      output.append(UInt8(ascii: "{"))
      for (index, member) in members.enumerated() {
        if index > 0 { output += ", ".utf8 }
        JSONText.append(member.name, to: &output)
        output += ": ".utf8
        member.value.append(to: &output)
      }
      output.append(UInt8(ascii: "}"))
    }
  }

  /// The value as JSON on one line.
  package var json: String {
    var bytes: [UInt8] = []
    append(to: &bytes)
    return String(decoding: bytes, as: UTF8.self)
  }
}
