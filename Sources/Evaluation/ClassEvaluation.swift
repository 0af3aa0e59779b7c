/// A record with its gold label and what was predicted for it.
package struct EvaluatedAnnotation: Sendable {
  /// What the output says about a record; nil stands for a member that it lacks.
  package struct Prediction: Sendable {
    /// Lower is more likely wrong.
    package var credibility: Double?
    package var isFlagged: Bool?
    /// The label after correction.
    package var label: EvaluatedLabel?
    /// By class; negative shares count as 0, and the sum need not be 1.
    package var softLabel: [(label: Int32, probability: Double)]

    package init(
      credibility: Double?, isFlagged: Bool?, label: EvaluatedLabel?,
      softLabel: [(label: Int32, probability: Double)]
    ) {
      self.credibility = credibility
      self.isFlagged = isFlagged
      self.label = label
      self.softLabel = softLabel
    }
  }

  package var given: EvaluatedLabel
  package var gold: EvaluatedLabel
  /// Where it is not empty, any of these labels is right in place of the gold label.
  package var goldSet: [EvaluatedLabel]
  /// Whether the given label is wrong, where the gold file says so; it counts more than the labels.
  package var isError: Bool?
  /// Whether the gold label was verified; nil where the record does not say.
  package var isVerified: Bool?
  /// The classes that several annotators gave; empty unless there are at least two.
  package var annotations: [Int32]
  /// Nil where the output lacks the record.
  package var prediction: Prediction?

  package init(
    given: EvaluatedLabel, gold: EvaluatedLabel, goldSet: [EvaluatedLabel] = [],
    isError: Bool? = nil, isVerified: Bool? = nil, annotations: [Int32] = [],
    prediction: Prediction?
  ) {
    self.given = given
    self.gold = gold
    self.goldSet = goldSet
    self.isError = isError
    self.isVerified = isVerified
    self.annotations = annotations
    self.prediction = prediction
  }

  var hasError: Bool {
    if let isError { return isError }
    return goldSet.isEmpty
      ? given.identity != gold.identity : !goldSet.contains { $0.identity == given.identity }
  }
}

