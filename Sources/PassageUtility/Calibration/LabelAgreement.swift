/// How far a judge's choices agree with the labels that people gave.
package struct LabelAgreement: Sendable, Equatable {
  /// The number of passages that have both.
  package let passages: Int
  /// The share of equal ones, 0…1.
  package let share: Double
  /// Cohen's kappa: the agreement above what two independent raters with these shares of useful passages would
  /// have by chance; at most 1, 0 for chance. Nil if chance alone would agree always. Cohen, "A Coefficient
  /// of Agreement for Nominal Scales", 1960.
  package let kappa: Double?

  /// - Returns: nil without any pair.
  package init?(_ pairs: [(chosen: Bool, labelled: Bool)]) {
    guard !pairs.isEmpty else { return nil }
    let count = Double(pairs.count)
    let agreed = Double(pairs.count { $0.chosen == $0.labelled }) / count
    let chosen = Double(pairs.count { $0.chosen }) / count
    let labelled = Double(pairs.count { $0.labelled }) / count
    let chance = chosen * labelled + (1 - chosen) * (1 - labelled)
    passages = pairs.count
    share = agreed
    kappa = chance < 1 ? (agreed - chance) / (1 - chance) : nil
  }
}
