import Records

/// One object of a JSON-lines file, written member by member in the order of the calls.
struct JSONLine {
  private(set) var bytes: [UInt8] = [UInt8(ascii: "{")]

  private mutating func name(_ name: String) {
    if bytes.count > 1 { bytes += ", ".utf8 }
    JSONText.append(name, to: &bytes)
    bytes += ": ".utf8
  }

  /// Appends a member with a text.
  mutating func member(_ name: String, _ text: String) {
    self.name(name)
    JSONText.append(text, to: &bytes)
  }

  /// Appends a member with a number.
  mutating func member(_ name: String, _ number: Int) {
    self.name(name)
    bytes += String(number).utf8
  }

  /// Appends a member with a list of texts.
  mutating func member(_ name: String, _ texts: [String]) {
    list(name, texts) { JSONText.append($0, to: &$1) }
  }

  /// Appends a member with a list of shares, which sum to exactly 1 as written.
  mutating func member(_ name: String, shares: [Double]) {
    list(name, JSONText.units(summingToOne: shares)) { JSONText.append(units: $0, to: &$1) }
  }

  /// Appends a member with a list of numbers, in steps of 1 / ``JSONText/scale``.
  mutating func member(_ name: String, units: [Int]) {
    list(name, units) { JSONText.append(units: $0, to: &$1) }
  }

  private mutating func list<Element>(
    _ name: String, _ elements: [Element], _ append: (Element, inout [UInt8]) -> Void
  ) {
    self.name(name)
    bytes.append(UInt8(ascii: "["))
    for (index, element) in elements.enumerated() {
      if index > 0 { bytes += ", ".utf8 }
      append(element, &bytes)
    }
    bytes.append(UInt8(ascii: "]"))
  }

  /// The line with its line feed.
  consuming func ended() -> [UInt8] {
    bytes += "}\n".utf8
    return bytes
  }
}
