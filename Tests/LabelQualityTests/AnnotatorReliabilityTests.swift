import Concurrency
import Foundation
import Testing

@testable import LabelQuality

/// Agreement and accuracy of annotators.
struct AnnotatorReliabilityTests {
  /// Records with one vote per annotator, in order; −1 where an annotator did not vote.
  func ballots(_ rows: [[Int]], labels: Int) -> Ballots {
    Ballots(
      votes: rows.map { row in
        row.enumerated().filter { $0.element >= 0 }
          .map { Ballots.Vote(annotator: Int32($0.offset), label: Int32($0.element)) }
      }, annotatorCount: rows.map(\.count).max() ?? 0, labelCount: labels)
  }

  @Test func alphaOfAnExampleWorkedByHand() throws {
    // D_o = (4 − 2)/1 = 2 on the second record; D_e = (36 − 9 − 9)/5 = 3.6.
    let alpha = try #require(ballots([[0, 0], [0, 1], [1, 1], [1, -1]], labels: 2).alpha)
    #expect(abs(alpha - (1 - 2 / 3.6)) < 1e-12)
  }

  @Test(
    "alpha is 1 for perfect agreement, and is not defined without two labels or two votes",
    arguments: [
      ([[0, 0], [1, 1]], 1.0), ([[0, 0], [0, 0]], nil), ([[0, -1], [-1, 1]], nil),
    ])
  func alpha(rows: [[Int]], expected: Double?) {
    #expect(ballots(rows, labels: 2).alpha == expected)
  }

  /// Votes of annotators who are right with the given probabilities, and the right labels.
  func simulated(_ accuracies: [Double], records: Int, labels: Int) -> (rows: [[Int]], right: [Int])
  {
    var random = SplitMix64(seed: 7)
    var rows: [[Int]] = []
    var right: [Int] = []
    for _ in 0..<records {
      let truth = Int.random(in: 0..<labels, using: &random)
      right.append(truth)
      rows.append(
        accuracies.map {
          Double.random(in: 0..<1, using: &random) < $0
            ? truth : (truth + Int.random(in: 1..<labels, using: &random)) % labels
        })
    }
    return (rows, right)
  }

  @Test func accuraciesAreFound() {
    let accuracies = [0.95, 0.9, 0.8, 0.6, 0.5]
    let (rows, right) = simulated(accuracies, records: 600, labels: 4)
    let found = AnnotatorReliability(ballots(rows, labels: 4))
    #expect(found.isEstimated)
    for (estimate, truth) in zip(found.accuracies, accuracies) {
      #expect(abs(estimate - truth) < 0.05)
    }
    let hits = zip(found.consensus, right).count { $0 == Int32($1) }
    let majority = zip(rows, right).count { row, right in
      let counts = (0..<4).map { label in row.count { $0 == label } }
      return counts.firstIndex(of: counts.max() ?? 0) == right
    }
    #expect(hits > majority)
  }

  @Test func oneGoodAnnotatorOutweighsTwoBadOnes() {
    let (rows, _) = simulated([0.97, 0.97, 0.97, 0.4, 0.4], records: 300, labels: 4)
    let found = AnnotatorReliability(ballots(rows + [[0, -1, -1, 1, 1]], labels: 4))
    #expect(found.consensus.last == 0)
  }

  @Test func fewVotesEstimateNothing() {
    let found = AnnotatorReliability(ballots([[0, 0, 1], [1, 1, -1]], labels: 2))
    #expect(!found.isEstimated)
    #expect(found.accuracies == [0.8, 0.8, 0.8])
    #expect(found.consensus == [0, 1])
    #expect(found.agreements == [1, 1, 0])
    #expect(found.voteCounts == [2, 2, 1])
  }

  @Test func scoresAreLogOddsOfTheVoters() {
    let found = AnnotatorReliability(ballots([[0, 0, 1]], labels: 3))
    let scores = found.scores(of: [.init(annotator: 0, label: 2), .init(annotator: 1, label: 2)])
    #expect(scores.count == 1 && scores[0].label == 2)
    // Twice log(.8 · 2/.2).
    #expect(abs(scores[0].score - 2 * log(8)) < 1e-12)
    #expect(AnnotatorReliability.gain(0.2, labelCount: 3) == 0)
  }
}
