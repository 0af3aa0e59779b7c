import Records

/// What a passage is to its query when a retriever is trained.
enum Standing {
  case positive
  case negative
  /// Evidence and label disagree, or a label 0 is probably an omission: trained neither for nor
  /// against, because either would be a guess.
  case disputed
}

/// Whose labels say what is a positive.
enum LabelSource {
  /// The labels after the run: given ones that are not flagged, the run's own elsewhere.
  case run
  /// The run's own, whatever was given.
  case model
  /// The given ones that are not flagged.
  case person

  /// The standing of the passage at a place. Whatever the source, a person's grade above 0 never makes
  /// a negative, even where it is too low for a positive, and nor does a passage that looks as relevant
  /// as the best positive.
  func standing(of place: Int, in query: ExportedQuery) -> Standing {
    let grade = query.retrieval.passages[place].grade
    let result = query.result.passages[place]
    let positiveFrom = query.positiveFrom
    let isGivenPositive = grade.map { $0 >= positiveFrom }
    let standing: Standing =
      switch (self, isGivenPositive) {
      case (.run, .some(let isPositive)) where result.flagged:
        Self.flagged(isPositive, result, positiveFrom: positiveFrom)
      case (.run, .some(let isPositive)): isPositive ? .positive : .negative
      case (.run, nil): result.grade >= positiveFrom ? .positive : .negative
      case (.model, .some(true)): result.useful ? .positive : .disputed
      case (.model, _): result.useful ? .positive : .negative
      case (.person, .some) where result.flagged: .disputed
      case (.person, .some(let isPositive)): isPositive ? .positive : .negative
      // Datasets often name positives only; what nobody judged and nothing speaks for is the rest.
      case (.person, nil): result.useful ? .disputed : .negative
      }
    let isDoubtful = result.falseNegative || (grade ?? 0) > 0
    return standing == .negative && isDoubtful ? .disputed : standing
  }

  /// A suspect label against the evidence. A positive needs the evidence and one voice more, the
  /// label's or the chosen set's; a negative needs all three to say no.
  private static func flagged(
    _ isGivenPositive: Bool, _ result: QueryResult.PassageResult, positiveFrom: Int
  ) -> Standing {
    let isProposedPositive = result.proposal.map { $0 >= positiveFrom } ?? result.useful
    if isProposedPositive { return isGivenPositive || result.useful ? .positive : .disputed }
    return isGivenPositive || result.useful ? .disputed : .negative
  }
}
