/// A query with the passages that may help to answer it.
package struct Retrieval: Sendable, Equatable {
  /// Never blank.
  package let query: String
  /// In the order of the line. No two have the same id.
  package let passages: [Passage]
  /// Right answers; empty where the record gives none. None of them is blank.
  package let answers: [String]

  package init(query: String, passages: [Passage], answers: [String] = []) {
    self.query = query
    self.passages = passages
    self.answers = answers
  }
}

/// One of the passages that may help to answer a query.
package struct Passage: Sendable, Equatable {
  /// The passage's own `id` as text, else its place among the query's passages, from 1. Where an earlier passage
  /// of the query has the same id, `#` and the place follow.
  package let id: String
  /// May be empty.
  package let text: String
  package let title: String?
  /// The given label: 0 is not relevant, higher is more relevant; nil where none was given.
  package let grade: Int?

  package init(id: String, text: String, title: String? = nil, grade: Int? = nil) {
    self.id = id
    self.text = text
    self.title = title
    self.grade = grade
  }

  /// What two passages must have in common to be the same one: title and text, with white space folded. `String`
  /// compares by canonical equivalence. Nil where both are blank: such a passage is the same as no other.
  package var comparedText: String? {
    let parts = [title ?? "", text].map(\.withFoldedSpaces)
    return parts.allSatisfy(\.isEmpty) ? nil : parts.joined(separator: "\n")
  }

  /// The text with the title before it, unless the text begins with the title already.
  package var titledText: String {
    guard let title, !title.isEmpty, !text.hasPrefix(title) else { return text }
    return text.isEmpty ? title : "\(title). \(text)"
  }
}

extension String {
  /// The text with each run of white space as one space, and none at its ends.
  package var withFoldedSpaces: String {
    // Most texts are so already, and looking at characters costs much more than looking at bytes.
    var wasSpace = true
    for byte in utf8 {
      let isSpace = byte == UInt8(ascii: " ")
      guard byte < 0x80, byte > 0x1F, !isSpace || !wasSpace else {
        return split(whereSeparator: \.isWhitespace).joined(separator: " ")
      }
      wasSpace = isSpace
    }
    return wasSpace ? String(dropLast()) : self
  }
}
