import Records

/// The role of a passage when a retriever is trained on its query.
enum TrainingRole {
  case positive
  case negative
  /// Neither positive nor negative, because either would be a guess: evidence and label disagree, a
  /// missing or low label is probably an omission, or a grade above 0 is too low for a positive.
  case excluded
}

/// Whose labels determine the positives.
enum LabelSource {
  /// The labels after the run: the given ones that are not flagged, and elsewhere the run's own.
  case run
  /// The run's own labels, whatever was given.
  case model
  /// The given labels that are not flagged.
  case person

  /// The role of the passage at a place.
  ///
  /// For every source, two kinds of passages are never negatives: those with a given grade above 0,
  /// even where it is too low for a positive, and those about as relevant as the best positive.
  func role(of place: Int, in query: ExportedQuery) -> TrainingRole {
    let grade = query.retrieval.passages[place].grade
    let result = query.result.passages[place]
    let positiveFrom = query.positiveFrom
    let isGivenPositive = grade.map { $0 >= positiveFrom }
    let role: TrainingRole =
      switch (self, isGivenPositive) {
      case (.run, .some(let isPositive)) where result.flagged:
        Self.flagged(isPositive, result, positiveFrom: positiveFrom)
      case (.run, .some(let isPositive)): isPositive ? .positive : .negative
      case (.run, nil): result.grade >= positiveFrom ? .positive : .negative
      case (.model, .some(true)): result.useful ? .positive : .excluded
      case (.model, _): result.useful ? .positive : .negative
      case (.person, .some) where result.flagged: .excluded
      case (.person, .some(let isPositive)): isPositive ? .positive : .negative
      // Datasets often label only positives. So a passage without a label that the run does not find
      // useful is taken as a negative.
      case (.person, nil): result.useful ? .excluded : .negative
      }
    let isDoubtful = result.falseNegative || (grade ?? 0) > 0
    return role == .negative && isDoubtful ? .excluded : role
  }

  /// The role of a passage whose given label is suspect.
  ///
  /// Three things count: the proposal of the evidence, the given label, and the set that was chosen as
  /// useful. A positive needs the proposal and one of the other two. A negative needs all three
  /// against it.
  private static func flagged(
    _ isGivenPositive: Bool, _ result: QueryResult.PassageResult, positiveFrom: Int
  ) -> TrainingRole {
    let isProposedPositive = result.proposal.map { $0 >= positiveFrom } ?? result.useful
    if isProposedPositive { return isGivenPositive || result.useful ? .positive : .excluded }
    return isGivenPositive || result.useful ? .excluded : .negative
  }
}
