package import Decisions
package import Records
import Assessments

/// The records of an audit, in the order of its file, with how each was drawn.
package struct AuditOrder: Sendable {
  package let order: [Int]
  package let samplings: [Int: Decision.Sampling]
  /// Lines of the file that are about no record of the output.
  package let foreignCount: Int

  /// - Parameter entries: what `DecisionFile.subjects` gives for the audit.
  package init(_ entries: [Decision], in records: [Record]) {
    var indices: [ExactText: [Int]] = [:]
    for (index, record) in records.enumerated() {
      indices[ExactText(record.id), default: []].append(index)
    }
    var order: [Int] = []
    var samplings: [Int: Decision.Sampling] = [:]
    var seen: Set<Int> = []
    var foreignCount = 0
    for entry in entries {
      let same = (indices[ExactText(entry.id)] ?? []).filter {
        records[$0].contentDigest == entry.contentDigest
      }
      guard let index = same.first(where: { records[$0].line == entry.line }) ?? same.first else {
        foreignCount += 1
        continue
      }
      guard seen.insert(index).inserted else { continue }
      order.append(index)
      samplings[index] = entry.sampling
    }
    self.order = order
    self.samplings = samplings
    self.foreignCount = foreignCount
  }
}
