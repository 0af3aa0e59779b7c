import Assessments
package import Records

/// A record that is no query, with its result.
package struct ExportedAnnotation: Sendable {
  /// The record as the input has it.
  package let record: Record
  package let result: AnnotationResult

  package init(record: Record, result: AnnotationResult) {
    self.record = record
    self.result = result
  }

  /// The given labels.
  var given: PlainValue {
    record.isLabelled
      ? .names(record.labels.map(\.name), isList: record.isMultiLabel) : .null
  }

  /// What the given label is to become, or was replaced by; nil where the evidence prefers no other one.
  var proposal: [Label]? {
    switch result.action {
    case .corrected: result.labels
    case .review where record.isMultiLabel: result.proposal
    case .kept, .review, .proposed, .protected: result.proposal.isEmpty ? nil : result.proposal
    }
  }

  /// The cautious share of the proposal (`soft_label`), 0…1; for several labels, the smallest of theirs.
  var proposalShare: Double? {
    proposal?.compactMap { label in
      result.softLabel.first { $0.label == label.name }?.probability
    }.min()
  }

  /// By which a file of decisions finds the record again. Exports of other programs keep these members.
  var identity: [(name: String, value: PlainValue)] {
    [
      ("record_id", .string(record.id)), ("record_line", .integer(record.line)),
      ("content_sha256", .string(record.contentDigest)), ("given", given),
    ]
  }
}

extension [ExportedAnnotation] {
  /// The flagged ones that a person may decide, in the order of review.
  var suspects: [ExportedAnnotation] {
    filter { $0.result.flagged && $0.record.isLabelled && !$0.record.isTrusted }
      .sorted {
        ($0.result.reviewRank ?? .max, $0.record.line)
          < ($1.result.reviewRank ?? .max, $1.record.line)
      }
  }

  /// The names of all labels, given and proposed, in the order of their bytes.
  var labelNames: [String] {
    let names = flatMap { $0.record.labels.map(\.name) + ($0.proposal ?? []).map(\.name) }
    return Set(names).sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
  }
}
