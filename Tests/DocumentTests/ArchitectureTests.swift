import Testing

/// The lists of docs/ARCHITECTURE.md, compared with the sources.
@Suite struct ArchitectureTests {
  let tree: Tree
  let architecture: Architecture

  init() throws {
    tree = try Tree.shared.get()
    architecture = try Architecture(tree)
  }

  private func first(_ heading: String) -> Int { architecture.section(heading).first?.line ?? 1 }

  @Test func theTreeNamesEveryFolderOfTheSources() throws {
    // `Sources/Records/Reading/Reader.swift` is in the folders `Records` and `Records/Reading`.
    var folders: Set<String> = []
    for path in tree.paths where path.hasPrefix("Sources/") {
      let parts = path.split(separator: "/").dropFirst().dropLast().map(String.init)
      guard let target = parts.first else { continue }
      folders.insert(target)
      if parts.count > 1, parts[1] != "include" { folders.insert("\(target)/\(parts[1])") }
    }
    let name = try Pattern(#"([\w-]+)/"#)
    var named: Set<String> = []
    var violations: [Violation] = []
    for (line, text) in architecture.section("The tree") where text.hasPrefix("  ") {
      // The first name of a line is a target. The others are folders in it, or further targets.
      let names = name.names(in: text)
      for folder in names {
        let inTarget = "\(names[0])/\(folder)"
        let path = folders.contains(inTarget) ? inTarget : folder
        named.insert(path)
        if !folders.contains(path) {
          violations.append(
            Violation(
              file: Architecture.path, line: line, what: "there is no folder Sources/\(path)"))
        }
      }
    }
    for folder in folders.subtracting(named).sorted() {
      violations.append(
        Violation(
          file: Architecture.path, line: first("The tree"), what: "Sources/\(folder) is missing"))
    }
    expectNone(violations, "The tree and the folders of the sources differ")
  }

  @Test func pointersAreInTheFilesThatAreListed() throws {
    let use = try Pattern(
      #"\b(Unsafe[A-Z]\w*|withUnsafe\w*|OpaquePointer|Unmanaged|unsafe[A-Z]\w*)\b"#)
    let heading = "Where pointers may be"
    var listed: [String: Int] = [:]
    for (line, text) in architecture.section(heading) {
      for name in architecture.quoted(text) where name.hasSuffix(".swift") { listed[name] = line }
    }
    var found: Set<String> = []
    var violations: [Violation] = []
    for path in tree.swiftFiles(in: "Sources") {
      let file = path.split(separator: "/").last.map(String.init) ?? path
      let lines = try tree.lines(path).map { Declarations.code(of: $0) }
      guard let line = lines.firstIndex(where: { !use.matches(in: $0).isEmpty }) else { continue }
      #expect(found.insert(file).inserted, "two files with pointers have the name \(file)")
      if listed[file] == nil {
        violations.append(
          Violation(
            file: path, line: line + 1,
            what: "uses \(use.names(in: lines[line])[0]); \(Architecture.path) lacks the file"))
      }
    }
    for (name, line) in listed.sorted(by: { $0.key < $1.key }) where !found.contains(name) {
      violations.append(
        Violation(file: Architecture.path, line: line, what: "\(name) has no pointer"))
    }
    expectNone(violations, "Pointers are elsewhere than \(Architecture.path) says")
    #expect(!listed.isEmpty)
  }

  @Test func theTableOfProtocolsIsComplete() throws {
    let declaration = try Pattern(#"\bprotocol (\w+)"#)
    let conforming = try Pattern(
      #"^(?!.*\bprivate\b).*\b(?:struct|class|enum|actor|extension) (\w+)(?:<[^>]*>)?: ([\w, ]+)"#)
    var files: [String: (file: String, line: Int)] = [:]
    var types: [String: Set<String>] = [:]
    for path in tree.swiftFiles(in: "Sources") {
      for (index, line) in try tree.lines(path).enumerated() {
        let code = Declarations.code(of: line)
        for name in declaration.names(in: code) { files[name] = (path, index + 1) }
        for match in conforming.matches(in: code) {
          for name in match.groups[2].split(whereSeparator: { ", ".contains($0) }) {
            types[String(name), default: []].insert(match.groups[1])
          }
        }
      }
    }
    var violations: [Violation] = []
    var named: Set<String> = []
    for row in architecture.table("Where implementations vary") where row.cells.count >= 3 {
      let names = architecture.quoted(row.cells[0])
      named.formUnion(names)
      let listed = Set(architecture.quoted(row.cells[2]).filter { !$0.contains(".") })
      for name in names {
        guard let place = files[name] else {
          violations.append(
            Violation(
              file: Architecture.path, line: row.line, what: "there is no protocol \(name)"))
          continue
        }
        if !architecture.quoted(row.cells[1]).contains(where: { place.file.hasSuffix("/" + $0) }) {
          violations.append(
            Violation(
              file: Architecture.path, line: row.line, what: "\(name) is in \(place.file)"))
        }
        for missing in (types[name] ?? []).subtracting(listed).sorted() {
          violations.append(
            Violation(
              file: Architecture.path, line: row.line,
              what: "\(missing) conforms to \(name), and the row lacks it"))
        }
      }
      let allowed = names.reduce(into: Set<String>()) { $0.formUnion(types[$1] ?? []) }
      for extra in listed.subtracting(allowed).sorted() {
        violations.append(
          Violation(
            file: Architecture.path, line: row.line,
            what: "\(extra) conforms to none of \(names.joined(separator: ", "))"))
      }
    }
    for (name, place) in files.sorted(by: { $0.key < $1.key }) where !named.contains(name) {
      violations.append(
        Violation(
          file: place.file, line: place.line,
          what: "\(Architecture.path) does not list the protocol \(name)"))
    }
    expectNone(violations, "The table of protocols and the sources differ")
  }

  @Test func theTableOfSeedsIsThatOfTheSources() throws {
    let seed = try Pattern(#"\b(?:default)?[sS]eed: (?:U?Int(?:64)? = )?(\d+)"#)
    var found: Set<String> = []
    for path in tree.swiftFiles(in: "Sources") {
      let file = path.split(separator: "/").last.map(String.init) ?? path
      for line in try tree.lines(path) where line.contains("eed: ") {
        for value in seed.names(in: Declarations.code(of: line)) {
          found.insert("\(file) \(value)")
        }
      }
    }
    var violations: [Violation] = []
    var listed: Set<String> = []
    for row in architecture.table("Random choices") where row.cells.count >= 3 {
      let value = row.cells[1]
      guard value.allSatisfy(\.isNumber) else { continue }
      for file in architecture.quoted(row.cells[2]) {
        listed.insert("\(file) \(value)")
        if !found.contains("\(file) \(value)") {
          violations.append(
            Violation(
              file: Architecture.path, line: row.line, what: "\(file) has no seed \(value)"))
        }
      }
    }
    for missing in found.subtracting(listed).sorted() {
      violations.append(
        Violation(
          file: Architecture.path, line: first("Random choices"),
          what: "the seed of \(missing) is missing"))
    }
    expectNone(violations, "The table of seeds and the sources differ")
  }
}
