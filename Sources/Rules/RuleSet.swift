package import Assessments
package import ModelInterfaces
package import Records

/// The rules of one rules file for its datasets.
package struct RuleSet: Sendable, Equatable {
  /// What happens to a file with lines that cannot be used.
  package enum BadLinePolicy: String, Sendable, CaseIterable {
    /// The bad lines are set aside, and the other lines are repaired.
    case reject
    /// The file fails, and the error names every bad line.
    case fail
  }

  /// What the rules say about one label.
  package struct LabelRule: Sendable, Equatable {
    package let name: String
    /// Other spellings that mean this label.
    package let aliases: [String]
    /// A sentence on what the label means. It makes the evidence of the label's name stronger, by which the
    /// label-name gate opens (docs/METHODS.md, section 2).
    package let about: String?
    /// Texts that have this label.
    package let examples: [String]

    /// What people call the label, where the dataset has a number.
    package let givenName: String?

    package init(
      name: String, aliases: [String] = [], about: String? = nil, examples: [String] = [],
      givenName: String? = nil
    ) {
      self.name = name
      self.aliases = aliases
      self.about = about
      self.examples = examples
      self.givenName = givenName
    }
  }

  /// The file of the rules; `nil` for the built-in rules.
  package var file: String?
  /// SHA-256 of the file's bytes and of the prompts that it names, in hexadecimal; `nil` for the built-in
  /// rules.
  package var digest: String?
  package var match: [Glob] = []
  package var fields = FieldMapping()
  package var labels: [LabelRule] = []
  /// The names of labels that have an order, such as grades, the lowest first; empty where they have none.
  package var order: [String] = []
  /// Which differences between spellings of a label are ignored, besides those that always are.
  package var folding = LabelFolding()
  /// What means that a record has no label, besides null and an empty string; nil for the usual words and
  /// numbers.
  package var noLabel: [String]?
  /// What separates several labels in one string; nil where a string is one label.
  package var labelSeparator: String?
  /// Whether a file without any label is meant to have none.
  package var mayBeUnlabelled = false
  /// When labels are replaced (docs/METHODS.md, section 2).
  package var mode = CorrectionMode.auto
  /// A credibility, 0…1: records below it are flagged where another label is proposed. Where it is `nil`,
  /// records are flagged wherever the likeliest label is not the given one.
  package var flagThreshold: Double?
  /// The encoder's name; `nil` for the default one.
  package var encoder: String?
  package var precision = PrecisionChoice.auto
  package var onBadLine = BadLinePolicy.reject
  package var trusted: TrustCondition?
  /// How the dataset spreads a record over its members, where that is unusual.
  package var layout = RecordLayout()
  /// The preset from which fields and layout come; `nil` where they come from none.
  package var preset: String?
  package var utility = UtilityRules()
  /// The folder of people's decisions, relative to the folder of the rules unless it starts with `/`; nil for none.
  package var decisions: String?
  /// Whether a language model's plausibility of each label is one more signal.
  package var asksPlausibility = false
  /// The most questions to a language model about which of two labels fits a record; 0 to ask none.
  package var labelQuestions = 0
  /// How many questions may be asked, where any are. Fewer cannot show that a model's answers are right, and
  /// more than these were not thought of: each is a reply.
  package static let labelQuestionRange = 80...2000
  /// Whether a language model rates the texts of annotated records.
  package var rates = false

  /// Those of `labels` that the file itself describes beside its records; nil where it describes none.
  package var describedLabels: [String]?

  /// Built-in rules: all defaults.
  package init() {}

  /// The options by which lines are read under these rules.
  /// - Parameter overrides: names from the command line, which replace those of the rules.
  package func readingOptions(overrides: FieldMapping = FieldMapping()) -> ReadingOptions {
    var names: [String: String] = [:]
    for label in labels {
      for alias in label.aliases { names[alias] = label.name }
    }
    var options = ReadingOptions(
      fields: fields.overridden(by: overrides), canonicalNames: names, trusted: trusted,
      gradeScale: utility.scale)
    options.layout = layout
    options.positiveGrade = utility.positiveFrom
    options.preset = preset
    let named = labels.map(\.name)
    let known = Set(named)
    options.labelNames = named + order.filter { !known.contains($0) }
    options.describedLabels = describedLabels
    options.labelOrder = order.isEmpty ? nil : order
    options.folding = folding
    options.noLabel = noLabel
    options.labelSeparator = labelSeparator
    options.mayBeUnlabelled = mayBeUnlabelled || rates
    return options
  }
}
