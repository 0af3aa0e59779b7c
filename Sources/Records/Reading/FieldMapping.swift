/// The names of a line's members, where a dataset does not use the usual ones.
///
/// A name that is set replaces the usual names of that part; `nil` keeps them. The names are those of the
/// line's own members, or of a passage's members where the comment says so; they are not paths.
package struct FieldMapping: Sendable, Equatable, Codable {
  /// Usually `text`; with `textB`, the first text of a pair.
  package var text: String?
  /// The second text of a pair; where it is set, every record is a pair. The usual names of the two texts
  /// are `premise` and `hypothesis`, `text_a` and `text_b`, or `sentence1` and `sentence2`.
  package var textB: String?
  /// Usually `label`, else `labels`.
  package var label: String?
  /// Usually `id`.
  package var id: String?
  /// Usually `tokens`: a list of words in place of the text.
  package var tokens: String?
  /// Usually `head` and `tail`: the marked entities of a relation.
  package var head: String?
  package var tail: String?
  /// Usually `annotations`.
  package var annotations: String?
  /// Who gave the label, where lines hold one annotator's label each: lines of the same text are votes then.
  /// Nil where each line is a record.
  package var annotator: String?
  /// Usually `vector`.
  package var vector: String?
  /// Usually `query`, else `question`. Where this or `passages` is set, a line that has both members is a
  /// query with passages even if it also has a text.
  package var query: String?
  /// Usually `passages`, else `contexts`, else `ctxs`.
  package var passages: String?
  /// Usually `answers`.
  package var answers: String?
  /// Within a passage: usually `text`.
  package var passageText: String?
  /// Within a passage: usually `id`.
  package var passageID: String?
  /// Within a passage: usually `label`.
  package var passageLabel: String?

  package init() {}

  // Written by the names that rules use: the report's own keys lose the capitals of `passageID`.
  package init(from decoder: any Decoder) throws {
    let named = try decoder.singleValueContainer().decode([String: String].self)
    for field in Self.names { self[keyPath: field.path] = named[field.name] }
  }

  package func encode(to encoder: any Encoder) throws {
    var named: [String: String] = [:]
    for field in Self.names { named[field.name] = self[keyPath: field.path] }
    var container = encoder.singleValueContainer()
    try container.encode(named)
  }

  /// The names that a part usually has, where no mapping names it; by the name that rules use for the part.
  package static func usualNames(of part: String) -> [String] {
    switch part {
    case "text": ["text", "premise", "text_a", "sentence1"]
    case "text_b": ["hypothesis", "text_b", "sentence2"]
    case "label": ["label", "labels"]
    case "query": ["query", "question"]
    case "passages": ["passages", "contexts", "ctxs"]
    case "passage_text": ["text"]
    case "passage_id": ["id", "docid", "passage_id", "psg_id", "_id"]
    case "passage_label": ["label"]
    case "annotator": []
    default: [part]
    }
  }

  /// This mapping, in which every name that `other` sets replaces the one here.
  package func overridden(by other: FieldMapping) -> FieldMapping {
    var merged = self
    for field in FieldMapping.names {
      if let name = other[keyPath: field.path] { merged[keyPath: field.path] = name }
    }
    return merged
  }

  /// The parts by the names that rules and flags use for them.
  package static var names: [(name: String, path: WritableKeyPath<FieldMapping, String?>)] {
    [
      ("text", \.text), ("text_b", \.textB), ("label", \.label), ("id", \.id),
      ("tokens", \.tokens), ("head", \.head), ("tail", \.tail),
      ("annotations", \.annotations), ("annotator", \.annotator), ("vector", \.vector),
      ("query", \.query),
      ("passages", \.passages), ("answers", \.answers), ("passage_text", \.passageText),
      ("passage_id", \.passageID), ("passage_label", \.passageLabel),
    ]
  }
}

/// Which records are gold: those whose member `field` holds one of `values`.
package struct TrustCondition: Sendable, Equatable, Codable {
  package let field: String
  /// Scalars as text, so that `true` and `"true"` are alike.
  package let values: Set<String>

  package init(field: String, values: Set<String>) {
    self.field = field
    self.values = values
  }

  private enum CodingKeys: String, CodingKey { case field, values }

  package func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(field, forKey: .field)
    // A set has no order of its own, and the same run gives the same bytes.
    try container.encode(values.sorted(), forKey: .values)
  }
}

/// All settings that change how lines become records.
///
/// The report keeps them, so that an output is read as its input was.
package struct ReadingOptions: Sendable, Equatable, Codable {
  package var fields: FieldMapping
  /// A label's canonical name by alias. Labels and votes are read under their canonical names.
  package var canonicalNames: [String: String]
  /// The labels that rules name. They are classes whatever they look like.
  package var labelNames: [String] = []
  /// Those of `labelNames` that the file itself describes beside its records, which may be a part of a larger
  /// dataset; nil where it describes none.
  package var describedLabels: [String]?
  /// Those of `labelNames` that have an order, the lowest first; nil where rules give none.
  package var labelOrder: [String]?
  /// Which differences of spelling are ignored, besides those that always are.
  package var folding = LabelFolding()
  /// What means that there is no label, besides null and an empty string; nil for `Placeholders`' own words
  /// and numbers.
  package var noLabel: [String]?
  /// What separates several labels in one string; nil where a string is one label.
  package var labelSeparator: String?
  /// Whether the user says that a file without any label is meant to be one.
  package var mayBeUnlabelled = false
  package var trusted: TrustCondition?
  /// The highest grade that a passage's label may have.
  package var gradeScale: Int
  package var layout = RecordLayout()
  /// The grade of passages that a list of useful ones holds.
  package var positiveGrade = 1
  /// The preset that gave the fields; nil where none did.
  package var preset: String?

  /// The default of `gradeScale`. TREC's relevance grades end at 3 or 4, and most other datasets have only
  /// yes and no.
  package static let usualGradeScale = 4

  package init(
    fields: FieldMapping = FieldMapping(), canonicalNames: [String: String] = [:],
    trusted: TrustCondition? = nil, gradeScale: Int = ReadingOptions.usualGradeScale
  ) {
    self.fields = fields
    self.canonicalNames = canonicalNames
    self.trusted = trusted
    self.gradeScale = gradeScale
  }
}
