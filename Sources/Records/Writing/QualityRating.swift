/// What a language model says of a text's quality.
package enum QualityRating: Sendable, Equatable {
  /// Criteria in order, each 1…5, high is better.
  case rated(domain: String, ratings: [Criterion])
  /// Why there is none.
  case failed(String)

  package struct Criterion: Sendable, Equatable {
    /// As a member of the record: lower case, words joined by underscores.
    package let name: String
    package let rating: Int

    package init(name: String, rating: Int) {
      self.name = name
      self.rating = rating
    }
  }
}
