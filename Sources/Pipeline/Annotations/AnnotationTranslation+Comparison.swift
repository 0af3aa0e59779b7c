import Assessments
import LabelQuality
import Report

extension AnnotationTranslation {
  /// What the language model's answers about labels showed; nil where it was not to be asked.
  func comparison(mode: CorrectionMode) -> RunReport.LabelComparisonFacts? {
    guard labelQuestions > 0 else { return nil }
    guard let gate = assessed.labelComparisonGate else {
      return RunReport.LabelComparisonFacts(
        open: false, questions: 0,
        explanation: "The language model was not asked about labels: \(reasonForNoQuestion).")
    }
    var sentences = [explanation(of: gate)]
    if let failure = comparisonFacts?.firstFailure {
      let count = String(counting: gate.unansweredCount, "question")
      sentences.append("\(count) got no answer; the first because: \(failure)")
    }
    if gate.isOpen, mode == .suggest { sentences.append("In mode suggest no label is replaced.") }
    var facts = RunReport.LabelComparisonFacts(
      open: gate.isOpen, questions: gate.questionCount,
      explanation: sentences.joined(separator: " "))
    let failures = comparisonFacts?.failures ?? [:]
    facts.failures = failures.isEmpty ? nil : failures
    facts.accuracy = gate.accuracy
    if gate.isTested {
      facts.informativeness = gate.informativeness
      facts.rightShare = gate.rightShare
      facts.rightShareLow = gate.rightShareLow
    }
    return facts
  }

  private var reasonForNoQuestion: String {
    if annotated.targets.isMultiLabel { return "records have lists of labels" }
    return reasonForNoAssessment == nil
      ? "no label could be assessed" : "there is no label that could be judged"
  }

  /// A sentence on what the model's answers showed, and what follows.
  private func explanation(of gate: LabelComparisonGate) -> String {
    func percent(_ share: Double?) -> String { "\(Int((100 * (share ?? 0)).rounded())) %" }
    let nothing = "The language model replaced no label:"
    if gate.allDisagreements == 0 {
      return "\(nothing) evidence and labels agree on every record, so there was nothing to ask."
    }
    if gate.questionCount == 0, gate.allDisagreements >= LabelNameGate.fewestDisagreements {
      return gate.disputesMost
        ? "The language model was not asked about labels: the evidence disagrees with more than half of them, so it "
          + "is the evidence that fails."
        : "The language model was not asked about labels: what the evidence disagrees with looks like labels that are "
          + "hard to predict, not like wrong ones."
    }
    if gate.questionCount > 0, comparisonFacts?.failures["no-text"] == gate.questionCount {
      return "The language model was not asked about labels: the records have no text."
    }
    guard gate.isTested else {
      return gate.allDisagreements < LabelNameGate.fewestDisagreements
        ? "\(nothing) evidence and labels disagree on too few records (\(gate.allDisagreements), needed "
          + "\(LabelNameGate.fewestDisagreements)) to test it."
        : "\(nothing) it answered too few questions to be tested, \(gate.agreementCount) about undisputed labels "
          + "(needed \(LabelComparisonGate.fewestAgreements)) and \(gate.disagreementCount) about disputed ones "
          + "(needed \(LabelNameGate.fewestDisagreements))."
    }
    let picked =
      "of two labels it picked the undisputed one for \(percent(gate.accuracy)) of records"
    if gate.isOpen {
      let beside =
        assessed.labelNameGate?.isOpen == true
        ? " A label that the names would replace stayed where the model spoke for it." : ""
      return
        "The language model is independent evidence: \(picked), and where the evidence disagrees with a label "
        + "it agrees with the evidence in about \(percent(gate.cautiousRightShare)) of cases "
        + "(\(String(counting: gate.questionCount, "question"))).\(beside)"
    }
    if gate.informativeness < LabelNameGate.openFrom {
      return "\(nothing) \(picked), which does not tell right labels from wrong well enough "
        + "(\(String(hundredths: gate.informativeness)), needed "
        + "\(String(hundredths: LabelNameGate.openFrom)))."
    }
    if gate.modelAgrees {
      return
        "\(nothing) most labels that the evidence disagrees with look like labels that are hard to predict, "
        + "not like wrong ones, and the model may make the same mistakes."
    }
    let sure =
      (gate.rightShare ?? 0) >= LabelNameGate.leastRightShare
      ? "about \(percent(gate.rightShare)) of cases, and that is too uncertain (at least "
        + "\(percent(gate.rightShareLow)), needed \(percent(LabelComparisonGate.leastRightShareLow)))"
      : "only about \(percent(gate.rightShare)) of cases (needed \(percent(LabelNameGate.leastRightShare)))"
    return
      "\(nothing) where the evidence disagrees with a label, it agrees with the evidence in \(sure)."
  }
}
