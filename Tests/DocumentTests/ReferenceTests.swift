import Testing

/// Section numbers and links.
@Suite struct ReferenceTests {
  let tree: Tree

  init() throws { tree = try Tree.shared.get() }

  /// The numbered sections of docs/METHODS.md: what each has in bold, which is its parts' names.
  private func sections() throws -> [String: Set<String>] {
    let heading = try Pattern(#"^## (\d+)\. "#)
    let part = try Pattern(#"\*\*([^*]+?)\.?\*\*"#)
    var sections: [String: Set<String>] = [:]
    var current = ""
    for line in try tree.lines("docs/METHODS.md") {
      if let number = heading.names(in: line).first {
        current = number
        sections[current] = []
      }
      sections[current]?.formUnion(part.names(in: line))
    }
    return sections
  }

  @Test func everySectionThatIsCitedExists() throws {
    let sections = try sections()
    #expect(!sections.isEmpty)
    let cited = try Pattern(#"METHODS(?:\.md)?\)?,?\s+sections?\s+(\d+)(?:,\s+"(\w[^"]*)")?"#)
    let bare = try Pattern(#"\bsections?\s+(\d+)(?:,\s+"(\w[^"]*)")?"#)
    let folders = ["Sources/", "Tests/", "scripts/", "tools/", "docs/", "rules/"]
    let files =
      tree.paths.filter { path in
        folders.contains { path.hasPrefix($0) } && !path.contains("/Fixtures/")
          && !path.hasSuffix(".png")
          && !path.hasPrefix("Tests/DocumentTests/")
      } + ["README.md", "CONTRIBUTING.md", "CHANGELOG.md"]
    var violations: [Violation] = []
    var count = 0
    for file in files {
      // A sentence may go on in the next line, behind the mark of its comment.
      var joined = ""
      var ends: [Int] = []
      for line in try tree.lines(file) {
        let text = line.drop { $0 == " " }.drop { "/#*".contains($0) } + " "
        joined += text
        ends.append((ends.last ?? 0) + text.utf16.count)
      }
      let pattern = file == "docs/METHODS.md" ? bare : cited
      for match in pattern.matches(in: joined) {
        count += 1
        let line = (ends.firstIndex { $0 > match.offset } ?? 0) + 1
        let (number, part) = (match.groups[1], match.groups[2])
        guard let parts = sections[number] else {
          violations.append(
            Violation(file: file, line: line, what: "docs/METHODS.md has no section \(number)"))
          continue
        }
        if !part.isEmpty, !parts.contains(part) {
          violations.append(
            Violation(
              file: file, line: line,
              what: "section \(number) of docs/METHODS.md has no part \"\(part)\""))
        }
      }
    }
    expectNone(violations, "Some sections that are cited are not there")
    #expect(count > 20)
  }

  @Test func everyLinkLeadsToAFile() throws {
    let link = try Pattern(#"\]\(([^)\s]+)\)"#)
    let markdown = tree.paths.filter { $0.hasSuffix(".md") && !$0.contains("/Fixtures/") }
    var violations: [Violation] = []
    var count = 0
    for document in markdown {
      let folder = document.split(separator: "/").dropLast().map(String.init)
      for (index, line) in try tree.lines(document).enumerated() {
        for target in link.names(in: line) where !target.contains("://") {
          count += 1
          let parts = target.split(separator: "#", omittingEmptySubsequences: false)
          let file = String(parts.first ?? "")
          let path = file.isEmpty ? document : Self.path(file, from: folder)
          guard tree.has(path) else {
            violations.append(
              Violation(file: document, line: index + 1, what: "there is no \(path)"))
            continue
          }
          guard parts.count > 1, path.hasSuffix(".md") else { continue }
          if try !anchors(in: path).contains(String(parts[1])) {
            violations.append(
              Violation(
                file: document, line: index + 1, what: "\(path) has no heading #\(parts[1])"))
          }
        }
      }
    }
    expectNone(violations, "Some links lead nowhere")
    #expect(count > 5)
  }

  /// Where a relative link leads, from the root of the package.
  private static func path(_ target: String, from folder: [String]) -> String {
    var parts = folder
    for part in target.split(separator: "/").map(String.init) {
      if part == ".." { _ = parts.popLast() } else if part != "." { parts.append(part) }
    }
    return parts.joined(separator: "/")
  }

  /// The anchors of a document's headings, as GitHub makes them.
  private func anchors(in path: String) throws -> Set<String> {
    Set(
      try tree.lines(path).filter { $0.hasPrefix("#") }.map { heading in
        let words = heading.drop { $0 == "#" }.drop { $0 == " " }.lowercased()
        return String(
          words.compactMap { character in
            if character == " " { return "-" }
            return character.isLetter || character.isNumber || "-_".contains(character)
              ? character : nil
          })
      })
  }
}
