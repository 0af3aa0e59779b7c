import Records
import Yams

// Reads YAML values as the kinds that rules need. A value of another kind becomes a problem.

extension RuleFile {
  /// The entries of a mapping whose keys are known. Each other key becomes a problem.
  mutating func entries(
    _ node: Node, _ place: String, _ known: [String]
  ) -> [(key: String, value: Node)]? {
    if isNull(node) { return [] }
    guard let mapping = node.mapping else {
      problem(
        node.mark, "\(place) is \(words(node)) where key: value pairs are needed",
        "Known keys: \(known.joined(separator: ", ")).")
      return nil
    }
    var entries: [(key: String, value: Node)] = []
    for (key, value) in mapping {
      let name = key.scalar?.string ?? words(key)
      if key.scalar != nil, known.contains(name) {
        entries.append((name, value))
      } else if Self.later.contains(name), place == "the file" {
        problem(
          key.mark, "\(name) is not in this version",
          name == "trust" ? "Use trusted: {field: …, values: […]}." : "Remove it for now.")
      } else {
        let guess = NearestName.nearest(to: name, among: known).map { "Did you mean \($0)? " } ?? ""
        problem(
          key.mark, "\(place) has no key \(name)",
          "\(guess)Known keys: \(known.joined(separator: ", ")).")
      }
    }
    return entries
  }

  /// The characters of a scalar as they are written, so that a label `no` or `1.0` does not become another
  /// value.
  mutating func string(_ node: Node, _ key: String) -> String? {
    guard let scalar = node.scalar, !isNull(node) else {
      problem(
        node.mark, "\(key) is \(words(node)) where text is needed",
        isNull(node) ? "Write a value, or remove the key." : "Write a single value, in quotes.")
      return nil
    }
    if scalar.string.isEmpty {
      problem(node.mark, "\(key) is empty", "Write a name, or remove the key.")
      return nil
    }
    return scalar.string
  }

  mutating func strings(
    _ node: Node, _ key: String, allowsNull: Bool = false
  ) -> [String]? {
    if isNull(node), !allowsNull { return [] }
    guard let list = node.sequence else {
      problem(
        node.mark, "\(key) is \(words(node)) where a list is needed", "Write \(key): [one, two].")
      return nil
    }
    var strings: [String] = []
    var isWhole = true
    for element in list {
      if isNull(element), allowsNull {
        strings.append("null")
      } else if let text = string(element, "an entry of \(key)") {
        strings.append(text)
      } else {
        isWhole = false
      }
    }
    return isWhole ? strings : nil
  }

  mutating func choice<Choice>(_ node: Node, _ key: String) -> Choice?
  where Choice: RawRepresentable<String> & CaseIterable {
    let names = Choice.allCases.map(\.rawValue)
    let list = "Choose one of \(names.joined(separator: ", "))."
    guard let text = node.scalar?.string, !isNull(node) else {
      problem(node.mark, "\(key) is \(words(node))", list)
      return nil
    }
    if let choice = Choice(rawValue: text) { return choice }
    let guess = NearestName.nearest(to: text, among: names).map { "Did you mean \($0)? " } ?? ""
    problem(node.mark, "\(key) cannot be \(text)", guess + list)
    return nil
  }

  func isNull(_ node: Node) -> Bool {
    guard let scalar = node.scalar, scalar.style == .plain else { return false }
    return ["", "~", "null", "Null", "NULL"].contains(scalar.string)
  }

  func words(_ node: Node) -> String {
    if node.mapping != nil { return "a mapping" }
    if node.sequence != nil { return "a list" }
    return isNull(node) ? "empty" : "text"
  }

  mutating func flag(_ node: Node, _ key: String) -> Bool? {
    if isNull(node) { return nil }
    switch node.scalar?.string {
    case "true": return true
    case "false": return false
    default:
      problem(node.mark, "\(key) is neither true nor false", "Write true or false.")
      return nil
    }
  }
}
