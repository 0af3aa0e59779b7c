/// What rules say of queries with passages: the key `utility`.
package struct UtilityRules: Sendable, Equatable {
  /// What says how much a passage helps.
  package enum Scorer: String, Sendable, CaseIterable {
    /// A language model scores where there is one; else the texts speak for themselves.
    case auto
    /// No language model.
    case extractive
    /// A language model's likelihood of the query, and of the answer where one is known.
    case likelihood
  }

  package var scorer = Scorer.auto
  /// A language model's name; nil for the default one.
  package var model: String?
  /// The highest grade that a passage's label may have.
  package var scale = 4
  /// The least grade that means useful.
  package var positiveFrom = 1

  package init() {}
}
