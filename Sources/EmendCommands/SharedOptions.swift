import Pipeline
import ArgumentParser
import Foundation
import Records
import Report
import Rules

/// The flag that names the folder of rules.
struct RulesOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "Folder of rules (*.yaml), or one file of rules. Without it, ./rules where there is one, else the built-in rules.",
      valueName: "path"),
    completion: .file())
  var rules: String?

  /// Reads and validates the rules.
  ///
  /// - Throws: `RulesError`.
  func load() throws -> RulesDirectory {
    if let rules { return try RulesDirectory.loadWithPrompts(rules) }
    let names = (try? FileManager.default.contentsOfDirectory(atPath: "rules")) ?? []
    guard names.contains(where: { $0.hasSuffix(".yaml") || $0.hasSuffix(".yml") }) else {
      return .none
    }
    return try RulesDirectory.load("rules", isNamed: Self.isOwn("rules"))
  }

  /// Whether a folder of rules belongs to the project that the program was built in, and so to whom the
  /// user trusts with the program itself.
  static func isOwn(_ folder: String) -> Bool {
    SpoolPlace.ownFolder("rules").map { FolderPlace(folder).isSame(as: FolderPlace($0)) } ?? false
  }
}

extension RulesDirectory {
  /// Reads and validates the rules of a folder.
  ///
  /// - Parameter isNamed: whether the user has named the folder; one that was only found must be harmless.
  /// - Throws: `RulesError`.
  static func load(_ folder: String, isNamed: Bool) throws -> RulesDirectory {
    // First, so that no message repeats what is in a file elsewhere that such rules name.
    if !isNamed { try load(folder).requireHarmless(in: folder) }
    return try loadWithPrompts(folder)
  }
}

