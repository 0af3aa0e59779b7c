/// What corrections gain.
enum Correction {
  /// Figures of the labels before and after.
  ///
  /// - Parameters:
  ///   - given: the labels before.
  ///   - corrected: the labels after.
  ///   - gold: the right labels.
  ///   - goldSets: where one is not empty, any of its labels is right in place of the gold label.
  static func figures(
    given: [EvaluatedLabel], corrected: [EvaluatedLabel], gold: [EvaluatedLabel],
    goldSets: [[EvaluatedLabel]]
  ) -> Figures {
    let count = given.count
    func isRight(_ label: EvaluatedLabel, _ index: Int) -> Bool {
      goldSets[index].isEmpty
        ? label.identity == gold[index].identity
        : goldSets[index].contains { $0.identity == label.identity }
    }
    let before = given.indices.map { isRight(given[$0], $0) }
    let after = given.indices.map { isRight(corrected[$0], $0) }
    let changed = given.indices.map { given[$0].identity != corrected[$0].identity }
    let fixed = given.indices.count { !before[$0] && after[$0] }
    let broken = given.indices.count { before[$0] && !after[$0] }
    let wrong = before.count { !$0 }
    let changes = changed.count { $0 }
    let known = Set(given.map(\.name))
    func share(_ right: [Bool]) -> Double? {
      right.isEmpty ? nil : ratio(right.count { $0 }, count)
    }
    var figures = Figures()
    figures.add("acc_before", share(before))
    figures.add("acc_after", share(after))
    figures.add("acc_gain", share(after).flatMap { after in share(before).map { after - $0 } })
    figures.add("changed", changes)
    figures.add("fixed", fixed)
    figures.add("broken", broken)
    figures.add(
      "wrong_to_wrong", given.indices.count { !before[$0] && !after[$0] && changed[$0] })
    figures.add("net_gain", fixed - broken)
    figures.add("change_precision", ratio(fixed, max(1, changes)))
    figures.add("fix_recall", ratio(fixed, max(1, wrong)))
    figures.add(
      "unfixable_errors", given.indices.count { !before[$0] && !known.contains(gold[$0].name) })
    figures.add(
      "macro_f1_before",
      macroF1(given.indices.map { before[$0] ? given[$0].name : gold[$0].name }, given.map(\.name)))
    figures.add(
      "macro_f1_after",
      macroF1(
        given.indices.map { after[$0] ? corrected[$0].name : gold[$0].name },
        corrected.map(\.name)))
    return figures
  }

  /// The mean F1 over all classes that either list has, as scikit-learn's `f1_score(average="macro")`.
  private static func macroF1(_ truth: [Int32], _ given: [Int32]) -> Double? {
    var counts: [Int32: (both: Int, all: Int)] = [:]
    for (truth, given) in zip(truth, given) {
      counts[truth, default: (0, 0)].all += 1
      counts[given, default: (0, 0)].all += 1
      if truth == given { counts[truth, default: (0, 0)].both += 1 }
    }
    // F1 = 2 tp / (2 tp + fp + fn), and the denominator is what both lists have of the class.
    return counts.sorted { $0.key < $1.key }.map { 2 * ratio($0.value.both, $0.value.all) }.mean
  }
}
