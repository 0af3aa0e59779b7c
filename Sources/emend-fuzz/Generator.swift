package import Concurrency

extension SplitMix64 {
  package mutating func below(_ bound: Int) -> Int { Int.random(in: 0..<bound, using: &self) }
  package mutating func chance(_ percent: Int) -> Bool { below(100) < percent }
  package mutating func pick<T>(_ choices: [T]) -> T { choices[below(choices.count)] }
}

/// Makes datasets: well-formed ones with unusual spacing, escapes and Unicode, and damaged ones.
package struct Generator {
  package var random: SplitMix64

  package init(seed: UInt64) { random = SplitMix64(seed: seed) }

  /// A file of a few lines; about half of all are then damaged.
  package mutating func file() -> [UInt8] {
    var bytes = wellFormedFile()
    if random.chance(50) { mutate(&bytes) }
    return bytes
  }

  /// A file in which every line is well-formed JSON or blank. A line may still be unusable for its meaning,
  /// such as a grade beyond the scale or a repeated name.
  package mutating func wellFormedFile() -> [UInt8] {
    var bytes: [UInt8] = random.chance(10) ? [0xEF, 0xBB, 0xBF] : []
    let end = random.chance(20) ? "\r\n" : "\n"
    let kind = random.below(Self.kinds)
    let count = 1 + random.below(8)
    for index in 0..<count {
      if random.chance(5) { bytes += Array((space() + end).utf8) }
      let line =
        space() + object(kind: random.chance(10) ? random.below(Self.kinds) : kind, index) + space()
      bytes += Array(line.utf8)
      if index < count - 1 || random.chance(70) { bytes += Array(end.utf8) }
    }
    return bytes
  }

  /// The number of kinds of record to choose from. Texts and queries count twice, so they are chosen more
  /// often.
  private static let kinds = 10

  mutating func space() -> String {
    guard random.chance(30) else { return "" }
    return (0..<random.below(3)).map { _ in random.pick([" ", "\t", "\r", "  "]) }.joined()
  }

  /// The object of one line.
  private mutating func object(kind: Int, _ index: Int) -> String {
    var members: [(String, String)] = []
    if random.chance(60) {
      members.append(("id", random.pick([string(), number(), "true", "null"])))
    }
    let label =
      random.chance(80)
      ? random.pick(["\"a\"", "\"b\"", "\"\\u0061\"", "3", "true", string()]) : "null"
    switch kind {
    case 0, 1: members += [("text", string()), ("label", label)]
    case 2:
      let list = (0..<random.below(4)).map { _ in string() }.joined(separator: "," + space())
      members += [("text", string()), (random.pick(["label", "labels"]), "[\(space())\(list)]")]
    case 3: members += [("premise", string()), ("hypothesis", string()), ("label", label)]
    case 4:
      members += [
        ("text", "\"Ann \(random.pick(["é", "😀", "\\n", "x"])) met Bob\""),
        ("head", "{\"start\": 0, \"end\": 3, \"type\": \(string())}"),
        ("tail", "{\"text\": \"Bob\", \"start\": 10, \"end\": 13}"), ("label", label),
      ]
    case 5:
      members += [
        ("tokens", "[\"Ann\", \(string()), \"Bob\"]"), ("head", "{\"start\":0,\"end\":1}"),
        ("tail", "{\"start\":1,\"end\":3}"), ("label", label),
      ]
    case 6:
      members += [("text", string())]
      if random.chance(50) { members.append(("label", label)) }
      members.append(
        (
          "annotations",
          random.chance(50)
            ? "[\(string()), null, 3]" : "[{\"annotator\": \(string()), \"label\": \(label)}]"
        ))
    case 7, 8: members += retrievalMembers(label: label)
    default:
      members += [("vector", "[1\(random.below(9)), -0.5e-1, \(index).25]"), ("label", label)]
    }
    for _ in 0..<random.below(3) { members.append(("x\(random.below(50))", value(depth: 0))) }
    if random.chance(8) {
      members.append((random.pick(["emend", "\\u0065mend"]), value(depth: 0)))
    }
    return object(of: members)
  }

  /// An object of `members`, each name once, sometimes in random order.
  mutating func object(of members: [(String, String)]) -> String {
    var members = members
    if random.chance(30) { members.shuffle(using: &random) }
    var seen: Set<String> = []
    var text = "{" + space()
    for (name, value) in members where seen.insert(name.hasSuffix("mend") ? "emend" : name).inserted
    {
      if seen.count > 1 { text += "," + space() }
      text += "\"\(name)\"" + space() + ":" + space() + value + space()
    }
    return text + "}"
  }

  mutating func value(depth: Int) -> String {
    switch random.below(depth > 4 ? 4 : 6) {
    case 0: return string()
    case 1: return number()
    case 2: return random.pick(["true", "false", "null"])
    case 3: return random.pick(["{}", "[]", "[ ]", "{ }"])
    case 4:
      let items = (0..<random.below(4)).map { _ in value(depth: depth + 1) }
      return "[" + items.joined(separator: "," + space()) + space() + "]"
    default:
      let items = (0..<random.below(4)).map { "\"k\($0)\":" + space() + value(depth: depth + 1) }
      return "{" + items.joined(separator: space() + ",") + "}"
    }
  }

  mutating func number() -> String {
    random.pick([
      "0", "-0", "1", "-12.50", "1e5", "1E+30", "2.5e-3", "123456789012345678901234567890",
      "9223372036854775808", "0.1000",
    ])
  }

  mutating func string() -> String {
    let pieces = [
      "word", " ", "é", "e\u{301}", "漢字", "😀", "\\n", "\\\"", "\\\\", "\\/", "\\u00e9",
      "\\ud83d\\ude00", "\\u0000", "\u{7F}", "\u{2028}", "\u{FEFF}", "{", "}", "[", ":", ",",
      "'", "emend", "\\t", "longer text with some more words in it",
    ]
    return "\"" + (0..<random.below(6)).map { _ in random.pick(pieces) }.joined() + "\""
  }

  // MARK: - Damage

  private static let fragments: [[UInt8]] =
    [
      "\"", "{", "}", "[", "]", ",", ":", "\\", "\\u", "\\ud800", "\n", "\r", "\r\n", "null",
      "true", "NaN", "Infinity", "'", "//", "-", "0", "1e999", "\"emend\": {", "\"label\": ",
      "\"emend\": {\"flagged\": true, \"action\": \"corrected\", \"original\": 1, \"label\": \"a\", \"evidence\": {}}",
      ", \"emend\": {\"flagged\": true, \"action\": \"kept\", \"label\": \"a\", \"evidence\": {}, \"previous\": 4}",
      ", \"emend\": {\"scorer\": \"s\", \"soft_label\": {}, \"previous\": [ ]}",
      ", \"emend\": {\"relevance\": 1, \"utility\": 0, \"useful\": true, \"previous\": {\"relevance\": 1, \"utility\": 0, \"useful\": true}}",
      "\"query\": \"q\", ", "\"passages\": [", "{\"text\": \"t\"}, ", "\"id\": \"1\", ",
      "\"field\": \"ctxs\", ",
      "\"scorer\"", "\"useful\": true",
      "\"text\": \"\"", "\"previous\"", "{\"text\": \"t\", \"label\": \"a\"}\n",
    ].map { Array($0.utf8) } + [
      [0], [0xFF], [0xC0, 0x80], [0xED, 0xA0, 0x80], [0xEF, 0xBB, 0xBF], [0xF4, 0x90, 0x80, 0x80],
      [0x1F, 0x8B], [0x28, 0xB5, 0x2F, 0xFD], [0xE2, 0x82], [9], [0x1F],
    ]

  /// Damages a file in one to four places.
  package mutating func mutate(_ bytes: inout [UInt8]) {
    for _ in 0...random.below(4) where !bytes.isEmpty {
      let at = random.below(bytes.count)
      let end = min(bytes.count, at + 1 + random.below(random.chance(80) ? 4 : 40))
      switch random.below(6) {
      case 0: bytes[at] ^= 1 << random.below(8)
      case 1: bytes.removeSubrange(at..<end)
      case 2: bytes.insert(contentsOf: random.pick(Self.fragments), at: at)
      case 3: bytes.insert(contentsOf: bytes[at..<end], at: random.below(bytes.count))
      case 4: bytes[at] = UInt8(random.below(256))
      default: if random.chance(20) { bytes.removeSubrange(at...) }
      }
    }
  }
}
