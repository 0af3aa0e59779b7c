// Report owns the report of a run as a value, and its JSON and terminal forms. It is told what to
// say and does not know how the numbers were found.

package import Assessments

/// What a run did to one file. Nothing in it depends on when or how fast it ran, so the same input,
/// rules, model and version give the same bytes.
package struct RunReport: Sendable, Codable {
  package var format = 1
  package var input: InputFacts
  package var counts: Counts
  /// Nil where there was nothing to estimate from.
  package var errorRate: ErrorRate?
  /// Nil where no record is an annotation.
  package var witness: LabelNameFacts?
  package var labels: [LabelRow]
  /// The commonest disagreements between evidence and labels, most records first.
  package var transitions: [TransitionRow]
  /// The least credible annotations, least credible first.
  package var suspects: [Suspect]
  /// Nil where no record has a label, and in reports of versions that knew no utility.
  package var utility: UtilityFacts?
  /// Nil where no record is a query with passages.
  package var retrieval: RetrievalFacts?
  /// Nil where no language model was asked to rate texts.
  package var rating: RatingFacts?
  /// Things a person should know, in sentences.
  package var notes: [String]
  package var provenance: Provenance

  package init(
    input: InputFacts, counts: Counts, errorRate: ErrorRate?, witness: LabelNameFacts?,
    labels: [LabelRow], transitions: [TransitionRow], suspects: [Suspect],
    utility: UtilityFacts?, retrieval: RetrievalFacts? = nil, rating: RatingFacts? = nil,
    notes: [String],
    provenance: Provenance
  ) {
    self.input = input
    self.counts = counts
    self.errorRate = errorRate
    self.witness = witness
    self.labels = labels
    self.transitions = transitions
    self.suspects = suspects
    self.utility = utility
    self.retrieval = retrieval
    self.rating = rating
    self.notes = notes
    self.provenance = provenance
  }

  package struct InputFacts: Sendable, Codable {
    package var name: String
    /// SHA-256 of the decompressed bytes.
    package var digest: String
    package var bytes: Int
    package var lines: Int
    package var records: Int
    package var rejected: Int
    /// Records by kind.
    package var kinds: [String: Int]
    package init(
      name: String, digest: String, bytes: Int, lines: Int, records: Int, rejected: Int,
      kinds: [String: Int]
    ) {
      self.name = name
      self.digest = digest
      self.bytes = bytes
      self.lines = lines
      self.records = records
      self.rejected = rejected
      self.kinds = kinds
    }
  }

  package struct Counts: Sendable, Codable {
    package var kept = 0
    package var corrected = 0
    package var review = 0
    package var proposed = 0
    package var protected = 0
    package var flagged = 0
    package var truncated = 0
    package init() {}
  }

  package struct LabelNameFacts: Sendable, Codable {
    package var open: Bool
    /// 0…1; from 0.25 on labels may be changed on the names' word. Nil where names could not be read.
    package var informativeness: Double?
    /// Estimated share of disagreements in which the evidence is right and the label wrong, 0…1.
    package var rightShare: Double?
    /// Why, and what would open it.
    package var explanation: String
    package init(
      open: Bool, informativeness: Double?, rightShare: Double?, explanation: String
    ) {
      self.open = open
      self.informativeness = informativeness
      self.rightShare = rightShare
      self.explanation = explanation
    }
  }

  package struct LabelRow: Sendable, Codable {
    package var label: String
    package var given: Int
    package var flagged: Int
    /// Records that lost this label, and that gained it, by correction.
    package var correctedAway: Int
    package var correctedTo: Int
    /// Mean over the records given this label, 0…1, higher is better.
    package var meanCredibility: Double?
    package init(
      label: String, given: Int, flagged: Int, correctedAway: Int, correctedTo: Int,
      meanCredibility: Double?
    ) {
      self.label = label
      self.given = given
      self.flagged = flagged
      self.correctedAway = correctedAway
      self.correctedTo = correctedTo
      self.meanCredibility = meanCredibility
    }
  }

  package struct TransitionRow: Sendable, Codable {
    package var given: String
    package var evidence: String
    package var records: Int
    package init(given: String, evidence: String, records: Int) {
      self.given = given
      self.evidence = evidence
      self.records = records
    }
  }

  package struct Suspect: Sendable, Codable {
    package var line: Int
    package var id: String
    package var text: String
    package var label: String
    package var proposal: String?
    package var action: String
    package var credibility: Double
    package var neighbours: [String]
    package init(
      line: Int, id: String, text: String, label: String, proposal: String?, action: String,
      credibility: Double, neighbours: [String]
    ) {
      self.line = line
      self.id = id
      self.text = text
      self.label = label
      self.proposal = proposal
      self.action = action
      self.credibility = credibility
      self.neighbours = neighbours
    }
  }

  /// How much the given labels help to predict their neighbours' labels.
  package struct UtilityFacts: Sendable, Codable {
    /// Share of a record's nearest that agree with it, 0…1, higher is better; the mean of the
    /// records' utilities.
    package var mean: Double
    /// Records with a utility below 0.
    package var harmful: Int
    /// Of those, the most harmful, the worst first.
    package var worst: [HarmfulRow]
    package init(mean: Double, harmful: Int, worst: [HarmfulRow]) {
      self.mean = mean
      self.harmful = harmful
      self.worst = worst
    }
  }

  package struct HarmfulRow: Sendable, Codable {
    package var line: Int
    package var id: String
    package var label: String
    /// In predictions, below 0.
    package var utility: Double
    package init(line: Int, id: String, label: String, utility: Double) {
      self.line = line
      self.id = id
      self.label = label
      self.utility = utility
    }
  }

  package struct Provenance: Sendable, Codable {
    package var version: String
    /// Model digest, pooling, precision, limit and instruction set; nil where nothing was encoded.
    package var encoder: String?
    /// The same of the language model, or a server's address and model; nil where none was asked.
    package var languageModel: String?
    package var rules: String
    package var rulesDigest: String
    package var mode: String
    package var signals: [String]
    /// Of every random choice.
    package var seed: Int
    package init(
      version: String, encoder: String?, languageModel: String? = nil, rules: String,
      rulesDigest: String, mode: String, signals: [String], seed: Int
    ) {
      self.version = version
      self.encoder = encoder
      self.languageModel = languageModel
      self.rules = rules
      self.rulesDigest = rulesDigest
      self.mode = mode
      self.signals = signals
      self.seed = seed
    }
  }
}
