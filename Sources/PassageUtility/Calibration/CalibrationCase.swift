/// Which signals a query's scores contain; each case has its own calibration.
enum CalibrationCase: Sendable, CaseIterable {
  case texts, answers

  init(hasAnswers: Bool) { self = hasAnswers ? .answers : .texts }

  /// For a query of which nothing is known but the texts.
  var shipped: Calibration {
    switch self {
    case .texts: .texts
    case .answers: .answers
    }
  }

  /// For a query of which a label says that a passage is useful.
  var labelled: Calibration {
    switch self {
    case .texts: .labelledTexts
    case .answers: .labelledAnswers
    }
  }
}
