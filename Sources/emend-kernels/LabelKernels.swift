import Concurrency
import LabelQuality
import Vectors

extension Kernel {
  /// Signals, and what is learned from known errors.
  static let ofLabels = [
    Kernel("spelling", "60 texts of 12 words to runs of characters with weights") {
      let texts = MadeInput.texts(60, words: 12)
      return {
        let rows = SparseMatrix(
          spellingOf: texts, extra: [[String]](repeating: [], count: texts.count), threads: 1)
        return Double(rows.values[0]) + Double(rows.places.count)
      }
    },
    signal("lexical-signal", "600 texts of 12 words", LexicalSignal(), passes: 1),
    signal("ridge-signal", "600 vectors of 64 numbers", RidgeSignal(), passes: 1),
    signal(
      "neighbourhood-signal", "50 neighbours of 600 records, five times",
      NeighbourhoodSignal(name: "knn50", k: 50), passes: 5),
    // What the detector of errors fits, four times.
    Kernel("logistic-regression", "1,500 rows of 20 features") {
      let (rows, width) = (1_500, 20)
      var generator = MadeInput.numbers(6)
      let isPositive = (0..<rows).map { _ in generator.uniform() < 0.3 }
      let features = (0..<rows * width).map {
        Float(generator.gaussian()) + (isPositive[$0 / width] ? 0.3 : 0)
      }
      let weights = (0..<rows).map { _ in generator.uniform() }
      return {
        LogisticRegression(
          features: features, width: width, isPositive: isPositive, weights: weights, penalty: 10,
          threads: 1
        ).intercept
      }
    },
    Kernel("assessment", "150 records from their signals to decisions") {
      let evidence = try made(records: 150)
      return {
        let assessed = LabelAssessor.assess(
          evidence.data, by: evidence, options: AssessmentOptions(threads: 1))
        return assessed.assessments.reduce(0) { $0 + ($1.credibility ?? 0) }
      }
    },
  ]

  /// Fits a signal and asks it about all records, a few times.
  private static func signal(
    _ name: String, _ work: String, _ signal: any Signal, passes: Int
  ) -> Kernel {
    Kernel(name, work) {
      let evidence = try made(records: 600)
      return {
        var sum: Float = 0
        for _ in 0..<passes {
          let fitted = signal.fitted(to: evidence)
          var block = LabelBlock(labelCount: MadeInput.labelCount)
          for start in stride(from: 0, to: evidence.targets.count, by: 100) {
            fitted.score(start..<start + 100, into: &block)
            sum += block.values[0]
          }
        }
        return Double(sum)
      }
    }
  }

  private static func made(records: Int) throws -> Evidence {
    let data = AnnotatedSet(
      vectors: MadeInput.vectors(records, columns: 64),
      targets: Targets(
        given: MadeInput.givenLabels(records), labelCount: MadeInput.labelCount,
        isMultiLabel: false),
      words: WordFeatures(texts: MadeInput.texts(records, words: 12)),
      trusted: [Bool](repeating: false, count: records), votes: [:], meanings: nil)
    guard
      let evidence = try Evidence(
        of: data, search: ExactNeighbourSearch(threads: 1), threads: 1)
    else { throw UnusableInput.withoutEvidence }
    return evidence
  }
}
