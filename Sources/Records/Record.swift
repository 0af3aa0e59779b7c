/// One usable line of a dataset.
package struct Record: Sendable {
  /// The number by which people find the record, from 1: mostly that of its line, else that of the record
  /// (`Reading.places`).
  package let line: Int
  /// The record's own `id` as text, else its line number.
  package let id: String
  package let content: Content
  /// The given labels: none, one, or any number where the record is multi-label. Empty for a record with
  /// votes and no label of its own, and for a query, whose passages have the labels.
  package internal(set) var labels: [Label]
  /// Whether any number of labels may belong to the record, so that each label is assessed by itself.
  package internal(set) var isMultiLabel: Bool
  /// How the line holds the label.
  package internal(set) var labelForm: LabelForm
  /// Whether a label was given at all. A missing or null label or an empty string is none; an empty list
  /// is one. Votes do not count.
  package internal(set) var isLabelled: Bool
  /// The label that each annotator gave; empty where the record has no `annotations`.
  package internal(set) var votes: [Vote]
  /// A ready vector; nil where the text has to be encoded.
  package internal(set) var vector: [Float]?
  /// Whether the rules call this record gold: its label is never changed, and counts as evidence for other
  /// records with the same content.
  package let isTrusted: Bool

  package init(
    line: Int, id: String, content: Content, labels: [Label], isMultiLabel: Bool, votes: [Vote],
    vector: [Float]?, isLabelled: Bool? = nil, isTrusted: Bool = false,
    labelForm: LabelForm? = nil
  ) {
    self.line = line
    self.id = id
    self.content = content
    self.labels = labels
    self.isMultiLabel = isMultiLabel
    self.labelForm = labelForm ?? (isMultiLabel ? .list : .one)
    self.votes = votes
    self.vector = vector
    self.isLabelled = isLabelled ?? (!labels.isEmpty || isMultiLabel)
    self.isTrusted = isTrusted
  }
}

/// The part of a record that its label describes.
package enum Content: Sendable, Equatable {
  case text(String)
  case pair(String, String)
  // Most records are texts, so what is longer lies elsewhere: in a file of a million, each word counts.
  indirect case relation(Relation)
  indirect case retrieval(Retrieval)
  /// A ready vector and no text.
  case none
}

extension Content {
  /// The texts that the annotation is about, in order: one, for a pair two; none for a ready vector alone.
  package var texts: [String] {
    switch self {
    case .text(let text): [text]
    case .pair(let first, let second): [first, second]
    case .relation(let relation): [relation.text]
    case .retrieval(let retrieval): [retrieval.query]
    case .none: []
    }
  }

  /// What a person has to see to decide about the label, by the names that files for people give it: `text`, for
  /// a pair `text_b`, too, and the `head` and `tail` of a relation.
  package var namedTexts: [(name: String, text: String)] {
    zip(["text", "text_b"], texts).map { (name: $0, text: $1) }
      + zip(["head", "tail"], entities).map { (name: $0, text: $1.text) }
  }

  /// The names in `namedTexts`, in their order.
  package static let textNames = ["text", "text_b", "head", "tail"]

  /// Head and tail of a relation; none for anything else.
  package var entities: [Entity] {
    if case .relation(let relation) = self { [relation.head, relation.tail] } else { [] }
  }
}

/// A sentence with two marked entities.
package struct Relation: Sendable, Equatable {
  /// The sentence; where the record has tokens in its place, they are joined by spaces.
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
  /// The part of the sentence that the span covers.
  package let text: String
  /// The entity's type, such as `PER`; nil where the record gives none.
  package let type: String?
  /// Offsets into the sentence in Unicode scalars, `start..<end`.
  package let span: Range<Int>

  package init(text: String, type: String?, span: Range<Int>) {
    self.text = text
    self.type = type
    self.span = span
  }
}
