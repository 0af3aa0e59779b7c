import Testing

@testable import Exports

struct LabelSourceTests {
  /// The roles of a passage by the labels of the run, of the model and of a person.
  private func roles(_ passage: AssessedPassage, positiveFrom: Int = 1) -> [TrainingRole] {
    [LabelSource.run, .model, .person].map {
      $0.role(of: 0, in: query("a", "why", positiveFrom: positiveFrom, [passage]))
    }
  }

  @Test("A grade above 0 that is too low for a positive makes no negative either")
  func higherGrades() {
    #expect(
      roles(AssessedPassage("t", id: "1", grade: 2), positiveFrom: 2) == [
        .positive, .excluded, .positive,
      ])
    #expect(
      roles(AssessedPassage("t", id: "1", grade: 1), positiveFrom: 2) == [
        .excluded, .excluded, .excluded,
      ])
    #expect(
      roles(AssessedPassage("t", id: "1", grade: 0), positiveFrom: 2) == [
        .negative, .negative, .negative,
      ])
  }

  @Test("Labels that are not flagged")
  func plain() {
    #expect(
      roles(AssessedPassage("t", id: "1", grade: 2, useful: true)) == [
        .positive, .positive, .positive,
      ])
    #expect(roles(AssessedPassage("t", id: "1", grade: 2)) == [.positive, .excluded, .positive])
    #expect(roles(AssessedPassage("t", id: "1", grade: 0)) == [.negative, .negative, .negative])
    #expect(
      roles(AssessedPassage("t", id: "1", grade: 0, useful: true)) == [
        .negative, .positive, .negative,
      ])
  }

  @Test("Without a label the run decides, and its positives are no person's positives")
  func unlabelled() {
    #expect(
      roles(AssessedPassage("t", id: "1", useful: true)) == [.positive, .positive, .excluded])
    #expect(roles(AssessedPassage("t", id: "1")) == [.negative, .negative, .negative])
  }

  @Test("A positive against a flagged label needs the proposal and another sign, a negative all")
  func flagged() {
    func role(_ grade: Int, _ proposal: Int?, useful: Bool) -> TrainingRole {
      let passage = AssessedPassage(
        "t", id: "1", grade: grade, useful: useful, proposal: proposal, flagged: true)
      #expect(LabelSource.person.role(of: 0, in: query("a", "why", [passage])) == .excluded)
      return LabelSource.run.role(of: 0, in: query("a", "why", [passage]))
    }
    #expect(role(0, 1, useful: true) == .positive)
    #expect(role(0, 1, useful: false) == .excluded)
    #expect(role(0, nil, useful: true) == .positive)
    #expect(role(0, nil, useful: false) == .negative)
    #expect(role(0, 0, useful: true) == .excluded)
    #expect(role(0, 0, useful: false) == .negative)
    #expect(role(2, 1, useful: false) == .positive)
    #expect(role(1, 0, useful: true) == .excluded)
    #expect(role(1, nil, useful: false) == .excluded)
    #expect(role(1, nil, useful: true) == .positive)
  }

  @Test("A passage whose label is probably missing is never a negative")
  func falseNegative() {
    for grade in [nil, 0] {
      #expect(
        roles(AssessedPassage("t", id: "1", grade: grade, falseNegative: true))
          == [.excluded, .excluded, .excluded])
    }
  }
}
