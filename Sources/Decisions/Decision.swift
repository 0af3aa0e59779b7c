// Decisions owns what people decided about labels: one decision as a value, the files that hold them, and
// what several decisions about one record amount to. It knows nothing of how a record was found suspect, of
// how a decision is written into a dataset, or of folders.

/// What a person decided about the label of one record.
package struct Decision: Sendable, Equatable {
  package enum Verdict: String, Sendable, CaseIterable {
    /// The given label is right.
    case keep
    /// Another label is right.
    case change
    /// No label of the dataset fits.
    case neither
    /// The person does not decide; takes back an earlier decision of the same person.
    case skip
  }

  /// What other programs, which know labels only, call the verdict `neither`.
  package static let unfittingLabel = "emend:neither"

  /// A label, or the labels of a record that may have several.
  package enum Answer: Sendable, Equatable {
    case one(String)
    case several([String])

    package var names: [String] {
      switch self {
      case .one(let name): [name]
      case .several(let names): names
      }
    }
  }

  /// How the record came to be decided.
  package struct Sampling: Sendable, Equatable {
    package enum Source: String, Sendable {
      /// Drawn at random, so that it stands for others.
      case random
      /// Taken because it was among the most suspect.
      case queue
    }
    package let source: Source
    /// The probability, above 0 and up to 1, with which each record of the stratum was drawn; 1 for the queue.
    package let probability: Double
    /// The part of the file from which the record was drawn, such as `flagged`; empty where that is the whole.
    package let stratum: String
    /// How many records that part has; nil where the file does not say.
    package let size: Int?
    /// The name of the audit in which the record was drawn; empty where the file does not say.
    package let audit: String

    package init(
      source: Source, probability: Double, stratum: String = "", size: Int? = nil,
      audit: String = ""
    ) {
      self.source = source
      self.probability = probability
      self.stratum = stratum
      self.size = size
      self.audit = audit
    }
  }

  package var id: String
  /// The number of the record's line, from 1; nil where the file does not say.
  package var line: Int?
  /// `Record.contentDigest` of what the person saw.
  package var contentDigest: String
  /// The label that the dataset gave; nil where it gave none or the file does not say.
  package var given: Answer?
  package var verdict: Verdict
  /// The right label of `change`; nil for every other verdict.
  package var label: Answer?
  /// Who decided; empty where the file does not say.
  package var by: String
  /// When, as RFC 3339 says; empty where the file does not say.
  package var at: String
  package var note: String
  package var sampling: Sampling?
  /// The file that says so, which stands for the person where `by` is empty; empty where there is only one.
  package var file = ""

  package init(
    id: String, line: Int?, contentDigest: String, given: Answer?, verdict: Verdict,
    label: Answer? = nil, by: String = "", at: String = "", note: String = "",
    sampling: Sampling? = nil
  ) {
    self.id = id
    self.line = line
    self.contentDigest = contentDigest
    self.given = given
    self.verdict = verdict
    self.label = label
    self.by = by
    self.at = at
    self.note = note
    self.sampling = sampling
  }

  /// The right label by this decision; nil where it names none.
  package var right: Answer? {
    switch verdict {
    case .keep: given
    case .change: label
    case .neither, .skip: nil
    }
  }

  /// Who decided, for a reader.
  package var person: String { by.isEmpty ? file.isEmpty ? "somebody" : file : by }

  /// Whether one person made both, as far as the files say.
  package func isBySamePerson(as other: Decision) -> Bool {
    by.utf8.elementsEqual(other.by.utf8)
      && (!by.isEmpty || file.utf8.elementsEqual(other.file.utf8))
  }

  /// Whether two decisions say the same about the label, whoever made them.
  package func agrees(with other: Decision) -> Bool {
    switch (verdict, other.verdict) {
    case (.neither, .neither), (.skip, .skip): true
    case (.keep, .keep) where given == nil || other.given == nil: true
    case (.keep, .keep), (.keep, .change), (.change, .keep), (.change, .change):
      Set(right?.names ?? []) == Set(other.right?.names ?? [])
    default: false
    }
  }
}
