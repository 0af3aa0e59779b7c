/// The targets that Package.swift declares.
struct Manifest {
  struct Target {
    let name: String
    /// `target`, `executableTarget`, `testTarget` or `systemLibrary`.
    let kind: String
    /// The targets of this package that it depends on.
    let dependencies: Set<String>
    /// The folder of its sources.
    let folder: String
    /// The text of its declaration.
    let declaration: String
    /// Where that begins, from 1.
    let line: Int
  }

  let targets: [Target]

  private static let kinds = ["target", "executableTarget", "testTarget", "systemLibrary"]

  init(_ tree: Tree) throws {
    // Comments go, and every line stays where it is.
    let lines = try tree.lines("Package.swift").map { Self.withoutComment($0) }
    let text = Array(lines.joined(separator: "\n"))
    var targets: [Target] = []
    var line = 1
    for place in text.indices {
      if text[place] == "\n" { line += 1 }
      guard text[place] == "." else { continue }
      for kind in Self.kinds where text[place...].starts(with: ".\(kind)(") {
        let declaration = Self.bracketed(text, from: place + kind.count + 1)
        let name = Self.string(after: "name:", in: declaration) ?? "?"
        let own = Self.withoutProducts(Self.list(after: "dependencies:", in: declaration))
        let usual = kind == "testTarget" ? "Tests/\(name)" : "Sources/\(name)"
        targets.append(
          Target(
            name: name, kind: kind, dependencies: Set(Self.strings(in: own)),
            folder: Self.string(after: " path:", in: declaration) ?? usual,
            declaration: declaration, line: line))
      }
    }
    self.targets = targets
  }

  private static func withoutComment(_ line: String) -> String {
    // A comment has a line of its own in the manifest; `//` within a line is part of an address.
    line.drop(while: { $0 == " " }).hasPrefix("//") ? "" : line
  }

  /// The text from a bracket to the one that closes it, both included.
  private static func bracketed(_ text: [Character], from start: Int) -> String {
    var depth = 0
    var isInString = false
    for end in start..<text.count {
      if text[end] == "\"" { isInString.toggle() }
      guard !isInString else { continue }
      if "([".contains(text[end]) { depth += 1 }
      if ")]".contains(text[end]) { depth -= 1 }
      if depth == 0 { return String(text[start...end]) }
    }
    return String(text[start...])
  }

  private static func rest(after label: String, in text: String) -> [Character]? {
    let characters = Array(text)
    let label = Array(label)
    for place in characters.indices where characters[place...].starts(with: label) {
      return Array(characters[(place + label.count)...])
    }
    return nil
  }

  private static func string(after label: String, in text: String) -> String? {
    rest(after: label, in: text).flatMap { strings(in: String($0)).first }
  }

  private static func list(after label: String, in text: String) -> String {
    guard let rest = rest(after: label, in: text), let start = rest.firstIndex(of: "[") else {
      return ""
    }
    return bracketed(rest, from: start)
  }

  /// The text of a list without its `.product(…)` entries.
  private static func withoutProducts(_ list: String) -> String {
    let text = Array(list)
    var kept: [Character] = []
    var place = 0
    while place < text.count {
      let product = ".product"
      if text[place...].starts(with: product + "(") {
        place += product.count
        place += bracketed(text, from: place).count
      } else {
        kept.append(text[place])
        place += 1
      }
    }
    return String(kept)
  }

  /// The string literals in a text.
  private static func strings(in text: String) -> [String] {
    let parts = text.split(separator: "\"", omittingEmptySubsequences: false)
    return parts.indices.filter { $0 % 2 == 1 }.map { String(parts[$0]) }
  }
}