/// The flags that name the members of a line, or give the paths to them.
struct FieldOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "Member that holds the text, or a path such as data.text.", valueName: "name"))
  var text: String?
  @Option(help: ArgumentHelp("Member that holds a pair's second text.", valueName: "name"))
  var textB: String?
  @Option(
    help: ArgumentHelp(
      "Member that holds the label, or a path such as annotations[0].label.", valueName: "name"))
  var label: String?
  @Option(help: ArgumentHelp("Member that holds the record's id.", valueName: "name"))
  var id: String?
  @Option(help: ArgumentHelp("Member that holds what several people said.", valueName: "name"))
  var annotations: String?
  @Option(
    help: ArgumentHelp(
      "Member that says who gave the label, where each line is one person's: lines of one text are votes.",
      valueName: "name"))
  var annotator: String?
  @Option(help: ArgumentHelp("Member that holds a ready vector.", valueName: "name"))
  var vector: String?

  @Option(
    help: ArgumentHelp("Member that holds the query of a query with passages.", valueName: "name"))
  var query: String?
  @Option(help: ArgumentHelp("Member that holds a query's passages.", valueName: "name"))
  var passages: String?
  @Option(help: ArgumentHelp("Member that holds a query's right answers.", valueName: "name"))
  var answers: String?
  @Option(help: ArgumentHelp("Member of a passage that holds its text.", valueName: "name"))
  var passageText: String?
  @Option(help: ArgumentHelp("Member of a passage that holds its id.", valueName: "name"))
  var passageId: String?
  @Option(help: ArgumentHelp("Member of a passage that holds its label.", valueName: "name"))
  var passageLabel: String?

  @Option(
    help: ArgumentHelp(
      "Layout of a program: \(Preset.shipped.map(\.name).sorted().joined(separator: ", ")). Without it, one "
        + "that the content shows beyond doubt is taken, if no field is named.", valueName: "name"))
  var preset: String?
  @Option(
    help: ArgumentHelp(
      "Members that hold one annotator's label each, with commas between them.", valueName: "names")
  )
  var annotatorColumns: String?
  @Option(
    help: ArgumentHelp(
      "Members that hold 0 or 1 for one label each, with commas between them.", valueName: "names")
  )
  var labelColumns: String?
  @Option(
    help: ArgumentHelp(
      "File with the names of labels that are numbers: one a line from 0 on, a JSON list, or a JSON object.",
      valueName: "file"),
    completion: .file())
  var labelNames: String?

  /// The preset that the flag names; nil without one.
  func chosenPreset() throws -> Preset? { try preset.map { try Preset.named($0) } }

  /// Sets in the rules what these flags say about the layout of records.
  func completeLayout(_ rules: inout RuleSet) throws {
    func names(_ text: String) -> [String] {
      text.split(separator: ",").map { $0.trimmingCharacters(in: .whitespaces) }
    }
    if let annotatorColumns { rules.layout.annotatorColumns = names(annotatorColumns) }
    if let labelColumns { rules.layout.labelColumns = names(labelColumns) }
    if let labelNames { rules.nameLabels(try LabelNames(file: labelNames).names) }
  }

  @Option(
    help: ArgumentHelp(
      "What separates several labels in one string, such as \"|\"; without it, a string is one label.",
      valueName: "text"))
  var labelSeparator: String?
  @Flag(help: "Accept a file in which no line has a label; without it, such a file is refused.")
  var unlabelled = false

  /// Sets in the rules what these flags say about the content of lines.
  func complete(_ rules: inout RuleSet) {
    if let labelSeparator { rules.labelSeparator = labelSeparator }
    if unlabelled { rules.mayBeUnlabelled = true }
  }

  /// The rules for a dataset, completed by these flags.
  func rules(_ directory: RulesDirectory, for file: String) throws -> RuleSet {
    var rules = directory.rules(forFileNamed: file)
    complete(&rules)
    try completeLayout(&rules)
    return rules
  }

  /// A reader that reads an output as its run has read the input.
  ///
  /// - Parameter report: the run's report, which says how; without it, these flags and the rules do.
  /// - Throws: if a flag names another member than the run has read.
  func reader(
    of output: Source, rules options: RulesOptions, report: RunReport?
  ) throws -> Reader {
    if let reading = report?.reading {
      try checkAgreement(with: reading, output: output.file)
      let others = [
        ("--preset", preset), ("--annotator-columns", annotatorColumns),
        ("--label-columns", labelColumns), ("--label-names", labelNames),
        ("--label-separator", labelSeparator), ("--unlabelled", unlabelled ? "" : nil),
      ].filter { $0.1 != nil }.map(\.0)
      if !others.isEmpty {
        Terminal.warning(
          "\(output.file): \(others.joined(separator: ", ")) left aside; the report beside it says how it is read"
        )
      }
      return Reader(options: reading)
    }
    var rules = try options.load().rules(forFileNamed: output.file)
    complete(&rules)
    try completeLayout(&rules)
    let completed = rules.completed(for: output, preset: try chosenPreset(), fields: mapping)
    return Reader(options: completed.readingOptions(overrides: mapping))
  }

  /// Fails where a flag contradicts what the run has read: its results belong to other texts and labels.
  private func checkAgreement(with reading: ReadingOptions, output: String) throws {
    for (name, path) in FieldMapping.names {
      // Without a name the run has taken a usual one.
      let usual = FieldMapping.usualNames(of: name)
      let named = reading.fields[keyPath: path]
      guard let wanted = mapping[keyPath: path],
        named.map({ $0 != wanted }) ?? !usual.contains(wanted)
      else { continue }
      let used = named ?? usual.first.map { "the usual \($0)" } ?? "none"
      let flag = "--" + name.replacing("_", with: "-")
      throw Failure(
        "\(output): \(flag) is \(wanted), and the run that wrote this file took \(used); leave out \(flag), since the "
          + "report beside the file says what to read")
    }
  }

  func validate() throws {
    if let (name, problem) = mapping.pathProblem {
      let flag = name.replacing("_", with: "-")
      throw ValidationError("--\(flag): \(problem.reason). \(problem.remedy)")
    }
    guard labelSeparator != "" else {
      throw ValidationError("--label-separator is empty; name the text between two labels.")
    }
  }

  /// The names as the reader takes them.
  var mapping: FieldMapping {
    var mapping = FieldMapping()
    mapping.text = text
    mapping.textB = textB
    mapping.label = label
    mapping.id = id
    mapping.annotations = annotations
    mapping.annotator = annotator
    mapping.vector = vector
    mapping.query = query
    mapping.passages = passages
    mapping.answers = answers
    mapping.passageText = passageText
    mapping.passageID = passageId
    mapping.passageLabel = passageLabel
    return mapping
  }
}
