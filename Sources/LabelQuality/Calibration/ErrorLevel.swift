import Foundation

/// The share of wrong labels that files like this one had, and the interval in which it lay in nine of
/// ten datasets.
///
/// The labels of a file cannot tell its error rate: noise in the labels and mistakes of the evidence look
/// the same. So the rate is predicted from two numbers that the file shows, by a linear model on the
/// logit scale that was fitted to 120 files from 18 datasets with known errors (0 to 50 %): the share of
/// records that look like known errors, and how one-sided the confusions of labels are. Where the
/// evidence errs, labels are confused in one direction (from the rare to the common one); wrong labels
/// by noise go both ways. The interval holds the middle 90 % of the model's mistakes on datasets that
/// it was not fitted to. docs/METHODS.md, section 1.
struct ErrorLevel: Equatable {
  /// The predicted share of wrong labels, 0…1.
  let estimate: Double
  /// Lower end of the 90 % interval over datasets, 0…1.
  let low: Double
  /// Upper end, 0…1.
  let high: Double

  private static let intercept = -0.529
  private static let lookingWrong = 0.461
  private static let oneSided = -1.605
  /// The 5 % and 95 % quantiles of what the model, fitted without a dataset, got wrong on it.
  private static let lowest = -2.06
  private static let highest = 1.84
  /// Added to a share before its logit is taken, so that shares of 0 have one.
  private static let shareOffset = 0.003
  private static let rateOffset = 0.01
  private static let highestRate = 0.98

  /// - Parameters:
  ///   - corruptedShare: `ErrorDetector.corruptedShare`, 0…1.
  ///   - asymmetry: `NoiseTransition.asymmetry`, 0…1.
  init(corruptedShare: Double, asymmetry: Double) {
    let share = corruptedShare + Self.shareOffset
    let logit =
      Self.intercept
      + Self.lookingWrong * log(share / max(1 - corruptedShare + Self.shareOffset, 1e-9))
      + Self.oneSided * asymmetry
    func rate(_ logit: Double) -> Double {
      min(max(sigmoid(logit) - Self.rateOffset, 0), Self.highestRate)
    }
    estimate = rate(logit)
    low = rate(logit + Self.lowest)
    high = rate(logit + Self.highest)
  }
}
