package import Assessments

/// How the labels of a dataset are to be assessed.
package struct AssessmentOptions: Sendable {
  package var mode: CorrectionMode
  /// A credibility, 0…1: only records below it are flagged. Nil flags wherever the likeliest label
  /// is not the given one.
  package var flagBelow: Double?
  package var threads: Int

  package init(mode: CorrectionMode = .auto, flagBelow: Double? = nil, threads: Int = 1) {
    self.mode = mode
    self.flagBelow = flagBelow
    self.threads = threads
  }
}
