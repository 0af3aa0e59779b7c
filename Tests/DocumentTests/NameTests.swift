import Testing

/// Files, types and members that documents and comments name.
@Suite struct NameTests {
  let tree: Tree
  /// Of the sources alone.
  let sources: Declarations
  /// Of sources and tests.
  let all: Declarations
  let targets: Set<String>

  // Read once for all tests.
  private static let ofSources = declarations(in: ["Sources"])
  private static let ofAll = declarations(in: ["Sources", "Tests"])

  private static func declarations(in folders: [String]) -> Result<Declarations, any Error> {
    Result { try Declarations(try Tree.shared.get(), folders: folders) }
  }

  init() throws {
    tree = try Tree.shared.get()
    sources = try Self.ofSources.get()
    all = try Self.ofAll.get()
    targets = Set(try Manifest(tree).targets.map(\.name))
  }

  /// Names that belong to other programs and libraries.
  private static let foreign: Set<String> = [
    "BatchSamplers", "BertNormalizer", "CleanLearning", "IndexFlatIP", "LabelQuestion",
    "MultiLabelQuestion", "MultipleNegativesRankingLoss", "TripletLoss",
  ]

  /// Types of Swift, of Foundation and of the packages that are used, and JSON's NaN.
  private static let library: Set<String> = [
    "Bool", "Character", "Data", "Database", "Double", "Error", "FilePath", "Float", "Float16",
    "Hashable", "Int", "Int32", "NSString", "NaN", "Sendable", "Set", "String", "UInt32", "UInt64",
  ]

  /// The files whose paths are checked: documents, sources, scripts.
  private var filesWithPaths: [String] {
    tree.documents
      + tree.paths.filter { path in
        ["Sources/", "Tests/", "scripts/", "tools/", ".ci/", "packaging/"].contains {
          path.hasPrefix($0)
        } && !path.contains("/Fixtures/") && !path.hasSuffix(".md")
          && !path.hasPrefix("Tests/DocumentTests/")
      } + ["Package.swift", "rules/default.yaml"]
  }

  @Test func everyPathExists() throws {
    let path = try Pattern(
      #"(?<![\w./$+{}<>\"=-])((?:scripts|tools|Sources|Tests|docs|packaging|samples|\.ci)/[\w./+*-]*\w)"#
    )
    var violations: [Violation] = []
    for file in filesWithPaths {
      let text = try tree.text(file)
      for match in path.matches(in: text) where !exists(match.groups[1]) {
        let line = text.utf16.prefix(match.offset).count { $0 == 0x0A } + 1
        violations.append(
          Violation(file: file, line: line, what: "there is no \(match.groups[1])"))
      }
    }
    expectNone(violations, "Some paths lead nowhere")
  }

  @Test func everyTestThatADocumentRunsExists() throws {
    let filter = try Pattern(#"--filter\s+(\w+)"#)
    var violations: [Violation] = []
    for document in tree.documents {
      for (index, line) in try tree.lines(document).enumerated() {
        for name in filter.names(in: line) where name != "NAME" {
          if !targets.contains(name), all.types[name] == nil {
            violations.append(
              Violation(file: document, line: index + 1, what: "there is no test \(name)"))
          }
        }
      }
    }
    expectNone(violations, "Some documents run tests that are not there")
  }

  @Test func everyFileThatADocumentNamesExists() throws {
    let quoted = try Pattern("`([^`]+)`")
    let file = try Pattern(#"^([\w./+*-]+\.(?:swift|py|c|sh|md|modulemap))(?: .*)?$"#)
    var violations: [Violation] = []
    for document in tree.documents {
      let folder = document.split(separator: "/").dropLast().joined(separator: "/")
      for (index, line) in try tree.lines(document).enumerated() {
        for name in quoted.names(in: line).flatMap({ file.names(in: $0) }) {
          let isPlaceholder = name.contains("NAME") || name.contains("FILE")
          if isPlaceholder || exists(name) || exists("\(folder)/\(name)") { continue }
          if tree.paths.contains(where: { $0.hasSuffix("/" + name) }) { continue }
          violations.append(
            Violation(file: document, line: index + 1, what: "there is no file \(name)"))
        }
      }
    }
    expectNone(violations, "Some documents name files that are not there")
  }

  /// Whether a file or a folder is there; a name with `*` stands for any run of characters.
  private func exists(_ name: String) -> Bool {
    guard name.contains("*") else { return tree.has(name) }
    let parts = name.split(separator: "*", omittingEmptySubsequences: false).map(String.init)
    return tree.paths.contains { path in
      guard let first = parts.first, let last = parts.last else { return false }
      return path.hasPrefix(first) && path.hasSuffix(last)
        && path.count >= first.count + last.count
    }
  }

  private static let typeName =
    #"^([A-Z][A-Za-z0-9]*[a-z][A-Za-z0-9]*(?:\.[A-Za-z_]\w*)*)(?:<[^>]*>)?(?:\([^)]*\))?$"#

  @Test func everyTypeThatADocumentNamesExists() throws {
    let quoted = try Pattern("`([^`]+)`")
    let type = try Pattern(Self.typeName)
    let member = try Pattern(#"^([a-z]+[0-9]*[A-Z]\w*)$"#)
    let fileEnds: Set<String> = ["swift", "py", "c", "sh", "md", "json", "jsonl", "txt", "yaml"]
    var violations: [Violation] = []
    for document in tree.documents {
      for (index, line) in try tree.lines(document).enumerated() where line.contains("`") {
        for word in quoted.names(in: line) {
          for name in type.names(in: word) {
            let parts = name.split(separator: ".").map(String.init)
            if fileEnds.contains(parts.last ?? "") || targets.contains(name)
              || Self.foreign.union(Self.library).contains(parts[0])
            {
              continue
            }
            if let problem = all.problem(with: name) {
              violations.append(Violation(file: document, line: index + 1, what: problem))
            }
          }
          for name in member.names(in: word) where !all.hasMember(name) {
            violations.append(
              Violation(
                file: document, line: index + 1, what: "no source and no test declares \(name)"))
          }
        }
      }
    }
    expectNone(violations, "Some documents name types or members that are not there")
  }

  @Test func everyTypeThatACommentNamesExists() throws {
    let quoted = try Pattern("(`+)([^`]+)`+")
    let type = try Pattern(Self.typeName)
    var violations: [Violation] = []
    for file in tree.swiftFiles(in: "Sources") {
      for (index, line) in try tree.lines(file).enumerated() where line.contains("`") {
        let comment = String(line.dropFirst(Declarations.code(of: line).count))
        for match in quoted.matches(in: comment) {
          // A link of DocC, in two backticks, has a slash where Swift has a point.
          let isLink = match.groups[1] == "``"
          let word =
            isLink
            ? match.groups[2].split(separator: "/").joined(separator: ".") : match.groups[2]
          for name in type.names(in: word) {
            let first = name.split(separator: ".").first.map(String.init) ?? name
            if targets.contains(name) || Self.foreign.union(Self.library).contains(first) {
              continue
            }
            if let problem = sources.problem(with: name) {
              violations.append(Violation(file: file, line: index + 1, what: problem))
            }
          }
        }
      }
    }
    expectNone(violations, "Some comments name types or members that are not there")
  }
}
