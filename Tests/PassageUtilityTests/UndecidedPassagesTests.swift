import Testing

@testable import PassageUtility

@Suite struct UndecidedPassagesTests {
  @Test(
    "a small model reads passages that are neither clearly useful nor clearly useless",
    arguments: [
      ([0.9, 0.4, 0.25, 0.1], [false, true, true, false]),
      // A likelihood beside no other says nothing.
      ([0.9, 0.4, 0.1], [false, false, false]), ([0.9, 0.8, 0.01], [false, false, false]), ([], []),
    ])
  func likelihood(utility: [Double], isAsked: [Bool]) {
    #expect(UndecidedPassages.byLikelihood.isAsked(utility) == isAsked)
  }

  @Test("a judge also sees the clearly useful passages, if any passage is undecided")
  func judge() {
    #expect(UndecidedPassages.byJudge.isAsked([0.99, 0.4, 0.01, 0]) == [true, true, false, false])
    #expect(UndecidedPassages.byJudge.isAsked([0.99, 0.995, 0.01]) == [false, false, false])
    #expect(UndecidedPassages.byJudge.isAsked([0.3]) == [true])
  }

  @Test("a blank passage is never asked about")
  func blank() {
    for choice in [
      UndecidedPassages.byLikelihood, UndecidedPassages.byCapableModel, UndecidedPassages.byJudge,
    ] {
      #expect(choice.isAsked([0, 0.3, 0.4]) == [false, true, true])
    }
  }
}

@Suite struct LabelAgreementTests {
  /// By hand: 6 of 8 agree; the judge chooses 4 of 8 and the labels 4 of 8, so chance agrees in half of them,
  /// and kappa is (.75 − .5) / .5.
  @Test("agreement and Cohen's kappa") func byHand() throws {
    let pairs =
      (0..<3).map { _ in (chosen: true, labelled: true) }
      + (0..<3).map { _ in (chosen: false, labelled: false) }
      + [(chosen: true, labelled: false), (chosen: false, labelled: true)]
    let agreement = try #require(LabelAgreement(pairs))
    #expect(agreement.passages == 8 && agreement.share == 0.75)
    #expect(abs(try #require(agreement.kappa) - 0.5) < 1e-12)
  }

  @Test("nothing to compare has no agreement, and labels that are all alike have no kappa")
  func undefined() throws {
    #expect(LabelAgreement([]) == nil)
    let alike = try #require(LabelAgreement([(chosen: true, labelled: true)]))
    #expect(alike.share == 1 && alike.kappa == nil)
  }
}
