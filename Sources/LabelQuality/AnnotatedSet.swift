package import Vectors

/// A dataset as numbers: the given labels and everything that their assessment uses.
package struct AnnotatedSet: Sendable {
  /// `n × d`, unit rows: the vectors of the neighbourhood signals and the ridge signal.
  package let vectors: any VectorRows
  package let targets: Targets
  /// The words of every record; nil where the input has vectors instead of texts.
  package let words: WordFeatures?
  /// How often each record has words and runs of characters; nil where the input has vectors instead of
  /// texts.
  package let spelling: (any SparseRows)?
  /// Whether a record's label is trusted: it is never changed, and records with the same content take
  /// it.
  package let trusted: [Bool]
  /// For records that several annotated: how many annotators gave each label, most votes first.
  package let votes: [Int: [(label: Int32, count: Int)]]
  /// The vectors of the label names; nil where there are none.
  package let meanings: LabelMeanings?
  /// For each record, which labels can replace its own.
  package let slots: [LabelSlot]
  /// Records with the same number have the same content. −1 where only a record's vector is known and
  /// not its content.
  package let contents: [Int32]
  /// For records that several annotated: what the votes add to the log-odds of each label that was voted for,
  /// as `AnnotatorReliability.scores` computes it.
  package let voteScores: [Int: [(label: Int32, score: Double)]]
  /// Labels that are probably the same in several spellings; nil where there are none.
  package let similarLabels: SimilarLabels?
  /// Whether the encoder knows enough of each record's text for its vector to say something; records of
  /// ready vectors are always legible.
  package let isLegible: [Bool]
  /// The given labels without those of illegible records: what the signals that read vectors learn from.
  package let visible: Targets
  /// `n × labelCount`, in nats per token: how plausible a language model finds each label; higher is
  /// more plausible. Nil where no language model was asked.
  package let plausibility: Matrix?
  /// The place of each label in the order of the labels, from 0; nil for labels without one. Empty where the
  /// labels have no order.
  package var ranks: [Int?] = []
  /// The records without a text or a ready vector, whose labels cannot be judged.
  package var blank: Set<Int> = []

  /// - Parameters:
  ///   - slots: one per record; nil means that every record has a list or one label, as
  ///     `Targets.isMultiLabel` says.
  ///   - contents: one per record; nil means that no two records are known to have the same content.
  ///   - voteScores: nil means that every annotator is right as often as `AnnotatorReliability.assumed`.
  ///   - isLegible: one per record; nil means that all are.
  package init(
    vectors: any VectorRows, targets: Targets, words: WordFeatures?,
    spelling: (any SparseRows)? = nil,
    trusted: [Bool],
    votes: [Int: [(label: Int32, count: Int)]], meanings: LabelMeanings?,
    slots: [LabelSlot]? = nil, contents: [Int32]? = nil, plausibility: Matrix? = nil,
    voteScores: [Int: [(label: Int32, score: Double)]]? = nil,
    similarLabels: SimilarLabels? = nil, isLegible: [Bool]? = nil
  ) {
    precondition(isLegible.map { $0.count == targets.count } ?? true)
    self.isLegible = isLegible ?? [Bool](repeating: true, count: targets.count)
    visible = isLegible.map { targets.restricted(to: $0) } ?? targets
    self.similarLabels = similarLabels
    self.voteScores =
      voteScores
      ?? votes.mapValues { tally in
        let gain = AnnotatorReliability.gain(
          AnnotatorReliability.assumed, labelCount: targets.labelCount)
        return tally.map { ($0.label, gain * Double($0.count)) }
      }
    precondition(
      plausibility.map { $0.rows == targets.count && $0.columns == targets.labelCount } ?? true)
    self.plausibility = plausibility
    precondition(contents.map { $0.count == targets.count } ?? true)
    self.contents = contents ?? [Int32](repeating: -1, count: targets.count)
    let usual = LabelSlot(isList: targets.isMultiLabel)
    self.slots = slots ?? [LabelSlot](repeating: usual, count: targets.count)
    precondition(vectors.rows == targets.count && trusted.count == targets.count)
    self.vectors = vectors
    self.targets = targets
    self.words = words
    self.spelling = spelling
    precondition(spelling.map { $0.rows == targets.count } ?? true)
    self.trusted = trusted
    self.votes = votes
    self.meanings = meanings
  }
}

/// How a record holds its label, which limits by what the label can be replaced.
package enum LabelSlot: Sendable, Equatable {
  /// It holds no label: it was not labelled, or has only votes. There is no label to replace.
  case none
  /// It holds one label.
  case one
  /// It holds a list of any number of labels.
  case list

  init(isList: Bool) { self = isList ? .list : .one }
}

/// Vectors of the label names, and of the records in the same space.
package struct LabelMeanings: Sendable {
  /// `n × d`, unit rows: the embedding of each record's text; for pairs and relations, of the first of
  /// the texts that represent them.
  package let records: any VectorRows
  /// `labelCount × d`: the embedding of each label's meaning, in the same space.
  package let names: Matrix

  package init(records: any VectorRows, names: Matrix) {
    precondition(records.columns == names.columns)
    self.records = records
    self.names = names
  }
}

/// The distinct words and word pairs of every record, as feature numbers in one flat list.
package struct WordFeatures: Sendable {
  /// `features[offsets[i] ..< offsets[i + 1]]` are record `i`'s, ascending and without repeats.
  package let offsets: [Int32]
  package let features: [Int32]
  package let featureCount: Int

  package init(offsets: [Int32], features: [Int32], featureCount: Int) {
    precondition(offsets.last.map(Int.init) == features.count)
    self.offsets = offsets
    self.features = features
    self.featureCount = featureCount
  }

  package func of(_ row: Int) -> ArraySlice<Int32> {
    features[Int(offsets[row])..<Int(offsets[row + 1])]
  }
}
