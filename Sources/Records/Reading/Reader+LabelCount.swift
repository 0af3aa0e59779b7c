import Assessments

// A member that is different in nearly every record is an id, a text or a number, and no label: nothing can
// be learned of it, and the work would grow with the square of the file.

extension Reader {
  /// Files with fewer different labels are small enough for any work, and may be samples of larger ones.
  static let fewestLabelsChecked = 100
  /// Where there are more different labels than this share of all given ones, most stand alone, and say nothing
  /// about other records. A list gives as many labels as it has.
  static let largestLabelShare = 0.5
  /// The most pairs of a record and a label. A probability is kept for each: 4 bytes, so 2 gigabytes.
  static let mostProbabilities = 500_000_000

  /// Throws where the labels are so many that they cannot be labels, or too many to be assessed.
  func checkLabelCount(of reading: Reading) throws(InputError) {
    var names: Set<ExactText> = []
    var (labelled, given) = (0, 0)
    for record in reading.records where !record.labels.isEmpty || !record.votes.isEmpty {
      labelled += 1
      given += max(record.labels.count, 1)
      for label in record.labels { names.insert(ExactText(label.name)) }
      for vote in record.votes { names.insert(ExactText(vote.label.name)) }
    }
    guard names.count > Self.fewestLabelsChecked else { return }
    guard Double(names.count) <= Self.largestLabelShare * Double(given) else {
      throw InputError(
        file: reading.source.file,
        reason:
          "\(labelMember(of: reading)) has \(names.count) different values in \(labelled) records, "
          + "so it is no label",
        remedy:
          "Name the member that holds the class: --label NAME, or fields: {label: NAME} in rules.")
    }
    let (pairs, overflows) = names.count.multipliedReportingOverflow(by: reading.records.count)
    guard !overflows, pairs <= Self.mostProbabilities else {
      throw InputError(
        file: reading.source.file,
        reason:
          "\(reading.records.count) records with \(names.count) labels are too many to be assessed "
          + "in one file (records times labels: at most \(Self.mostProbabilities))",
        remedy: "Split the file by groups of labels, or name another member with --label.")
    }
  }

  /// The name of the member that holds the labels, in quotes.
  private func labelMember(of reading: Reading) -> String {
    let isVoted = !reading.records.contains { !$0.labels.isEmpty }
    let name =
      isVoted
      ? options.fields.annotations ?? "annotations" : options.fields.label ?? "label"
    return "\"\(name)\""
  }
}
