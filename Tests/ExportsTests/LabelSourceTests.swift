import Testing

@testable import Exports

struct LabelSourceTests {
  private func standings(_ judged: Judged, positiveFrom: Int = 1) -> [Standing] {
    [LabelSource.run, .model, .person].map {
      $0.standing(of: 0, in: query("a", "why", positiveFrom: positiveFrom, [judged]))
    }
  }

  @Test("Where only higher grades mean useful, the lower ones are neither positive nor negative")
  func higherGrades() {
    #expect(
      standings(Judged("t", id: "1", grade: 2), positiveFrom: 2) == [
        .positive, .disputed, .positive,
      ])
    #expect(
      standings(Judged("t", id: "1", grade: 1), positiveFrom: 2) == [
        .disputed, .disputed, .disputed,
      ])
    #expect(
      standings(Judged("t", id: "1", grade: 0), positiveFrom: 2) == [
        .negative, .negative, .negative,
      ])
  }

  @Test("Labels that nothing speaks against")
  func plain() {
    #expect(
      standings(Judged("t", id: "1", grade: 2, useful: true)) == [.positive, .positive, .positive])
    #expect(standings(Judged("t", id: "1", grade: 2)) == [.positive, .disputed, .positive])
    #expect(standings(Judged("t", id: "1", grade: 0)) == [.negative, .negative, .negative])
    #expect(
      standings(Judged("t", id: "1", grade: 0, useful: true)) == [.negative, .positive, .negative])
  }

  @Test("No label: the model's word, which is no person's")
  func unlabelled() {
    #expect(standings(Judged("t", id: "1", useful: true)) == [.positive, .positive, .disputed])
    #expect(standings(Judged("t", id: "1")) == [.negative, .negative, .negative])
  }

  @Test("A flagged label makes a positive with a second voice, a negative with none for it")
  func flagged() {
    func run(_ grade: Int, _ proposal: Int?, useful: Bool) -> Standing {
      let judged = Judged(
        "t", id: "1", grade: grade, useful: useful, proposal: proposal, flagged: true)
      #expect(LabelSource.person.standing(of: 0, in: query("a", "why", [judged])) == .disputed)
      return LabelSource.run.standing(of: 0, in: query("a", "why", [judged]))
    }
    #expect(run(0, 1, useful: true) == .positive)
    #expect(run(0, 1, useful: false) == .disputed)
    #expect(run(0, nil, useful: true) == .positive)
    #expect(run(0, nil, useful: false) == .negative)
    #expect(run(0, 0, useful: true) == .disputed)
    #expect(run(0, 0, useful: false) == .negative)
    #expect(run(2, 1, useful: false) == .positive)
    #expect(run(1, 0, useful: true) == .disputed)
    #expect(run(1, nil, useful: false) == .disputed)
    #expect(run(1, nil, useful: true) == .positive)
  }

  @Test("What looks like an omission is never a negative")
  func falseNegative() {
    for grade in [nil, 0] {
      #expect(
        standings(Judged("t", id: "1", grade: grade, falseNegative: true))
          == [.disputed, .disputed, .disputed])
    }
  }
}
