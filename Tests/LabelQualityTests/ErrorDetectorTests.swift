import Concurrency
import Foundation
import Testing
import Vectors

@testable import LabelQuality

@Suite("Error detector") struct ErrorDetectorTests {
  private func detector(_ records: KnownRecords, threads: Int = 1) -> ErrorDetector {
    let targets = records.data.targets
    let transition = NoiseTransition(
      outOfFold: records.outOfFold, targets: targets, threads: threads)
    return ErrorDetector(
      outOfFold: records.outOfFold, transition: transition,
      posterior: PairPosterior(outOfFold: records.outOfFold, transition: transition),
      targets: targets, threads: threads)
  }

  /// Records of three labels whose probabilities favour one label with a strength that varies; the first
  /// `wrong` of them are given another label.
  private func records(_ count: Int, wrong: Int, seed: UInt64 = 3) throws -> KnownRecords {
    var generator = SplitMix64(seed: seed)
    var rows: [[Float]] = []
    var given: [[Int32]?] = []
    for row in 0..<count {
      let label = row % 3
      var weights = (0..<3).map { _ in Float(exp(generator.gaussian() * 0.5)) }
      weights[label] *= Float(exp(2.5 + generator.gaussian()))
      let total = weights.reduce(0, +)
      rows.append(weights.map { $0 / total })
      given.append([Int32(row < wrong ? (label + 1) % 3 : label)])
    }
    return try KnownRecords(rows, given: given)
  }

  @Test("wrong labels are more suspect than nearly all others")
  func wrongLabelsComeFirst() throws {
    let suspicion = detector(try records(600, wrong: 60)).suspicion
    let order = suspicion.indices.sorted { suspicion[$0] > suspicion[$1] }
    #expect(order.prefix(60).count { $0 < 60 } >= 50)
  }

  @Test("the share of records that look like known errors rises with the share of wrong labels")
  func corruptedShare() throws {
    let shares = try [0, 60, 180].map {
      detector(try records(600, wrong: $0)).corruptedShare
    }
    #expect(shares[0] < Disagreements.leastCorruptedShare)
    #expect(shares[1] > Disagreements.leastCorruptedShare && shares[1] < shares[2])
  }

  @Test("the number of threads changes no bit")
  func threads() throws {
    let some = try records(700, wrong: 70)
    #expect(detector(some, threads: 1).suspicion == detector(some, threads: 3).suspicion)
  }

