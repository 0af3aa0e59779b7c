import Decisions
import Records

/// An output with people's decisions in it.
struct AppliedDecisions {
  /// The reading of the output as it was.
  let reading: Reading
  /// The output with the decisions.
  let bytes: [UInt8]
  /// The content of the file that says who decided what, when, and what stood there before: one JSON object
  /// for each decision, in the order of the records. It is a file of decisions itself.
  let journal: [UInt8]
  let counts: (changed: Int, kept: Int, neither: Int)

  var count: Int { counts.changed + counts.kept + counts.neither }

  init(_ matches: [DecisionMatching.Match], to reading: Reading) throws(InputError) {
    self.reading = reading
    let matches = matches.sorted { $0.revision.record < $1.revision.record }
    bytes = try reading.revised(matches.map(\.revision))
    var journal: [UInt8] = []
    var counts = (changed: 0, kept: 0, neither: 0)
    for match in matches {
      let record = reading.records[match.revision.record]
      var decision = match.decision
      decision.line = record.line
      var members = DecisionFile.members(of: decision)
      let before = Decision.Answer(record)
      members.append(("given_in_dataset", DecisionFile.json(before)))
      switch match.revision.outcome {
      case .confirmed:
        counts.kept += 1
        members.append(("set_to", DecisionFile.json(before)))
      case .replaced(let labels):
        counts.changed += 1
        members.append(
          ("set_to", DecisionFile.json(Decision.Answer(labels.map(\.name), of: record))))
      case .unfitting:
        counts.neither += 1
        members.append(("set_to", Array("null".utf8)))
      }
      journal.append(UInt8(ascii: "{"))
      DecisionFile.append(members, to: &journal)
      journal += "}\n".utf8
    }
    self.journal = journal
    self.counts = counts
  }

  /// Undoes the run, and compares the bytes with what undoing gave before.
  ///
  /// - Throws: `Failure` where that would not be the same, so that nothing is written.
  func checkUndoing(rejected: Source?) throws {
    let reverter = Reverter()
    let before = try reverter.revert(output: reading.source, rejected: rejected)
    let written = try Source(file: "output\(reading.outputSuffix)", content: bytes)
    guard try reverter.revert(output: written, rejected: rejected).bytes == before.bytes else {
      throw Failure(
        "\(reading.source.file): decisions cannot be written so that emend revert would give the input back "
          + "byte for byte; convert the input to JSON lines and run emend on that")
    }
  }
}
