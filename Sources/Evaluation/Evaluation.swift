// Evaluation owns the figures that compare an output with gold labels: how well wrong labels are found,
// what corrections gain, how good soft labels are, and how well passages are ranked. It knows nothing of
// files, of JSON, or of how emend finds its results, so that it can measure the output of any tool.

/// A label as a number.
package struct EvaluatedLabel: Sendable, Hashable {
  /// Equal for equal labels. The text `1` and the number 1 are different labels.
  package let identity: Int32
  /// The number of the label's name. Labels with the same name are one class of soft labels; the numbers
  /// ascend with the names in the order of their code points.
  package let name: Int32
  /// Whether it stands for no label.
  package let isNone: Bool

  package init(identity: Int32, name: Int32, isNone: Bool = false) {
    self.identity = identity
    self.name = name
    self.isNone = isNone
  }
}

/// Named figures in the order in which they are printed.
package struct Figures: Sendable {
  package enum Value: Sendable {
    case text(String)
    case count(Int)
    /// Nil where the figure is not defined, such as a mean of nothing.
    case number(Double?)
    case group(Figures)
  }

  package private(set) var members: [(name: String, value: Value)] = []

  package init() {}

  package mutating func add(_ name: String, _ count: Int) { members.append((name, .count(count))) }

  package mutating func add(_ name: String, _ number: Double?) {
    members.append((name, .number(number.flatMap { $0.isFinite ? $0 : nil })))
  }

  package mutating func add(_ name: String, text: String) { members.append((name, .text(text))) }

  package mutating func add(_ name: String, _ group: Figures) {
    members.append((name, .group(group)))
  }

  /// Adds the figures of others behind these.
  package mutating func add(all others: Figures) { members += others.members }

  package subscript(name: String) -> Value? { members.first { $0.name == name }?.value }

  /// The number or count at the end of a path of names; nil where there is none.
  package func number(_ path: String...) -> Double? {
    var value: Value? = .group(self)
    for name in path {
      guard case .group(let group)? = value else { return nil }
      value = group[name]
    }
    switch value {
    case .count(let count)?: return Double(count)
    case .number(let number)?: return number
    default: return nil
    }
  }
}

extension Sequence<Double> {
  /// The mean; nil of nothing.
  var mean: Double? {
    var (sum, count) = (0.0, 0)
    for value in self {
      sum += value
      count += 1
    }
    return count > 0 ? sum / Double(count) : nil
  }
}

/// `numerator / denominator`; 0 where the denominator is 0.
func ratio(_ numerator: Int, _ denominator: Int) -> Double {
  denominator == 0 ? 0 : Double(numerator) / Double(denominator)
}
