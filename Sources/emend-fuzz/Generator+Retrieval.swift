// Queries with passages.

extension Generator {
  /// The name that ``Oracle`` maps to the passages for some of its files.
  package static let mappedPassages = "docs"

  /// The members of a query with passages.
  /// - Parameter label: a label for the query, where only passages should have labels; it is used for some
  ///   of the lines.
  mutating func retrievalMembers(label: String) -> [(String, String)] {
    let names = ["passages", "passages", "contexts", "ctxs", "p\\u0061ssages", Self.mappedPassages]
    let passages = (0..<random.below(5)).map { passage($0) }
    var members = [
      (
        random.pick(["query", "question", "qu\\u0065ry"]), random.chance(95) ? question() : string()
      ),
      (
        random.pick(names),
        "[\(space())\(passages.joined(separator: space() + "," + space()))\(space())]"
      ),
    ]
    if random.chance(30) {
      let list = (0..<random.below(3)).map { _ in string() }.joined(separator: ",")
      members.append(("answers", random.pick(["[\(list)]", string(), "null"])))
    }
    if random.chance(10) { members.append(("label", label)) }
    if random.chance(10) { members.append(("vector", "[1, 2]")) }
    if random.chance(10) { members.append((names[random.below(4)], value(depth: 3))) }
    if random.chance(10) { members.append(("emend", random.pick(Self.ownMembers))) }
    return members
  }

  private mutating func question() -> String { "\"Who \(string().dropFirst())" }

  private mutating func passage(_ index: Int) -> String {
    var members = [(random.pick(["text", "t\\u0065xt"]), string())]
    // Ids differ most of the time, or too few lines would be usable.
    if random.chance(50) {
      members.append(
        ("id", random.chance(90) ? "\"é\\\"\(index)\"" : random.pick(["1", string()])))
    }
    if random.chance(30) { members.append(("title", random.pick([string(), "null"]))) }
    if random.chance(60) {
      let labels = ["0", "1", "4", "3.0", "true", "false", "null", "\"2\""]
      members.append((random.pick(["label", "l\\u0061bel"]), random.pick(labels)))
      if random.chance(3) {
        members[members.count - 1].1 = random.pick(["5", "0.5", "-1", number()])
      }
    }
    for _ in 0..<random.below(2) { members.append(("x\(random.below(9))", value(depth: 2))) }
    if random.chance(15) {
      let own = random.chance(50) ? value(depth: 2) : random.pick(Self.ownMembers)
      members.append((random.pick(["emend", "\\u0065mend"]), own))
    }
    let passage = object(of: members)
    // Some passages have a name twice, which the reader must reject.
    return random.chance(3) ? "{\"text\": \"\"," + passage.dropFirst() : passage
  }

  /// Members that look like those that emend writes, and some that are nearly like them.
  private static let ownMembers = [
    "{\"scorer\": \"s\", \"soft_label\": {}}",
    "{\"soft_label\": {\"1\": 1.0}, \"field\": \"ctxs\", \"scorer\": \"s\", \"previous\": 3 }",
    "{\"scorer\": \"s\", \"soft_label\": {}, \"previous\": {\"scorer\": \"\", \"soft_label\": { }}}",
    "{\"scorer\": 1, \"soft_label\": {}}",
    "{\"relevance\": 0.5, \"utility\": 0, \"useful\": false}",
    "{\"us\\u0065ful\": true, \"utility\": 0, \"relevance\": 1, \"previous\": [ 1 ] }",
    "{\"relevance\": 1, \"utility\": 0, \"useful\": true, \"previous\": {\"relevance\": 1, \"utility\": 0, \"useful\": true}}",
    "{\"relevance\": \"1\", \"utility\": 0, \"useful\": true}",
    "{\"flagged\": true, \"action\": \"kept\", \"label\": \"a\", \"evidence\": {}}",
  ]
}
