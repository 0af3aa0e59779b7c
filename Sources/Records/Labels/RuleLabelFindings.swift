import Assessments

/// Where the labels that rules name are not those of the file: mostly a slip of the pen, by which what the rules
/// say about a label has no effect.
struct RuleLabelFindings {
  private let classes: [LabelClasses.Class]
  /// The keys of `classes`.
  private let classKeys: Set<String>
  private let identity: LabelClasses.Identity
  /// The keys of all spellings, before aliases are resolved.
  private let keys: Set<String>
  private let options: ReadingOptions

  /// How many labels a finding names.
  private static let mostNamed = 5
  /// An order of fewer labels orders nothing.
  private static let fewestOrdered = 2

  /// - Parameter classes: the labels and votes of the file, without those that mean that there is none.
  init(
    _ classes: [LabelClasses.Class], _ column: LabelColumn, _ identity: LabelClasses.Identity,
    options: ReadingOptions
  ) {
    self.classes = classes
    classKeys = Set(classes.map(\.key))
    self.identity = identity
    self.options = options
    keys = Set(column.tallies.map { identity.key(of: $0.spelling) })
  }

  /// None where the file has no label, as then rules name those that may be proposed.
  var findings: [Finding] {
    classes.isEmpty ? [] : [order, absentLabels, absentAliases].compactMap(\.self)
  }

  private var order: Finding? {
    guard let names = options.labelOrder else { return nil }
    let places = Set(names.map(classKey))
    let outside = classes.filter { !places.contains($0.key) }
    guard !outside.isEmpty else { return nil }
    let absent = names.filter(isAbsent)
    let isUsed = classes.count - outside.count >= Self.fewestOrdered
    return Finding(
      .labelOrder,
      "the order in the rules has no place for \(Self.listed(outside.map(\.name)))"
        + (absent.isEmpty ? "" : ", and names \(Self.listed(absent)), which no record has")
        + (isUsed ? "" : "; it is not used, as it does not order two labels of the file"),
      remedy: "Name all labels in order: as the file writes them, the lowest first.",
      lines: Array(outside.flatMap(\.lines).sorted().prefix(Finding.mostLines)),
      count: outside.reduce(0) { $0 + $1.lineCount })
  }

  private var absentLabels: Finding? {
    // The finding on the order names those of the order, and nobody wrote those that the file describes.
    let others = Set(
      (order == nil ? [] : options.labelOrder ?? []) + (options.describedLabels ?? []))
    let absent = options.labelNames.filter { !others.contains($0) && isAbsent($0) }
    guard !absent.isEmpty else { return nil }
    return Finding(
      .absentLabel,
      "no record has \(Self.listed(absent)), "
        + (absent.count == 1 ? "which is named as a label" : "which are named as labels"),
      remedy: "Where the file has them, write them as it does.")
  }

  private var absentAliases: Finding? {
    let absent = options.canonicalNames.sorted { $0.key < $1.key }
      .filter { !keys.contains(identity.key(of: $0.key)) && !isAbsent($0.value) }
    guard !absent.isEmpty else { return nil }
    return Finding(
      .absentAlias,
      "no record has \(Self.listed(absent.map(\.key))), "
        + (absent.count == 1
          ? "which the rules give as an alias" : "which the rules give as aliases"),
      remedy: "Where the file has them, write them as it does.")
  }

  private func isAbsent(_ name: String) -> Bool { !classKeys.contains(classKey(name)) }

  /// The key of the class that a name or an alias belongs to.
  private func classKey(_ name: String) -> String {
    let key = identity.key(of: name)
    return identity.names[key].map { identity.key(of: $0) } ?? key
  }

  private static func listed(_ names: [String]) -> String {
    names.prefix(mostNamed).map(JSONText.quoted).joined(separator: ", ")
      + (names.count > mostNamed ? " and \(names.count - mostNamed) more" : "")
  }
}
