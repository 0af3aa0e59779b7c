/// Labels that are probably one label in several spellings, with a capital letter and without.
///
/// They stay different labels in a file, and evidence for one of them is evidence for all: otherwise a right
/// label would be flagged for its spelling.
package struct SimilarLabels: Sendable {
  /// The number of each label's group.
  private let groups: [Int32]
  /// The groups with at least two labels; within a group the commonest label is first.
  private let members: [[Int32]]

  /// - Parameters:
  ///   - keys: one per label; labels with the same key are similar.
  ///   - frequencies: how common each label is.
  /// - Returns: nil where no two keys are the same.
  package init?(keys: [String], frequencies: [Double]) {
    precondition(keys.count == frequencies.count)
    var numbers: [String: Int32] = [:]
    var groups: [Int32] = []
    var members: [[Int32]] = []
    for (label, key) in keys.enumerated() {
      let number = numbers[key] ?? Int32(members.count)
      if Int(number) == members.count {
        numbers[key] = number
        members.append([])
      }
      groups.append(number)
      members[Int(number)].append(Int32(label))
    }
    guard members.count < keys.count else { return nil }
    self.groups = groups
    self.members = members.filter { $0.count > 1 }.map { labels in
      labels.sorted {
        (frequencies[Int($0)], $1) > (frequencies[Int($1)], $0)
      }
    }
  }

  /// Whether all labels are spellings of one.
  package var isOneLabel: Bool { groups.allSatisfy { $0 == groups[0] } }

  /// Whether two labels are the same or similar.
  package func areSimilar(_ first: Int, _ second: Int) -> Bool { groups[first] == groups[second] }

  /// The spelling of `label` for a record that was given `own`: one of the record's own labels where that is
  /// similar, else the commonest spelling.
  package func spelling(of label: Int32, own: some Sequence<Int32>) -> Int32 {
    own.first { groups[Int($0)] == groups[Int(label)] }
      ?? members.first { $0.contains(label) }?[0] ?? label
  }

  /// For each label the sum over the labels that are similar to it, itself among them.
  ///
  /// - Parameter values: one number per label.
  package func together(_ values: [Double]) -> [Double] {
    var sums = values
    for labels in members {
      let sum = labels.reduce(0) { $0 + values[Int($1)] }
      for label in labels { sums[Int(label)] = sum }
    }
    return sums
  }

  /// Gives the probabilities of similar labels to one of them: to the record's own, else to the commonest.
  ///
  /// - Parameter start: the place in `values` of the record's first label.
  func gather(_ values: inout [Float], from start: Int, own: ArraySlice<Int32>) {
    for labels in members {
      let target = labels.first { own.contains($0) } ?? labels[0]
      var sum: Float = 0
      for label in labels {
        sum += values[start + Int(label)]
        values[start + Int(label)] = 0
      }
      values[start + Int(target)] = min(sum, 1)
    }
  }
}
