import Assessments
import Foundation
import Messages

extension RunReport {
  /// What is wrong with the numbers of a report that somebody changed.
  package struct Damage: Error, Sendable, Equatable {
    /// In words, without a full stop.
    package let reason: String
  }

  /// The largest amount of a number in a report, far above any count. Sums of such numbers fit into 64 bits.
  private static let mostOfAnything = 1e12

  /// Members whose values can be whole numbers below 0; counts cannot.
  private static let signed: Set<String> = [
    "utility", "similarity", "log_odds", "alpha", "informativeness", "mean",
  ]

  /// Checks what a page is computed from, so that it never has to doubt a number.
  ///
  /// - Parameter json: the bytes that the report was read from.
  /// - Throws: `Damage`.
  func checkNumbers(of json: Data) throws {
    try Self.checkAmounts(JSONSerialization.jsonObject(with: json), at: [])
    func check(_ share: Double?, _ name: String) throws {
      guard let share, !(0...1).contains(share) else { return }
      throw Damage(reason: "\(name) is \(share), and it must be from 0 to 1")
    }
    try check(errorRate?.estimate, "error_rate.estimate")
    try check(errorRate?.low, "error_rate.low")
    try check(errorRate?.high, "error_rate.high")
    for row in labels { try check(row.meanCredibility, "labels.mean_credibility") }
    try check(credibility?.flagLine, "credibility.flag_line")
    if let credibility { try Self.check(credibility) }
    for (name, groups) in [("map.groups", map?.groups), ("retrieval.scatter", retrieval?.scatter)] {
      guard let group = (groups ?? []).first(where: { !$0.isInPicture }) else { continue }
      throw Damage(
        reason:
          "\(name) has a point outside its picture, such as one of \(EscapedText.plain(group.points, limit: 40))"
      )
    }
  }

  private static func checkAmounts(_ value: Any, at path: [String]) throws {
    switch value {
    case let object as [String: Any]:
      for (key, value) in object.sorted(by: { $0.key < $1.key }) {
        try checkAmounts(value, at: path + [key])
      }
    case let list as [Any]: for value in list { try checkAmounts(value, at: path) }
    case let number as NSNumber:
      let amount = number.doubleValue
      let isSigned = amount != amount.rounded() || !signed.isDisjoint(with: path)
      guard amount.isFinite, abs(amount) <= mostOfAnything, amount >= 0 || isSigned else {
        let place = EscapedText.plain(path.joined(separator: "."), limit: 80)
        throw Damage(reason: "\(place) is \(number), which no run counts")
      }
    default: break
    }
  }

  private static func check(_ facts: CredibilityFacts) throws {
    let labels = facts.kept.reduce(0, +) + facts.flagged.reduce(0, +)
    let rounding = 0.001
    let isOrdered =
      zip([0] + facts.checked, facts.checked).allSatisfy { $0 < $1 }
      && facts.checked.last ?? 0 <= labels
    let isPossible =
      facts.kept.count == facts.flagged.count && (facts.kept + facts.flagged).allSatisfy { $0 >= 0 }
      && facts.checked.count == facts.expectedWrong.count
      && zip(facts.checked, facts.expectedWrong).allSatisfy {
        $1 >= 0 && $1 <= Double($0) + rounding
      }
      && facts.expectedTotal >= 0 && facts.expectedTotal <= Double(labels) + rounding
    guard isOrdered, isPossible else {
      throw Damage(reason: "the numbers under credibility do not fit together")
    }
  }
}

extension PointGroup {
  /// Whether every point is two whole numbers from 0 to `scale`.
  fileprivate var isInPicture: Bool {
    points.split(separator: " ").allSatisfy { point in
      let parts = point.split(separator: ",", omittingEmptySubsequences: false).map { Int($0) }
      return parts.count == 2
        && parts.allSatisfy { $0.map { (0...Self.scale).contains($0) } ?? false }
    }
  }
}
