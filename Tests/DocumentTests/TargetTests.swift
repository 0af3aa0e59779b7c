import Testing

/// The targets, and who imports whom.
@Suite struct TargetTests {
  let tree: Tree
  let manifest: Manifest
  let architecture: Architecture
  /// Everything that is not a test.
  let targets: [Manifest.Target]

  /// An `import` in the sources of a target.
  struct Import {
    let target: String
    let imported: String
    let file: String
    let line: Int
  }

  let imports: [Import]

  init() throws {
    tree = try Tree.shared.get()
    manifest = try Manifest(tree)
    architecture = try Architecture(tree)
    targets = manifest.targets.filter { $0.kind != "testTarget" }
    let pattern = try Pattern(#"^\s*(?:@\w+ )?(?:\w+ )?import (?:\w+ )?(\w+)"#)
    var imports: [Import] = []
    for target in targets {
      for file in tree.swiftFiles(in: target.folder) {
        for (index, line) in try tree.lines(file).enumerated() where line.contains("import ") {
          for name in pattern.names(in: line) {
            imports.append(
              Import(target: target.name, imported: name, file: file, line: index + 1))
          }
        }
      }
    }
    self.imports = imports
  }

  private var rows: [(name: String, row: Architecture.Row, imports: Set<String>)] {
    architecture.table("Targets").flatMap { row in
      architecture.quoted(row.cells[0]).map { name in
        (name, row, Set(architecture.quoted(row.cells.last ?? "")))
      }
    }
  }

  @Test func theTableOfTargetsIsThatOfTheManifest() {
    var violations: [Violation] = []
    let rows = rows
    for (name, row, imports) in rows {
      guard let target = targets.first(where: { $0.name == name }) else {
        violations.append(
          Violation(
            file: Architecture.path, line: row.line, what: "Package.swift has no target \(name)"))
        continue
      }
      for extra in imports.subtracting(target.dependencies).sorted() {
        violations.append(
          Violation(
            file: Architecture.path, line: row.line,
            what: "\(name) does not depend on \(extra) in Package.swift"))
      }
      for missing in target.dependencies.subtracting(imports).sorted() {
        violations.append(
          Violation(
            file: Architecture.path, line: row.line,
            what: "\(name) depends on \(missing) in Package.swift, and the row lacks it"))
      }
    }
    for target in targets where !rows.contains(where: { $0.name == target.name }) {
      violations.append(
        Violation(
          file: "Package.swift", line: target.line,
          what: "docs/ARCHITECTURE.md has no row for \(target.name)"))
    }
    expectNone(violations, "The table of targets and Package.swift differ")
    #expect(rows.count >= 20)
  }

  @Test func everyDependencyIsImportedAndEveryImportIsADependency() {
    let own = Set(targets.map(\.name))
    var violations: [Violation] = []
    for found in imports where own.contains(found.imported) {
      let target = targets.first { $0.name == found.target }
      if target?.dependencies.contains(found.imported) != true {
        violations.append(
          Violation(
            file: found.file, line: found.line,
            what: "\(found.target) does not depend on \(found.imported) in Package.swift"))
      }
    }
    for target in targets {
      let imported = Set(imports.filter { $0.target == target.name }.map(\.imported))
      for idle in target.dependencies.subtracting(imported).sorted() {
        violations.append(
          Violation(
            file: "Package.swift", line: target.line,
            what: "no source of \(target.name) imports \(idle)"))
      }
    }
    expectNone(violations, "Dependencies and imports differ")
  }

  /// Arrows that must never be there, whatever the manifest says.
  private static let forbidden: [(from: [String], to: [String])] = [
    (
      ["ModelServer", "OpenVINOBackend", "ModelCatalogue", "ModelInterfaces", "Tokenizers"],
      ["LabelQuality", "PassageUtility", "ModelJudging", "Records", "Rules", "Report", "Pipeline"]
    ),
    (
      [
        "Records", "Report", "Exports", "LabelQuality", "PassageUtility", "ModelJudging", "Mining",
        "Pipeline",
      ],
      ["Spool", "AtomicFiles", "Service", "EmendCommands"]
    ),
    (
      ["LabelQuality", "PassageUtility"],
      ["Records", "Rules", "Report", "Exports", "OpenVINOBackend", "ModelServer", "ModelCatalogue"]
    ),
    (
      ["Spool", "AtomicFiles", "Service"],
      ["Records", "Rules", "LabelQuality", "PassageUtility", "ModelJudging", "Pipeline", "Report"]
    ),
    (["ModelJudging"], ["Records", "Rules", "OpenVINOBackend", "ModelServer", "ModelCatalogue"]),
    (["Vectors", "Concurrency", "Digests", "Assessments"], ["Records", "Rules", "Pipeline"]),
  ]

  @Test func noForbiddenArrowIsThere() throws {
    var violations: [Violation] = []
    for rule in Self.forbidden {
      for name in rule.from {
        let target = try #require(targets.first { $0.name == name }, "there is no target \(name)")
        for other in rule.to {
          #expect(targets.contains { $0.name == other }, "there is no target \(other)")
          if target.dependencies.contains(other) {
            violations.append(
              Violation(
                file: "Package.swift", line: target.line, what: "\(name) must not know \(other)"))
          }
        }
      }
    }
    for found in imports {
      for rule in Self.forbidden
      where rule.from.contains(found.target) && rule.to.contains(found.imported) {
        violations.append(
          Violation(
            file: found.file, line: found.line,
            what: "\(found.target) must not know \(found.imported)"))
      }
    }
    let executable = try #require(targets.first { $0.name == "emend" })
    if executable.dependencies != ["EmendCommands"] {
      violations.append(
        Violation(
          file: "Package.swift", line: executable.line,
          what: "the program must depend on EmendCommands alone"))
    }
    expectNone(violations, "Some targets know others that they must not know")
  }

  /// The GPL binds whatever is linked with the library.
  @Test func onlyEmendEventsUsesTheLibraryOfInotify() throws {
    let helper = "emend-events"
    let use = try Pattern(
      #"(inotifytools_\w+|<inotifytools/|import \w*[iI]notify|inotifytools\.so)"#)
    var violations: [Violation] = []
    for target in targets where target.name != helper {
      if target.declaration.contains("\"inotifytools\"") {
        violations.append(
          Violation(
            file: "Package.swift", line: target.line, what: "\(target.name) links the library"))
      }
      if target.dependencies.contains(helper) {
        violations.append(
          Violation(
            file: "Package.swift", line: target.line, what: "\(target.name) depends on \(helper)"))
      }
      for file in tree.paths where file.hasPrefix(target.folder + "/") {
        for (index, line) in try tree.lines(file).enumerated() {
          for name in use.names(in: line) {
            violations.append(
              Violation(
                file: file, line: index + 1, what: "uses \(name), which only \(helper) may"))
          }
        }
      }
    }
    expectNone(violations, "libinotifytools is used outside \(helper)")
    let own = try #require(targets.first { $0.name == helper })
    #expect(own.dependencies.isEmpty)
    #expect(own.declaration.contains("\"inotifytools\""))
  }
}
