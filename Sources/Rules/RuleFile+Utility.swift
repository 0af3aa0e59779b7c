import Yams

// The key `utility`.

extension RuleFile {
  private static let utilityKeys = [
    "scorer", "model", "scale", "positive_from",
  ]

  mutating func utility(_ node: Node) -> UtilityRules {
    var utility = UtilityRules()
    guard let entries = entries(node, "utility", Self.utilityKeys) else { return utility }
    var positiveFrom: (value: Int, node: Node)?
    for (key, value) in entries where !isNull(value) {
      switch key {
      case "scorer":
        if let scorer: UtilityRules.Scorer = choice(value, key) { utility.scorer = scorer }
      case "model": utility.model = string(value, key)
      case "scale": utility.scale = whole(value, key, in: 1...1000) ?? utility.scale
      default: positiveFrom = whole(value, key, in: 1...1000).map { ($0, value) }
      }
    }
    if let positiveFrom {
      utility.positiveFrom = positiveFrom.value
      if positiveFrom.value > utility.scale {
        problem(
          positiveFrom.node.mark,
          "positive_from is above the scale, which ends at \(utility.scale)",
          "Lower it, or raise scale.")
      }
    }
    return utility
  }

  private mutating func whole(_ node: Node, _ key: String, in range: ClosedRange<Int>) -> Int? {
    guard let number = node.scalar.flatMap({ Int($0.string) }), range.contains(number) else {
      problem(
        node.mark, "\(key) is not a whole number from \(range.lowerBound) to \(range.upperBound)",
        "Write it in digits, without quotes.")
      return nil
    }
    return number
  }
}
