/// Which signals a query's scores contain; each case has its own calibration.
enum CalibrationCase: Sendable, CaseIterable {
  case texts, likelihood, containsAnswer, answers, answerGain

  init(hasAnswers: Bool, hasLikelihoods: Bool, isAskedForAnswers: Bool) {
    self =
      switch (hasAnswers, hasLikelihoods) {
      case (false, false): .texts
      case (false, true): isAskedForAnswers ? .containsAnswer : .likelihood
      case (true, false): .answers
      case (true, true): .answerGain
      }
  }

  var shipped: Calibration {
    switch self {
    case .texts: .texts
    case .likelihood: .likelihood
    case .containsAnswer: .containsAnswer
    case .answers: .answers
    case .answerGain: .answerGain
    }
  }
}
