package import Assessments
package import Records

/// What a run did to one file.
///
/// Nothing in it depends on the time of the run or its speed, so the same input, rules, model and
/// version give the same bytes.
package struct RunReport: Sendable, Codable {
  /// Version of the report's format.
  package var format = 1
  package var input: InputFacts
  /// The files beside the report; nil in reports of versions that did not note them.
  package var output: OutputFacts?
  package var counts: Counts
  /// The share of annotations that are wrong; nil where the file does not suffice to estimate it.
  package var errorRate: ErrorRate?
  /// The label-name gate, whose member is called `witness`; nil where no record is an annotation.
  package var witness: LabelNameFacts?
  /// What a language model's answers about labels showed; nil where none was asked for, and in reports that older
  /// versions wrote.
  package var comparison: LabelComparisonFacts?
  /// One row for each label. A record counts once for each of its labels.
  package var labels: [LabelRow]
  /// The commonest disagreements between evidence and labels, most records first.
  package var transitions: [TransitionRow]
  /// On how many records the evidence prefers another label, those of pairs that `transitions` does not list
  /// included; nil where it does on none, and in reports that older versions wrote.
  package var disagreements: Int?
  /// True where records have lists of labels, so that `labels` counts a record once for each of its labels; else
  /// nil.
  package var hasLists: Bool?
  /// The least credible annotations that people have not decided about, least credible first.
  package var suspects: [Suspect]
  /// Data values, whose member is called `utility`; nil where no record has a label, and in reports of
  /// versions that did not compute them.
  package var utility: UtilityFacts?
  /// The queries and their passages; nil where no record is a query with passages.
  package var retrieval: RetrievalFacts?
  /// The ratings of the texts; nil where no language model was asked for them.
  package var rating: RatingFacts?
  /// What else a person should know about the run, in sentences.
  package var notes: [String]
  /// How the file was read, and what is odd about it; nil in reports of versions that did not look.
  package var findings: [Finding]?
  /// How the annotators agree; nil where no record has votes.
  package var annotators: AnnotatorFacts?
  /// How credibility is distributed; nil where no label was assessed, and in reports that older versions wrote.
  package var credibility: CredibilityFacts?
  /// How many of the replaced labels are expected to be right now: the sum of their weights. Nil where no
  /// label was replaced, and in reports that older versions wrote.
  package var expectedRight: Double?
  /// How many of the suspect labels that were not replaced are expected to be wrong: the sum of 1 − credibility. Nil
  /// where there is none, and in reports that older versions wrote.
  package var expectedWrong: Double?
  /// The map of the records; nil where there are too few vectors, and in reports that older versions wrote.
  package var map: MapFacts?
  /// The records that findings name, by line, where a line has one record; nil in reports that older versions
  /// wrote.
  package var excerpts: [Int: Excerpt]?
  /// `record` where the numbers that are called `line` are numbers of records; nil where they are lines of the
  /// file, and in reports that older versions wrote.
  package var places: RecordPlaces?
  /// How lines became records, by flags, rules and presets; nil in reports that older versions wrote.
  package var reading: ReadingOptions?
  package var provenance: Provenance

  package init(
    input: InputFacts, output: OutputFacts? = nil, counts: Counts, errorRate: ErrorRate?,
    witness: LabelNameFacts?,
    labels: [LabelRow], transitions: [TransitionRow], suspects: [Suspect],
    utility: UtilityFacts?, retrieval: RetrievalFacts? = nil, rating: RatingFacts? = nil,
    notes: [String], findings: [Finding]? = [], annotators: AnnotatorFacts? = nil,
    provenance: Provenance
  ) {
    self.input = input
    self.output = output
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
    self.findings = findings
    self.annotators = annotators
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
    /// Number of records by kind.
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

  /// By which files of a run are known to belong to each other.
  package struct OutputFacts: Sendable, Codable {
    /// SHA-256 of the output, `NAME.jsonl`.
    package var digest: String
    /// SHA-256 of `NAME.rejected.jsonl`; nil where no line was rejected.
    package var rejectedDigest: String?
    /// The ending of the output's name, such as `.jsonl`; nil in reports that older versions wrote.
    package var suffix: String?
    package init(digest: String, rejectedDigest: String?, suffix: String? = nil) {
      self.digest = digest
      self.rejectedDigest = rejectedDigest
      self.suffix = suffix
    }
  }

  /// The beginning of a record's text, with its given label.
  package struct Excerpt: Sendable, Codable, Equatable {
    package var text: String
    /// Nil where the record has no label.
    package var label: String?
    package init(text: String, label: String?) {
      self.text = text
      self.label = label
    }
  }

  package struct Counts: Sendable, Codable {
    package var kept = 0
    package var corrected = 0
    package var review = 0
    /// Those of `review` that people decided: their label is wrong, and it was not replaced. Nil where there are
    /// none.
    package var decidedInReview: Int?
    package var proposed = 0
    package var protected = 0
    /// Records with a suspect label, whatever was done about it, that people have not decided about.
    package var flagged = 0
    /// Records whose text was too long for the encoder, so that its end was cut off.
    package var truncated = 0
    package init() {}
  }

  package struct LabelNameFacts: Sendable, Codable {
    /// Whether the gate is open.
    package var open: Bool
    /// How well the names tell which of two labels is right, 0…1, higher is better; the gate can be open
    /// from 0.25 on. Nil where the names could not be compared with the records.
    package var informativeness: Double?
    /// Estimated share of disagreements in which the evidence is right and the label wrong, 0…1.
    package var rightShare: Double?
    /// Why the gate is open or shut, and what would open it.
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

  /// What a language model that was asked which of two labels fits a record showed about the file.
  package struct LabelComparisonFacts: Sendable, Codable {
    /// Whether its answers may replace labels.
    package var open: Bool
    /// How many questions it was asked.
    package var questions: Int
    /// The questions without an answer, by reason: a kind of failure, or `no-text`; nil where all were answered.
    package var failures: [String: Int]?
    /// On records whose label is undisputed: the share in which it picked that label, 0…1; nil without an answer.
    package var accuracy: Double?
    /// As in `LabelNameFacts`; nil where it was not tested.
    package var informativeness: Double?
    /// As in `LabelNameFacts`.
    package var rightShare: Double?
    /// In at least nine of ten samples of questions, the share that `rightShare` estimates is not below this, 0…1.
    package var rightShareLow: Double?
    /// Why its answers replaced labels or not.
    package var explanation: String

    package init(open: Bool, questions: Int, explanation: String) {
      self.open = open
      self.questions = questions
      self.explanation = explanation
    }
  }

  package struct LabelRow: Sendable, Codable {
    package var label: String
    package var given: Int
    package var flagged: Int
    /// Records from which a correction removed this label.
    package var correctedAway: Int
    /// Records to which a correction gave this label.
    package var correctedTo: Int
    /// Mean credibility of the records that were given this label, 0…1, higher is better.
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
    /// The label that the evidence prefers.
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
    /// The beginning of the record's text.
    package var text: String
    package var label: String
    package var proposal: String?
    package var action: String
    package var credibility: Double
    package var neighbours: [String]
    /// The neighbours with their places, nearest first; nil in reports that older versions wrote.
    package var nearest: [Nearest]?
    /// The probability of the given label by each signal, 0…1, low is suspect, by the signal's name; nil in
    /// reports that older versions wrote.
    package var signals: [String: Double]?
    /// Why the label was replaced, or should be; nil where only the signals contradict it.
    package var reason: String?

    /// A neighbour of a suspect record.
    package struct Nearest: Sendable, Codable {
      package var line: Int
      package var label: String
      /// Cosine similarity, −1…1, high is near.
      package var similarity: Double
      /// The beginning of the neighbour's text.
      package var text: String?
      package init(line: Int, label: String, similarity: Double, text: String? = nil) {
        self.line = line
        self.label = label
        self.similarity = similarity
        self.text = text
      }
    }

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

  /// The data values of the records: how much the given labels help to predict their neighbours'
  /// labels.
  package struct UtilityFacts: Sendable, Codable {
    /// Mean of the data values, 0…1, higher is better. It is the share of a record's nearest neighbours
    /// that have its label.
    package var mean: Double
    /// Number of records with a data value below 0.
    package var harmful: Int
    /// The records with the lowest data values below 0, lowest first.
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
    /// Data value in predictions, below 0; lower is worse.
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
    /// The encoder's model digest, pooling, precision, limit and instruction set; nil where no text was
    /// encoded.
    package var encoder: String?
    /// The same of the local language model, or address and model of a server; nil where none was
    /// asked.
    package var languageModel: String?
    package var rules: String
    package var rulesDigest: String
    package var mode: String
    package var signals: [String]
    /// The seed of the draw of an audit; nil where none was drawn. Every other random choice has a seed that is a
    /// constant of the version.
    package var seed: Int?
    /// SHA-256 of the files of decisions that the run took; nil where it took none.
    package var decisionsDigest: String?
    package init(
      version: String, encoder: String?, languageModel: String? = nil, rules: String,
      rulesDigest: String, mode: String, signals: [String], seed: Int? = nil
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
