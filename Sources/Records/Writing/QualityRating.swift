/// A language model's rating of a text's quality.
package enum QualityRating: Sendable, Equatable {
  /// The text's domain, and the ratings in order, each 1…5, higher is better.
  case rated(domain: String, ratings: [Criterion])
  /// The reason why there is no rating.
  case failed(String)

  package struct Criterion: Sendable, Equatable {
    /// The name as a member of the record: lower case, words joined by underscores.
    package let name: String
    package let rating: Int

    package init(name: String, rating: Int) {
      self.name = name
      self.rating = rating
    }
  }
}