  @Test("with one label, or one record, or a record without a label, nothing breaks")
  func smallFiles() throws {
    #expect(
      detector(try KnownRecords([[1], [1]], given: [[0], [0]])).suspicion.allSatisfy(\.isFinite))
    #expect(
      detector(try KnownRecords([[0.9, 0.1]], given: [[0]])).suspicion.allSatisfy(\.isFinite))
    let mixed = detector(
      try KnownRecords([[0.9, 0.1], [0.2, 0.8], [0.5, 0.5]], given: [[0], [1], nil]))
    #expect(mixed.suspicion[2].isNaN && mixed.suspicion[0].isFinite)
  }

  @Test(
    "another spelling of the given label is never drawn, and of others the one that has the probability"
  )
  func spellings() throws {
    // Two spellings each of two labels; the second spelling of the second one is the rarer.
    let frequencies = [0.25, 0.25, 0.3, 0.2]
    let similar = try #require(SimilarLabels(keys: ["a", "a", "b", "b"], frequencies: frequencies))
    var generator = SplitMix64(seed: 3)
    var rows: [[Float]] = []
    var given: [[Int32]?] = []
    for _ in 0..<400 {
      let drawn = generator.uniform()
      let own: Int32 = drawn < 0.25 ? 0 : drawn < 0.5 ? 1 : drawn < 0.8 ? 2 : 3
      var row: [Float] = own < 2 ? [0.3, 0.3, 0.2, 0.2] : [0.2, 0.2, 0.3, 0.3]
      similar.gather(&row, from: 0, own: [own])
      rows.append(row)
      given.append([own])
    }
    let records = try KnownRecords(rows, given: given)
    let errors = VirtualErrors(
      outOfFold: records.outOfFold, transition: records.transition, targets: records.data.targets,
      similarLabels: similar, seed: 0, threads: 1)
    let features = LabelFeatures(
      outOfFold: records.outOfFold, transition: records.transition, posterior: records.posterior,
      errors: errors, learned: Array(0..<400), targets: records.data.targets, similar: similar,
      threads: 1)
    // Of all spellings together: else the drawn labels would be told by their commoner spelling.
    let common = features.pairMargin + 3
    let first = Float(log(Double(given.count { ($0?[0] ?? 0) < 2 }) / 400))
    for row in 0..<400 where (given[row]?[0] ?? 0) < 2 {
      #expect(abs(features.given.values[row * features.width + common] - first) < 1e-5)
    }
    for (row, own) in given.enumerated() {
      let expected: Int32 = (own?[0] ?? 0) < 2 ? 2 : 0
      let drawn = errors.labels[row * VirtualErrors.copies..<(row + 1) * VirtualErrors.copies]
      #expect(drawn.allSatisfy { $0 == expected }, "\(row): \(drawn)")
    }
  }

  @Test("what a label's features are does not depend on which records are learned from")
  func featuresOfFewRecords() throws {
    let records = try records(300, wrong: 30)
    let targets = records.data.targets
    let transition = NoiseTransition(outOfFold: records.outOfFold, targets: targets, threads: 1)
    let posterior = PairPosterior(outOfFold: records.outOfFold, transition: transition)
    let errors = VirtualErrors(
      outOfFold: records.outOfFold, transition: transition, targets: targets, seed: 0, threads: 1)
    func features(_ learned: [Int]) -> LabelFeatures {
      LabelFeatures(
        outOfFold: records.outOfFold, transition: transition, posterior: posterior, errors: errors,
        learned: learned, targets: targets, similar: nil, threads: 2)
    }
    let all = features(Array(0..<300))
    let learned = Array(stride(from: 1, to: 300, by: 7))
    let some = features(learned)
    #expect(some.given.values == all.given.values && some.agreement == all.agreement)
    let size = VirtualErrors.copies * all.width
    #expect(some.drawn.count == learned.count * size && all.drawn.values.contains { $0 != 0 })
    for (index, place) in learned.enumerated() {
      #expect(
        Array(some.drawn.values[index * size..<(index + 1) * size])
          == Array(all.drawn.values[place * size..<(place + 1) * size]))
    }
  }

  @Test("a logistic regression separates what a penalty allows")
  func logisticRegression() {
    let features: [Float] = [-2, -1, -0.5, 0.5, 1, 2]
    let fitted = LogisticRegression(
      features: features, width: 1, isPositive: [false, false, true, false, true, true],
      weights: [Double](repeating: 1, count: 6), penalty: 1, threads: 1)
    // The optimum: Σ(p − t)·x + b = 0 and Σ(p − t) = 0.
    let residuals = zip(features, [0.0, 0, 1, 0, 1, 1]).map { value, target in
      sigmoid(fitted.logOdds([value][...])) - target
    }
    let slope = zip(residuals, features).reduce(0) { $0 + $1.0 * Double($1.1) }
    #expect(abs(slope + fitted.coefficients[0]) < 1e-4)
    #expect(abs(residuals.reduce(0, +)) < 1e-4)
  }
}

@Suite("Newton's method") struct NewtonTests {
  @Test("where whole steps lead away from the optimum, shorter ones lead to it")
  func damped() {
    // Separable but for one heavy point far out, and a penalty that hardly holds.
    let features: [Float] = [-40, -39, -38, 38, 39, 40, 60]
    let targets = [0.0, 0, 0, 1, 1, 1, 0]
    let weights = [1.0, 1, 1, 1, 1, 1, 0.01]
    let fitted = LogisticRegression(
      features: features, width: 1, isPositive: targets.map { $0 == 1 }, weights: weights,
      penalty: 1e-6, threads: 1)
    var slope = 1e-6 * fitted.coefficients[0]
    for (index, value) in features.enumerated() {
      slope +=
        weights[index] * (sigmoid(fitted.logOdds([value][...])) - targets[index]) * Double(value)
    }
    #expect(fitted.coefficients[0].isFinite && abs(slope) < 1e-3)
  }
}

