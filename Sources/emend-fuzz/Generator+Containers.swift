// Files that are not JSON lines.

extension Generator {
  /// A file in a container other than JSON lines, in about half of all cases damaged.
  package mutating func containerFile() -> [UInt8] {
    let count = 1 + random.below(6)
    var text: String
    switch random.below(5) {
    case 0:
      let items = (0..<count).map { record($0) }
      text =
        "[" + lineSpace() + items.joined(separator: lineSpace() + "," + lineSpace()) + lineSpace()
        + "]"
    case 1:
      text =
        "{\"n\": 1, \"data\": [" + (0..<count).map { record($0) }.joined(separator: ", ") + "]}"
    case 2: text = (0..<count).map { record($0) }.joined(separator: random.pick(["", " ", "\n\n"]))
    case 3: text = columns(count)
    default: text = table(count)
    }
    if random.chance(50) { text += random.pick(["\n", "\r\n", " \n"]) }
    var bytes = (random.chance(10) ? [0xEF, 0xBB, 0xBF] : []) + Array(text.utf8)
    if random.chance(40) { mutate(&bytes) }
    return bytes
  }

  private mutating func lineSpace() -> String { random.pick(["", " ", "\n", "\r\n  ", "\t"]) }

  /// A record whose members may stand on several lines; some are no usable record.
  private mutating func record(_ index: Int) -> String {
    if random.chance(10) {
      return random.pick(["1", "null", "[]", "{}", "{\"label\": \"a\"}", string()])
    }
    if random.chance(30) {
      return "{"
        + retrievalMembers(label: "\"a\"").map { "\"\($0.0)\": \($0.1)" }.joined(separator: ",")
        + "}"
    }
    let members = [
      ("text", string()), ("label", random.pick(["\"a\"", "\"b\"", "3", "null", "[\"a\"]"])),
    ]
    let name = random.chance(5) ? "emend" : "x\(index)"
    return "{" + lineSpace()
      + (members + [(name, value(depth: 1))]).map { "\"\($0.0)\":\(lineSpace())\($0.1)" }
      .joined(separator: ",\(lineSpace())") + "}"
  }

  private mutating func columns(_ count: Int) -> String {
    let isKeyed = random.chance(50)
    func column(_ values: [String]) -> String {
      guard isKeyed else { return "[\(values.joined(separator: ", "))]" }
      return "{" + values.enumerated().map { "\"k\($0)\": \($1)" }.joined(separator: ",") + "}"
    }
    let texts = (0..<count).map { _ in random.chance(95) ? string() : "null" }
    let labels = (0..<count).map { _ in random.pick(["\"a\"", "\"b\"", "null", "7"]) }
    let others = (0..<count).map { _ in value(depth: 2) }
    return
      "{\"text\":\(lineSpace())\(column(texts)), \"label\": \(column(labels)),\(lineSpace())\"x\": \(column(others))}"
  }

  private mutating func table(_ count: Int) -> String {
    let separator = random.pick([",", ",", ";", "\t", "|"])
    let end = random.pick(["\n", "\n", "\r\n"])
    let isQuoted = random.chance(30)
    func cell(_ text: String) -> String {
      guard isQuoted || text.contains(where: { ",;\t|\"\n\r".contains($0) }) else { return text }
      return "\"" + text.replacing("\"", with: "\"\"") + "\""
    }
    var names = ["text", "label"] + (random.chance(50) ? ["x", ""] : [])
    if random.chance(30) { names.shuffle(using: &random) }
    var text = random.chance(10) ? "sep=\(separator)\(end)" : ""
    let blank = random.chance(10) ? " " : ""
    text += names.map(cell).joined(separator: separator + blank)
    for _ in 0..<count {
      text += end
      if random.chance(5) { text += end }
      let cells = names.map { name in
        name == "label"
          ? random.pick(["a", "b", "", "c d", "e,f"])
          : random.pick([
            "word", "two words", "é", "a, b", "say \"x\"", "", "l\n2", "tab\there", " x ", "5|6",
            "{", "\\",
          ])
      }
      text += (random.chance(5) ? cells + ["more"] : cells).map(cell).joined(
        separator: separator + blank)
    }
    return text
  }
}
