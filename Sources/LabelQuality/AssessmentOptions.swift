package import Assessments

/// How the labels of a dataset are to be assessed.
package struct AssessmentOptions: Sendable {
  package var mode: CorrectionMode
  /// A credibility, 0…1: only records below it are flagged, except where a trusted duplicate or the
  /// annotators' votes contradict the label. With nil, credibility limits nothing:
  /// single labels are flagged as `SingleLabelDecisions.assessments` says, and lists wherever the
  /// evidence prefers another list.
  package var flagBelow: Double?
  /// Changes the time taken and never the result.
  package var threads: Int
  /// How a language model is asked which of two labels fits; nil to ask none.
  package var comparison: LabelComparison?
  /// Told how much of the assessment is done, and how much there is in all; on any thread.
  package var progress: (@Sendable (_ done: Int, _ total: Int) -> Void)?

  package init(mode: CorrectionMode = .auto, flagBelow: Double? = nil, threads: Int = 1) {
    self.mode = mode
    self.flagBelow = flagBelow
    self.threads = threads
  }
}