@Suite("Spelling") struct SpellingTests {
  @Test("features of one text alone are no columns, however many texts there are")
  func rareFeatures() {
    // Texts of two letters: each word has < a, a >, … of its own, and all share "both".
    let texts = (0..<5000).map { "both w\($0 / 2)x" }
    let matrix = SparseMatrix(spellingOf: texts, extra: [], limit: 1 << 30, threads: 2)
    var counts = [Int](repeating: 0, count: matrix.columns)
    for place in matrix.places { counts[Int(place)] += 1 }
    #expect(counts.allSatisfy { $0 >= 2 })
    #expect(counts.first == 5000)
    // The words of two texts each are there: 2,500 of them, and their pairs.
    #expect(counts.count { $0 == 2 } > 5000)
    let few = SparseMatrix(spellingOf: texts, extra: [], limit: 100, threads: 1)
    #expect(few.columns == 100)
  }

  @Test("rows have unit length, and forms of a word are near")
  func forms() {
    let texts = ["the payment failed", "payments fail often", "a cat sat here", "cats sit there"]
    let matrix = SparseMatrix(spellingOf: texts, extra: [], threads: 2)
    func row(_ index: Int) -> [Int32: Float] {
      let entries = matrix.offsets[index]..<matrix.offsets[index + 1]
      return Dictionary(
        uniqueKeysWithValues: zip(matrix.places[entries], matrix.values[entries]))
    }
    func product(_ first: Int, _ second: Int) -> Float {
      let (left, right) = (row(first), row(second))
      return left.reduce(0) { $0 + $1.value * (right[$1.key] ?? 0) }
    }
    for index in texts.indices { #expect(abs(product(index, index) - 1) < 1e-5) }
    #expect(product(0, 1) > product(0, 3))
    #expect(product(2, 3) > product(1, 2))
  }

  @Test("texts that share nothing have no coordinates")
  func nothingShared() {
    let matrix = SparseMatrix(spellingOf: ["abc", "xyz"], extra: [], threads: 1)
    #expect(matrix.columns == 0 && matrix.rows == 2)
    #expect(
      TruncatedDecomposition(of: matrix, components: 5, seed: 1, threads: 1).axes.columns == 0)
  }

  @Test("the axes keep as much of a matrix of low rank as it has")
  func lowRank() {
    // 40 rows that are sums of three rows over 30 columns.
    var generator = SplitMix64(seed: 5)
    let bases = (0..<3).map { _ in (0..<30).map { _ in Float(generator.gaussian()) } }
    var values: [Float] = []
    for _ in 0..<40 {
      let weights = (0..<3).map { _ in Float(generator.gaussian()) }
      values += (0..<30).map { column in
        (0..<3).reduce(0) { $0 + weights[$1] * bases[$1][column] }
      }
    }
    let matrix = SparseMatrix(
      rows: 40, columns: 30, offsets: (0...40).map { $0 * 30 },
      places: (0..<40).flatMap { _ in (0..<30).map(Int32.init) }, values: values)
    let axes = TruncatedDecomposition(of: matrix, components: 8, seed: 1, threads: 2).axes
    let coordinates = matrix.times(axes, threads: 2)
    for row in 0..<40 {
      var own: Float = 0
      for column in 0..<30 { own += values[row * 30 + column] * values[row * 30 + column] }
      #expect(abs(coordinates.dotProduct(row, row) - own) < 1e-2 * own)
    }
    #expect(matrix.transposed().transposed().values == matrix.values)
  }
}