/// Compares labels, credibilities, flags and soft labels with gold labels.
///
/// A record that the output lacks counts as not flagged, as credible as the most credible one, and unchanged.
package struct ClassEvaluation: Sendable {
  package let annotations: [EvaluatedAnnotation]
  /// How many records were left out because their gold label is doubtful.
  package let leftOut: Int
  /// The smallest probability in logarithms.
  package let clip: Double

  package static let usualClip = 1e-6

  package init(
    _ annotations: [EvaluatedAnnotation], leftOut: Int, clip: Double = Self.usualClip
  ) {
    self.annotations = annotations
    self.leftOut = leftOut
    self.clip = clip
  }

  /// All figures. Where records say whether their gold label was verified, those that were are also
  /// measured alone.
  package var figures: Figures {
    var figures = Figures()
    figures.add("task", text: "class")
    figures.add("left_out", leftOut)
    figures.add(all: view(annotations))
    let verified = annotations.filter { $0.isVerified == true }
    if !verified.isEmpty { figures.add("verified", view(verified)) }
    return figures
  }

  private func view(_ records: [EvaluatedAnnotation]) -> Figures {
    var figures = Figures()
    figures.add("rows", records.count)
    figures.add("coverage", ratio(records.count { $0.prediction != nil }, max(1, records.count)))
    let errors = records.map(\.hasError)
    let flags = records.map { $0.prediction?.isFlagged }
    figures.add(
      "detection",
      Detection.figures(
        suspicion: suspicion(records), errors: errors,
        flags: flags.contains { $0 != nil } ? flags.map { $0 ?? false } : nil))
    let corrected = records.map { $0.prediction?.label }
    if corrected.contains(where: { $0 != nil }) {
      figures.add(
        "correction",
        Correction.figures(
          given: records.map(\.given),
          corrected: zip(records, corrected).map { $1 ?? $0.given }, gold: records.map(\.gold),
          goldSets: records.map(\.goldSet)))
    }
    if records.contains(where: { $0.prediction?.softLabel.isEmpty == false }) {
      addSoftLabels(of: records, errorRate: ratio(errors.count { $0 }, errors.count), to: &figures)
    }
    return figures
  }

  /// −credibility; nil where no record has one.
  private func suspicion(_ records: [EvaluatedAnnotation]) -> [Double]? {
    let given = records.map { $0.prediction?.credibility }
    guard given.contains(where: { $0 != nil }) else { return nil }
    let highest = given.compactMap { $0.flatMap { $0.isFinite ? $0 : nil } }.max() ?? 1
    return given.map { -($0.flatMap { $0.isFinite ? $0 : nil } ?? highest) }
  }

  private func addSoftLabels(
    of records: [EvaluatedAnnotation], errorRate: Double, to figures: inout Figures
  ) {
    var known = Set(records.map(\.given.name))
    for record in records {
      if !record.gold.isNone { known.insert(record.gold.name) }
      for share in record.prediction?.softLabel ?? [] { known.insert(share.label) }
    }
    let classes = known.sorted()
    let soft = records.map { record in
      let shares = record.prediction?.softLabel ?? []
      return shares.isEmpty
        ? SparseDistribution(certain: record.given.name) : SparseDistribution(shares: shares)
    }
    let given = records.map { SparseDistribution(certain: $0.given.name) }
    let rate = max(1e-6, errorRate)
    let other = rate / Double(max(1, classes.count - 1))
    let smoothed = records.map {
      SparseDistribution(entries: [($0.given.name, 1 - rate)], rest: other)
    }
    // A record that no label fits has no right class.
    let measured = records.indices.filter { index in
      !records[index].gold.isNone || records[index].goldSet.contains { known.contains($0.name) }
    }
    func first(_ record: EvaluatedAnnotation) -> Int32 {
      record.gold.isNone
        ? record.goldSet.first { known.contains($0.name) }?.name ?? -1 : record.gold.name
    }
    let truth = measured.map { index in
      let record = records[index]
      var best: Int32?
      for label in record.goldSet where known.contains(label.name) {
        let isBetter =
          best.map {
            soft[index].probability(of: label.name) > soft[index].probability(of: $0)
          } ?? true
        if isBetter { best = label.name }
      }
      return best ?? first(record)
    }
    let truthOfGiven = measured.map { index in
      let record = records[index]
      return record.goldSet.contains { $0.identity == record.given.identity }
        ? record.given.name : first(record)
    }
    func measure(_ rows: [SparseDistribution], _ truth: [Int32]) -> Figures {
      SoftLabels.figures(measured.map { rows[$0] }, truth: truth, classes: classes, clip: clip)
    }
    var ofSoft = measure(soft, truth)
    var ofGiven = measure(given, truthOfGiven)
    let annotated = records.indices.filter { index in
      !records[index].annotations.isEmpty
        && records[index].annotations.allSatisfy { known.contains($0) }
    }
    if !annotated.isEmpty {
      let votes = annotated.map { index in
        var counts: [Int32: Double] = [:]
        for label in records[index].annotations { counts[label, default: 0] += 1 }
        return SparseDistribution(shares: counts.map { ($0.key, $0.value) }).scaled
      }
      func mean(_ rows: [SparseDistribution]) -> Double? {
        zip(annotated, votes).map { SoftLabels.divergence(rows[$0].scaled, $1) }.mean
      }
      ofSoft.add("jsd_annotations", mean(soft))
      ofGiven.add("jsd_annotations", mean(given))
    }
    figures.add("soft", ofSoft)
    figures.add("soft_onehot", ofGiven)
    figures.add("soft_smoothed_oracle_rate", measure(smoothed, truthOfGiven))
  }
}
