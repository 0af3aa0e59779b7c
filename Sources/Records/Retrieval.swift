/// A query with the passages that may help to answer it.
package struct Retrieval: Sendable, Equatable {
  /// Never blank.
  package let query: String
  /// As the line has them; ids differ from each other.
  package let passages: [Passage]
  /// Right answers, where the record gives any; none of them is blank.
  package let answers: [String]

  package init(query: String, passages: [Passage], answers: [String] = []) {
    self.query = query
    self.passages = passages
    self.answers = answers
  }
}

/// One candidate of a query.
package struct Passage: Sendable, Equatable {
  /// The passage's own `id` as text, else its place among the query's passages, from 1.
  package let id: String
  /// May be empty.
  package let text: String
  package let title: String?
  /// What a person said: 0 is not relevant, higher is more so; nil where nobody said anything.
  package let grade: Int?

  package init(id: String, text: String, title: String? = nil, grade: Int? = nil) {
    self.id = id
    self.text = text
    self.title = title
    self.grade = grade
  }

  /// What is read of it: the title first, where the text does not begin with it anyway.
  package var titledText: String {
    guard let title, !title.isEmpty, !text.hasPrefix(title) else { return text }
    return text.isEmpty ? title : "\(title). \(text)"
  }
}
