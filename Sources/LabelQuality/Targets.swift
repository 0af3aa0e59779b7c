/// The given labels of every record, as numbers.
///
/// Labels are the numbers `0..<labelCount`. A record has no label, one label or, where
/// `isMultiLabel`, any number of labels. One flat list holds them all, so that the same sums serve
/// single labels and lists.
package struct Targets: Sendable {
  package let labelCount: Int
  package let isMultiLabel: Bool
  /// `labels[offsets[i] ..< offsets[i + 1]]` are the labels of record `i`.
  package let offsets: [Int32]
  package let labels: [Int32]
  /// The records that were annotated, in order; only these are evidence for others.
  package let annotated: [Int32]
  /// Whether each record is one of `annotated`.
  package let isAnnotated: [Bool]
  /// Share of annotated records that have each label, 0…1; sums to 1, except for multi-label.
  package let frequencies: [Double]

  /// - Parameters:
  ///   - given: the labels of every record, ascending and each once; nil where it was not annotated.
  ///     For multi-label, an empty list is an annotation and differs from nil.
  ///   - labelCount: above every label.
  ///   - isMultiLabel: whether records may have any number of labels.
  package init(given: [[Int32]?], labelCount: Int, isMultiLabel: Bool) {
    self.labelCount = labelCount
    self.isMultiLabel = isMultiLabel
    var offsets: [Int32] = [0]
    var labels: [Int32] = []
    var annotated: [Int32] = []
    var counts = [Double](repeating: 0, count: labelCount)
    for (row, own) in given.enumerated() {
      if let own {
        precondition(isMultiLabel || own.count == 1, "a single-label record has one label")
        precondition(own.allSatisfy { $0 >= 0 && $0 < labelCount })
        precondition(zip(own, own.dropFirst()).allSatisfy(<), "labels ascend, each once")
        annotated.append(Int32(row))
        labels += own
        for label in own { counts[Int(label)] += 1 }
      }
      offsets.append(Int32(labels.count))
    }
    self.offsets = offsets
    self.labels = labels
    self.annotated = annotated
    isAnnotated = given.map { $0 != nil }
    let total = Double(max(annotated.count, 1))
    frequencies = counts.map { $0 / total }
  }

  /// The same records, of which only those where `keeps` is true are annotated.
  package func restricted(to keeps: [Bool]) -> Targets {
    guard keeps.contains(false) else { return self }
    return Targets(
      given: (0..<count).map { isAnnotated[$0] && keeps[$0] ? Array(of($0)) : nil },
      labelCount: labelCount, isMultiLabel: isMultiLabel)
  }

  /// Number of records, annotated or not.
  package var count: Int { offsets.count - 1 }

  /// The one label of a record; nil where it has none or may have several.
  package func single(_ row: Int) -> Int? {
    guard !isMultiLabel, offsets[row] < offsets[row + 1] else { return nil }
    return Int(labels[Int(offsets[row])])
  }

  /// The labels of a record.
  package func of(_ row: Int) -> ArraySlice<Int32> {
    labels[Int(offsets[row])..<Int(offsets[row + 1])]
  }
}
