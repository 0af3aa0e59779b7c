import Report
import PassageUtility
import ModelJudging
import ModelInterfaces

extension CalibrationFacts {
  init(_ scores: [UtilityScores]) {
    let labelled = scores.count { $0.calibration == .refittedOutOfFold }
    self.init(
      labelledQueries: labelled,
      refittedQueries: labelled + scores.count { $0.calibration == .refitted })
  }
}
