/// Which passages the texts leave undecided, so that a language model is asked about them.
///
/// Reading takes a language model some ten times as long as the texts' own signals take, and a server
/// longer. Where the texts are sure, it moves nothing. docs/METHODS.md, section 4.
package struct UndecidedPassages: Sendable {
  /// A passage is undecided if its utility by the texts is in this range.
  let range: ClosedRange<Double>
  /// The fewest undecided passages of a query for which the model is asked.
  let fewest: Int
  /// Whether the model also sees passages above the range, because it judges all of them together.
  let includesUseful: Bool

  /// For likelihoods of a model that is too small to be asked for answers: passages that are just useful or just
  /// not (`PassageAssessments.leastUtility`). A likelihood has a meaning only beside another one of the same
  /// query. Of the ranges that were tried, this is the narrowest one whose mean MAP on the development sets is no
  /// lower than that of reading everything.
  package static let byLikelihood = UndecidedPassages(
    range: 0.25...0.6, fewest: 2, includesUseful: false)
  /// For likelihoods of a model that knows something of what contains an answer. A narrower range costs such a
  /// model what it knows, above all where the texts know little.
  package static let byCapableModel = UndecidedPassages(
    range: 0.02...0.98, fewest: 2, includesUseful: false)
  /// For a judge. It also sees the passages above the range, from which it writes the answer.
  package static let byJudge = UndecidedPassages(
    range: 0.02...0.98, fewest: 1, includesUseful: true)

  /// Whether the model is asked about each passage of a query; about none if too few are undecided.
  ///
  /// - Parameter utility: by the texts, one per passage, 0…1; 0 for a blank passage.
  package func isAsked(_ utility: [Double]) -> [Bool] {
    guard utility.count(where: range.contains) >= fewest else { return utility.map { _ in false } }
    return utility.map { range.contains($0) || includesUseful && $0 > range.upperBound }
  }
}
