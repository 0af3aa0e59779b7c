package import Records

/// Rules for the layout that a program writes, shipped with emend.
///
/// A preset is a rules file with two keys more: `detect`, the members by which the layout is recognised, with
/// the kinds of their values, and, under `fields`, lists of names of which the first one that is there counts.
package struct Preset: Sendable {
  package let name: String
  /// What the rules of the preset say; fields as far as they have one name.
  let rules: RuleSet
  /// The alternatives of each field, by its name in rules.
  let alternatives: [String: [String]]
  let signs: [(name: String, kinds: Set<RecordSample.Kind>)]

  /// The presets that are shipped, in the order in which they are tried.
  package static let shipped: [Preset] = {
    do {
      return try contents.map { content in
        try Preset(name: content.name, text: String(decoding: content.bytes, as: UTF8.self))
      }
    } catch {
      preconditionFailure("a shipped preset is damaged: \(error)")
    }
  }()

  /// The contents of the files in `Rules/Presets`, which the build embeds into the program.
  static let contents: [(name: String, bytes: [UInt8])] = [
    ("label-studio", PackageResources.label_studio_yaml),
    ("label-studio-min", PackageResources.label_studio_min_yaml),
    ("argilla", PackageResources.argilla_yaml),
    ("argilla-flat", PackageResources.argilla_flat_yaml),
    ("argilla-1", PackageResources.argilla_1_yaml), ("prodigy", PackageResources.prodigy_yaml),
    ("prodigy-binary", PackageResources.prodigy_binary_yaml), ("snli", PackageResources.snli_yaml),
    ("openai", PackageResources.openai_yaml), ("ms-marco", PackageResources.ms_marco_yaml),
    ("prompt-completion", PackageResources.prompt_completion_yaml),
    ("doccano", PackageResources.doccano_yaml), ("spacy", PackageResources.spacy_yaml),
    ("sharegpt", PackageResources.sharegpt_yaml),
    ("flag-embedding", PackageResources.flag_embedding_yaml),
    ("tevatron", PackageResources.tevatron_yaml), ("dpr", PackageResources.dpr_yaml),
    ("triplets", PackageResources.triplets_yaml),
    ("triplets-query", PackageResources.triplets_query_yaml),
    ("tuples-query", PackageResources.tuples_query_yaml),
    ("ms-marco-v2", PackageResources.ms_marco_v2_yaml),
    ("datasets-server", PackageResources.datasets_server_yaml),
  ]

  /// Reads a preset's text.
  ///
  /// - Throws: all its problems.
  init(name: String, text: String) throws(RulesError) {
    self.name = name
    let read = RuleFile.readPreset(text, file: "\(name).yaml")
    guard read.problems.isEmpty else { throw RulesError(problems: read.problems) }
    rules = read.rules
    alternatives = read.alternatives
    signs = read.signs
  }

  /// The preset with a name.
  ///
  /// - Throws: where none has it, with the names that there are.
  package static func named(_ name: String) throws(RulesError) -> Preset {
    if let found = shipped.first(where: { $0.name == name }) { return found }
    throw RulesError(problems: [
      RuleProblem(
        file: "--preset", line: 0, column: 0, reason: "there is no preset \(name)",
        remedy: "Presets: \(shipped.map(\.name).sorted().joined(separator: ", ")).")
    ])
  }

  /// The share of a sample's records that must have a sign. Annotators leave some records without one.
  private static let neededShare = 0.5

  /// Whether the records are surely of this layout, and of no other.
  func fits(_ sample: RecordSample) -> Bool {
    guard signs.allSatisfy({ sample.share(of: $0.name, kinds: $0.kinds) >= Self.neededShare })
    else {
      return false
    }
    // Records with the usual members for text and label are read by these.
    let isUsual = ["text", "label"].allSatisfy { sample.share(of: $0) >= Self.neededShare }
    let fields = fields(for: sample)
    return !isUsual || fields.text ?? "text" == "text" && fields.label ?? "label" == "label"
  }

  /// The fields of this preset for a sample: of several names, the first that some record has.
  func fields(for sample: RecordSample) -> FieldMapping {
    var fields = FieldMapping()
    for known in FieldMapping.names {
      guard let names = alternatives[known.name], let first = names.first else { continue }
      fields[keyPath: known.path] = names.first { sample.share(of: $0) > 0 } ?? first
    }
    // A pair, votes or an id that no record has is none.
    for part in [\FieldMapping.annotations, \.annotator, \.id] {
      if let name = fields[keyPath: part], sample.share(of: name) == 0 {
        fields[keyPath: part] = nil
      }
    }
    return fields
  }
}

extension RuleSet {
  /// These rules with those of a preset, where these leave the layout open, and with the names of labels that the
  /// file describes, where these give none.
  ///
  /// - Parameters:
  ///   - preset: the preset that the user names; nil to take one whose layout the records surely have, if
  ///     neither the rules nor the command line names a field.
  ///   - fields: the names from the command line.
  package func completed(
    for source: Source, preset chosen: Preset?, fields overrides: FieldMapping
  ) -> RuleSet {
    var rules = withPreset(for: source, preset: chosen, fields: overrides)
    rules.nameLabels(of: rules.fields.overridden(by: overrides).label, in: source)
    return rules
  }

  /// Gives labels the names that the file describes, where these rules give none.
  ///
  /// - Parameter field: the member that holds the label; nil for the usual one.
  package mutating func nameLabels(of field: String?, in source: Source) {
    let names = DescribedLabels.names(in: source, field: field ?? "label")
    guard !names.isEmpty else { return }
    let known = labels.count
    nameLabels(names.enumerated().map { (String($0.offset), $0.element) })
    describedLabels = labels[known...].map(\.name)
  }

  private func withPreset(
    for source: Source, preset chosen: Preset?, fields overrides: FieldMapping
  ) -> RuleSet {
    let named = fields.overridden(by: overrides)
    let sample: RecordSample
    let preset: Preset
    if let chosen {
      (preset, sample) = (chosen, RecordSample(source))
    } else {
      guard named == FieldMapping(), layout == RecordLayout() else { return self }
      sample = RecordSample(source)
      guard let found = Preset.shipped.first(where: { $0.fits(sample) }) else { return self }
      preset = found
    }
    var rules = self
    rules.fields = preset.fields(for: sample).overridden(by: fields)
    if rules.layout == RecordLayout() { rules.layout = preset.rules.layout }
    rules.preset = preset.name
    return rules
  }
}
