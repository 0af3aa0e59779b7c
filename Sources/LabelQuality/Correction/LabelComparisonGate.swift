import Concurrency

/// Decides by a language model's answers whether `auto` may change labels, and which ones.
///
/// The model is asked which of two labels fits a record, and never which one the record has. It is asked
/// about a sample of the disagreements between out-of-fold probabilities and labels, and about records on
/// which both agree, with the same pairs of labels. These show how often the model picks the right label of
/// a pair; with that, its answers about the disagreements show how often the given label is wrong. The gate
/// opens by the same statistics as `LabelNameGate`; docs/METHODS.md, section 2. Where no answer could open
/// it, the model is not asked.
package struct LabelComparisonGate: Sendable {
  /// How many questions the model was asked.
  package private(set) var questionCount: Int
  /// How many of them it did not answer.
  package private(set) var unansweredCount: Int
  /// About how many of the records on which probabilities and labels agree it answered.
  package let agreementCount: Int
  /// About how many disagreements it answered, to estimate the numbers below.
  package let disagreementCount: Int
  /// How many disagreements the file has.
  package let allDisagreements: Int
  /// Share of the answers about agreements that are right, 0…1; nil without an answer.
  package let accuracy: Double?
  /// As `LabelNameGate.informativeness`, 0…1.
  package let informativeness: Double
  /// As `LabelNameGate.rightShare`, 0…1.
  package let rightShare: Double?
  /// `PreferenceStatistics.rightShareLow`, 0…1.
  package let rightShareLow: Double?
  /// Whether probabilities and labels differ on more than half of the records, so that the probabilities fail.
  package let disputesMost: Bool
  /// Whether the disagreements look like wrong labels, and not only like records that are hard to predict.
  package let disagreementsLookWrong: Bool
  /// The records for which the model prefers the likeliest label, of those that may be changed.
  private var supported: Set<Int32>
  /// The disagreements in which the model prefers the given label.
  private var contradicted: Set<Int32>

  /// Of the questions, this part goes to the sample of disagreements, and as much to agreements. What is
  /// left is for the records that can be changed, once the gate is open: so a gate that stays shut costs
  /// half of the questions.
  static let samplePart = 4
  /// A sample of this size tells r within about .1, more would only cost time.
  static let largestSample = 150
  /// With fewer agreements that were answered, the model's accuracy is not known.
  package static let fewestAgreements = 20
  /// The least bound of r: above it, most changes correct a label, also if the sample was a lucky one.
  package static let leastRightShareLow = 0.5
  /// α of a pair of labels and the model's bias between them count this many answers of the whole file, so
  /// that a pair with two answers says little by itself. In simulations, 5 and 20 did as well
  /// (docs/EXPERIMENTS.md).
  static let sharedAnswers = 10.0

  package var isOpen: Bool { modelAgrees && disagreementsLookWrong }

  /// Whether enough was answered to test the model.
  package var isTested: Bool {
    disagreementCount >= LabelNameGate.fewestDisagreements
      && agreementCount >= Self.fewestAgreements
  }

  /// Whether the model tells the labels apart, and prefers the likeliest label in the disagreements.
  package var modelAgrees: Bool {
    isTested && informativeness >= LabelNameGate.openFrom
      && (rightShare ?? 0) >= LabelNameGate.leastRightShare
      && (rightShareLow ?? 0) >= Self.leastRightShareLow
  }

  /// The records whose labels `auto` changes by this gate and that of the label names.
  ///
  /// Where one of them is open, its changes. Where both are, the names' changes, except those that the model
  /// was asked about and speaks against: it makes other mistakes than the names, so a change that both
  /// support is right more often. A gate that is shut has no say.
  package func changes(beside names: LabelNameGate?) -> [Int32] {
    guard let names, names.isOpen else { return isOpen ? supported.sorted() : [] }
    return isOpen ? names.changes.filter { !contradicted.contains($0) } : names.changes
  }

  /// Whether the model supports the change of this record's label.
  package func supports(_ row: Int32) -> Bool { isOpen && supported.contains(row) }

  /// Asks the model, first about the sample, and, if that opens the gate, about the records that can be
  /// changed.
  ///
  /// - Parameters:
  ///   - mayChange: whether `auto` may change a record's label at all.
  ///   - names: nil where the names of the labels cannot be compared.
  /// - Complexity: at most `comparison.mostQuestions` questions.
  init(
    _ found: Disagreements, comparison: LabelComparison, names: LabelNameGate?,
    mayChange: (Int32) -> Bool
  ) {
    let size =
      found.canLookWrong && found.differing.count >= LabelNameGate.fewestDisagreements
      ? min(Self.largestSample, comparison.mostQuestions / Self.samplePart, found.differing.count)
      : 0
    let sample = (0..<size).map { $0 * found.differing.count / size }
    let agreements = Self.agreements(for: sample.map { found.differing[$0] }, in: found)
    let asked = sample.map { found.question(found.differing[$0]) }
    let answers =
      size == 0 ? [] : comparison.comparer.answers(to: agreements.map(\.question) + asked)
    precondition(answers.count == agreements.count + asked.count, "an answer or nil for each")
    var answered: [(agreement: Agreement, difference: Double)] = []
    for (agreement, answer) in zip(agreements, answers) {
      if let answer, answer.isFinite { answered.append((agreement, answer)) }
    }
    let reliability = PairReliability(answered)
    var preferences: [PreferenceStatistics.Preference] = []
    var supported: Set<Int32> = []
    var contradicted: Set<Int32> = []
    var unanswered = agreements.count - answered.count
    func take(_ place: Int, _ answer: Double?) -> Bool? {
      let pair = found.differing[place]
      guard let answer, answer.isFinite else {
        unanswered += 1
        return nil
      }
      let row = found.rows[pair.position]
      let isForLikeliest = reliability.prefers(pair.likeliest, to: pair.given, by: answer)
      if !isForLikeliest {
        contradicted.insert(row)
      } else if pair.canChange, mayChange(row) {
        supported.insert(row)
      }
      return isForLikeliest
    }
    for (place, answer) in zip(sample, answers[agreements.count...]) {
      let pair = found.differing[place]
      guard let isForLikeliest = take(place, answer) else { continue }
      preferences.append(
        PreferenceStatistics.Preference(
          ifRight: reliability.share(right: pair.likeliest, rival: pair.given),
          ifWrong: 1 - reliability.share(right: pair.given, rival: pair.likeliest),
          isForLikeliest: isForLikeliest))
    }
    let statistics = PreferenceStatistics(
      preferences, shareVariance: reliability.overallVariance)
    agreementCount = answered.count
    disagreementCount = preferences.count
    allDisagreements = found.differing.count
    accuracy = reliability.accuracy
    informativeness = statistics.informativeness
    rightShare = statistics.rightShare
    rightShareLow = statistics.rightShareLow
    // An estimate from a sample counts by its lower bound.
    disagreementsLookWrong =
      found.canLookWrong && found.lookWrong(rightShare: statistics.rightShareLow ?? 0)
    disputesMost = found.share > Disagreements.largestShare
    self.supported = supported
    self.contradicted = contradicted
    questionCount = agreements.count + asked.count
    unansweredCount = unanswered
    guard isOpen else { return }

    let left = max(0, comparison.mostQuestions - questionCount)
    let isInSample = Set(sample)
    let changedByNames = names.map { Set($0.isOpen ? $0.changes : []) } ?? []
    let candidates = found.differing.indices.filter { place in
      let row = found.rows[found.differing[place].position]
      return found.differing[place].canChange && !isInSample.contains(place) && mayChange(row)
        && (names?.isOpen != true || changedByNames.contains(row))
    }.prefix(left)
    let more = comparison.comparer.answers(
      to: candidates.map { found.question(found.differing[$0]) })
    precondition(more.count == candidates.count, "an answer or nil for each")
    for (place, answer) in zip(candidates, more) { _ = take(place, answer) }
    self.supported = supported
    self.contradicted = contradicted
    questionCount += candidates.count
    unansweredCount = unanswered
  }

  /// A record on which probabilities and label agree, and another label with which it is compared.
  struct Agreement {
    let label: Int
    let rival: Int
    let question: LabelQuestion
  }

  /// One agreement for each sampled disagreement, about the same two labels: in turn a record that has the
  /// likeliest label, and one that has the given label. Where one label has no such record left, the other
  /// one's is taken.
  private static func agreements(
    for sample: [Disagreements.Pair], in found: Disagreements
  ) -> [Agreement] {
    var left: [Int: [Int]] = [:]
    var isTurned: [LabelPair: Bool] = [:]
    var agreements: [Agreement] = []
    func next(_ label: Int) -> Int? {
      var places = left[label] ?? []
      if left[label] == nil {
        // In a random order, so that every sample is of the whole half.
        var generator = SplitMix64(seed: UInt64(label))
        places = found.lessCertainAgreements(of: label).shuffled(using: &generator)
      }
      let place = places.popLast()
      left[label] = places
      return place
    }
    for pair in sample {
      let key = LabelPair(pair.likeliest, pair.given)
      let isTurn = isTurned[key, default: false]
      isTurned[key] = !isTurn
      let order = isTurn ? [pair.given, pair.likeliest] : [pair.likeliest, pair.given]
      for (label, rival) in zip(order, order.reversed()) {
        guard let place = next(label) else { continue }
        agreements.append(
          Agreement(
            label: label, rival: rival,
            question: LabelQuestion(row: found.rows[place], label, rival)))
        break
      }
    }
    return agreements
  }
}

