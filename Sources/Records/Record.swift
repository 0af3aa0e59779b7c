// Records owns lines: reading them strictly, recognising what they hold, and writing them back with
// one member added. It knows nothing of models, scores or folders, and never re-serialises what a
// user wrote.

/// One usable line of a dataset.
package struct Record: Sendable {
  /// The line's number in the file, from 1.
  package let line: Int
  /// The record's own `id` as text, else its line number.
  package let id: String
  package let content: Content
  /// The labels given: none, one, or (multi-label) any number. With several annotators and no
  /// label of its own, and of a query, whose passages have the labels, empty.
  package let labels: [Label]
  /// Whether `label` was a list, so that each label is judged by itself.
  package let isMultiLabel: Bool
  /// Whether a label was given at all; a missing, null or empty-string label is none, an empty list
  /// is one. Votes do not count.
  package let isLabelled: Bool
  /// What each annotator said; empty where the record has no `annotations`.
  package let votes: [Vote]
  /// A ready vector; where there is one, nothing is encoded.
  package let vector: [Float]?
  /// Whether rules call this record gold: never changed, and a witness for others.
  package let isTrusted: Bool

  package init(
    line: Int, id: String, content: Content, labels: [Label], isMultiLabel: Bool, votes: [Vote],
    vector: [Float]?, isLabelled: Bool? = nil, isTrusted: Bool = false
  ) {
    self.line = line
    self.id = id
    self.content = content
    self.labels = labels
    self.isMultiLabel = isMultiLabel
    self.votes = votes
    self.vector = vector
    self.isLabelled = isLabelled ?? (!labels.isEmpty || isMultiLabel)
    self.isTrusted = isTrusted
  }
}

/// What is annotated.
package enum Content: Sendable, Equatable {
  case text(String)
  case pair(String, String)
  case relation(Relation)
  case retrieval(Retrieval)
  /// A ready vector and no text.
  case none
}

/// A sentence with two marked entities.
package struct Relation: Sendable, Equatable {
  /// The sentence; tokens are joined by spaces where the record came as tokens.
  package let text: String
  package let head: Entity
  package let tail: Entity

  package init(text: String, head: Entity, tail: Entity) {
    self.text = text
    self.head = head
    self.tail = tail
  }
}

/// A span of a relation's sentence.
package struct Entity: Sendable, Equatable {
  /// The entity's own text, as the span covers it.
  package let text: String
  /// Its type, e.g. `PER`, where the record gives one.
  package let type: String?
  /// Offsets into the sentence in Unicode scalars, `start..<end`.
  package let span: Range<Int>

  package init(text: String, type: String?, span: Range<Int>) {
    self.text = text
    self.type = type
    self.span = span
  }
}
