import Report
import PassageUtility

extension CalibrationFacts {
  init(_ scores: [UtilityScores]) {
    let labelled = scores.count { $0.calibration == .refittedOutOfFold }
    self.init(
      labelledQueries: labelled,
      refittedQueries: labelled + scores.count { $0.calibration == .refitted })
  }
}
