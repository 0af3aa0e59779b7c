package import Vectors
import Concurrency

/// A dataset as numbers: what is judged and all that may be known about it.
package struct AnnotatedSet: Sendable {
  /// `n × d`, unit rows: what the neighbourhood, the ridge and the density see.
  package let vectors: Matrix
  package let targets: Targets
  /// The words of every record; nil where records are ready vectors.
  package let words: WordFeatures?
  /// Whether a record's label is gold: never changed, and evidence for others.
  package let trusted: [Bool]
  /// How often annotators gave each label, for records that several annotated: `(label, votes)`.
  package let votes: [Int: [(label: Int32, count: Int)]]
  /// What the label names mean, where a model can read them.
  package let meanings: LabelMeanings?
  /// What each record's label can be replaced by.
  package let slots: [LabelSlot]
  /// Which records have the same content: those with the same number. −1 where nothing is known of a
  /// record's content but its vector.
  package let contents: [Int32]
  /// `n × labelCount`: how plausible a language model finds each label, higher is more; nil where none was
  /// asked.
  package let plausibility: Matrix?

  /// - Parameters:
  ///   - slots: one per record; where nil, all take what `targets` says.
  ///   - contents: one per record; where nil, no two are known to have the same.
  package init(
    vectors: Matrix, targets: Targets, words: WordFeatures?, trusted: [Bool],
    votes: [Int: [(label: Int32, count: Int)]], meanings: LabelMeanings?,
    slots: [LabelSlot]? = nil, contents: [Int32]? = nil, plausibility: Matrix? = nil
  ) {
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
    self.trusted = trusted
    self.votes = votes
    self.meanings = meanings
  }
}

/// Where a record keeps its label, which limits what it can be replaced by.
package enum LabelSlot: Sendable, Equatable {
  /// Nowhere: it was never labelled, or only voted on; there is nothing to replace.
  case none
  case one
  case list

  init(isList: Bool) { self = isList ? .list : .one }
}

/// Vectors of the label names, and of the records in the same space.
package struct LabelMeanings: Sendable {
  /// `n × d`, unit rows: the records as the model reads them, before any pair representation.
  package let records: Matrix
  /// `labelCount × d`: what each label is about, in the same space.
  package let names: Matrix

  package init(records: Matrix, names: Matrix) {
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
