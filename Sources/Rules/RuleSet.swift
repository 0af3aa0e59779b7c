// Rules owns what `rules/*.yaml` says: reading it, validating it with file, line, column and remedy
// for every error at once, and choosing the rules of a dataset by its name. It knows nothing of
// models and scoring; what it hands on are values.

package import Assessments
package import ModelInterfaces
package import Records

/// What one rules file says of the datasets it is for.
package struct RuleSet: Sendable, Equatable {
  /// What becomes of a file with lines that cannot be used.
  package enum BadLinePolicy: String, Sendable, CaseIterable {
    /// They are set aside, and the rest is repaired.
    case reject
    /// The file fails, and every bad line is named.
    case fail
  }

  /// What is known of one label.
  package struct LabelRule: Sendable, Equatable {
    package let name: String
    /// Other spellings that mean this label.
    package let aliases: [String]
    /// A sentence on what the label means; opens the witness gate further.
    package let about: String?
    /// Texts that bear this label.
    package let examples: [String]

    package init(
      name: String, aliases: [String] = [], about: String? = nil, examples: [String] = []
    ) {
      self.name = name
      self.aliases = aliases
      self.about = about
      self.examples = examples
    }
  }

  /// The file these came from and the SHA-256 of its bytes, with those of the prompts it names; `nil` for
  /// the built-in ones.
  package var file: String?
  package var digest: String?
  package var match: [Glob] = []
  package var fields = FieldMapping()
  package var labels: [LabelRule] = []
  /// When labels are replaced; METHODS.md, section 2.
  package var mode = CorrectionMode.auto
  /// A credibility, 0…1: records below it whose proposal differs are flagged. `nil` flags wherever
  /// the likeliest label is not the given one.
  package var flagThreshold: Double?
  /// The encoder's name; `nil` for the default one.
  package var encoder: String?
  package var precision = PrecisionChoice.auto
  package var onBadLine = BadLinePolicy.reject
  package var trusted: TrustCondition?
  package var utility = UtilityRules()
  /// Whether a language model says how plausible each label is, as one more signal.
  package var asksPlausibility = false
  /// Whether a language model rates the texts of annotated records.
  package var rates = false

  /// Built-in rules: all defaults.
  package init() {}

  /// How lines are read under these rules; `overrides`, from the command line, go first.
  package func readingOptions(overrides: FieldMapping = FieldMapping()) -> ReadingOptions {
    var names: [String: String] = [:]
    for label in labels {
      for alias in label.aliases { names[alias] = label.name }
    }
    return ReadingOptions(
      fields: fields.overridden(by: overrides), canonicalNames: names, trusted: trusted,
      gradeScale: utility.scale)
  }
}