/// Two labels, whichever comes first.
private struct LabelPair: Hashable {
  let first: Int
  let second: Int

  init(_ label: Int, _ other: Int) {
    first = min(label, other)
    second = max(label, other)
  }
}

/// How well a model picks the right one of two labels, measured on records whose label is undisputed.
private struct PairReliability {
  /// By pair, how much the model prefers the first label to the second one, whatever the record says.
  private var bias: [LabelPair: Double] = [:]
  /// By label and rival: how many answers there are, and how many are right.
  private var counts: [[Int]: (all: Double, right: Double)] = [:]
  /// α over all answers, add-one smoothed.
  private var overall = 0.5
  /// The variance of `overall`.
  private(set) var overallVariance = 0.0
  /// Share of right answers; nil without an answer.
  private(set) var accuracy: Double?

  init(_ answered: [(agreement: LabelComparisonGate.Agreement, difference: Double)]) {
    var sums: [LabelPair: [Double]] = [:]
    for (agreement, difference) in answered {
      let pair = LabelPair(agreement.label, agreement.rival)
      let side = agreement.label == pair.first ? 0 : 2
      var sum = sums[pair] ?? [0, 0, 0, 0]
      sum[side] += 1
      sum[side + 1] += difference
      sums[pair] = sum
    }
    for (pair, sum) in sums where sum[0] > 0 && sum[2] > 0 {
      // The middle between the records of both labels, drawn to 0 where they are few.
      let answers = 2 * min(sum[0], sum[2])
      bias[pair] =
        (sum[1] / sum[0] + sum[3] / sum[2]) / 2
        * answers / (answers + LabelComparisonGate.sharedAnswers)
    }
    var right = 0.0
    for (agreement, difference) in answered {
      let isRight = prefers(agreement.label, to: agreement.rival, by: difference)
      counts[[agreement.label, agreement.rival], default: (0, 0)].all += 1
      if isRight {
        counts[[agreement.label, agreement.rival], default: (0, 0)].right += 1
        right += 1
      }
    }
    overall = (right + 1) / Double(answered.count + 2)
    overallVariance = overall * (1 - overall) / Double(max(answered.count, 1))
    accuracy = answered.isEmpty ? nil : right / Double(answered.count)
  }

  /// Whether an answer prefers `label` to `other`, less the model's bias between the two.
  func prefers(_ label: Int, to other: Int, by difference: Double) -> Bool {
    let pair = LabelPair(label, other)
    let rest = difference - (bias[pair] ?? 0)
    return label == pair.first ? rest > 0 : rest < 0
  }

  /// α: how often the model prefers the right label to its rival.
  func share(right label: Int, rival: Int) -> Double {
    let count = counts[[label, rival]] ?? (0, 0)
    let shared = LabelComparisonGate.sharedAnswers
    return (count.right + shared * overall) / (count.all + shared)
  }
}

extension Disagreements {
  fileprivate func question(_ pair: Pair) -> LabelQuestion {
    LabelQuestion(row: rows[pair.position], pair.likeliest, pair.given)
  }
}
