import Assessments
import Concurrency
package import Decisions
package import Records

/// The records that people are asked to check, so that what is true of a file is measured.
///
/// Half of them are the most suspect ones that nobody has decided. The others are drawn at random from the
/// rest, in two strata: flagged records and all others. A third of the draws at least goes to the flagged ones,
/// of which there are few, since the share of right proposals is measured on them.
package struct AuditSample: Sendable {
  package struct Entry: Sendable {
    /// The index of the record.
    package let record: Int
    package let sampling: Decision.Sampling

    /// How the record was drawn, without a word that tells whether it is flagged.
    fileprivate var samplingForPeople: Decision.Sampling {
      Decision.Sampling(
        source: sampling.source, probability: sampling.probability,
        stratum: Stratum(name: sampling.stratum)?.letter ?? sampling.stratum, size: sampling.size,
        audit: sampling.audit)
    }
  }

  /// The parts of a file from which an audit is drawn.
  enum Stratum: String, CaseIterable {
    case suspects = "most suspect"
    case flagged
    case others = "not flagged"

    /// The name in files for people, who are not to know which records are flagged.
    var letter: String {
      switch self {
      case .suspects: "A"
      case .flagged: "B"
      case .others: "C"
      }
    }

    init?(name: String) {
      guard let found = Self.allCases.first(where: { [$0.rawValue, $0.letter].contains(name) })
      else { return nil }
      self = found
    }
  }

  /// In random order, so that whoever stops early has decided a random part, and the order tells nothing.
  package let entries: [Entry]

  /// The seed where the user names none.
  package static let defaultSeed: Int = 1
  private static let leastFlaggedShare = 1.0 / 3

  /// - Parameters:
  ///   - records: all annotations of the file, with `results` in the same order.
  ///   - decided: indices of records that people have decided already.
  ///   - count: how many are drawn at random, and how many of the most suspect are taken, half of all records at
  ///     most; at least 1.
  /// - Complexity: O(n log n).
  package init(
    _ records: [Record], results: [AnnotationResult], decided: Set<Int>, count: Int, seed: Int
  ) {
    let queue = Self.drawable(records, results: results).filter { !decided.contains($0) }
    var generator = SplitMix64(seed: UInt64(bitPattern: Int64(seed)))
    // Of a small file no more than half, so that something is left to be drawn.
    let suspects = queue.prefix(min(count, queue.count / 2))
    let rest = queue.dropFirst(suspects.count).sorted()
    let strata = [true, false].map { flag in rest.filter { results[$0].flagged == flag } }
    let wanted = min(count, rest.count)
    let share = rest.isEmpty ? 0 : Double(strata[0].count) / Double(rest.count)
    let flagged = Int((Double(wanted) * max(share, Self.leastFlaggedShare)).rounded())
    let draws = min(strata[0].count, max(flagged, wanted - strata[1].count))
    var entries = suspects.map { index in
      Entry(
        record: index,
        sampling: Decision.Sampling(
          source: .queue, probability: 1, stratum: Stratum.suspects.rawValue,
          size: suspects.count))
    }
    for (stratum, (name, count)) in zip(
      strata, [(Stratum.flagged, draws), (.others, wanted - draws)])
    where count > 0 {
      let sampling = Decision.Sampling(
        source: .random, probability: Double(count) / Double(stratum.count),
        stratum: name.rawValue,
        size: stratum.count)
      var left = stratum
      for place in 0..<count {
        left.swapAt(place, Int.random(in: place..<left.count, using: &generator))
        entries.append(Entry(record: left[place], sampling: sampling))
      }
    }
    entries.shuffle(using: &generator)
    let audit = AuditName(
      decided: decided.count, suspects: suspects.count,
      records: entries.map { "\(records[$0.record].line) \(records[$0.record].contentDigest)" }
    ).text
    self.entries = entries.map { entry in
      let drawn = entry.sampling
      return Entry(
        record: entry.record,
        sampling: Decision.Sampling(
          source: drawn.source, probability: drawn.probability, stratum: drawn.stratum,
          size: drawn.size, audit: audit))
    }
  }

  /// The records that people can be asked about, the most suspect first.
  static func drawable(_ records: [Record], results: [AnnotationResult]) -> [Int] {
    records.indices.filter { index in
      records[index].isLabelled && results[index].credibility != nil && !records[index].isTrusted
    }.sorted { (results[$0].reviewRank ?? .max, $0) < (results[$1].reviewRank ?? .max, $1) }
  }

  /// The file for people to fill in, as JSON lines.
  ///
  /// It shows the text and the given label and no proposal: who sees one tends to agree with it, so that the
  /// share of right proposals would be measured too high.
  package func lines(_ records: [Record]) -> [UInt8] {
    var bytes: [UInt8] = []
    for entry in entries {
      let record = records[entry.record]
      var members: [(name: String, json: [UInt8])] = [
        ("id", DecisionFile.json(record.id)), ("line", Array("\(record.line)".utf8)),
        ("content_sha256", DecisionFile.json(record.contentDigest)),
      ]
      for (name, text) in record.content.namedTexts {
        members.append((name, DecisionFile.json(text)))
      }
      members.append(("given", DecisionFile.json(Decision.Answer(record))))
      for name in Self.blanks { members.append((name, Array("\"\"".utf8))) }
      members.append(("sampled", DecisionFile.json(entry.samplingForPeople)))
      bytes.append(UInt8(ascii: "{"))
      DecisionFile.append(members, to: &bytes)
      bytes += "}\n".utf8
    }
    return bytes
  }

  /// The same as a table for a spreadsheet program, in which no text is a formula.
  package func table(_ records: [Record]) -> [UInt8] {
    let columns = Set(entries.flatMap { records[$0.record].content.namedTexts.map(\.name) })
    let texts = Content.textNames.filter(columns.contains)
    let head =
      ["id", "line"] + texts + ["given"] + Self.blanks
      + [
        "content_sha256", "sampled_from", "sampled_stratum", "sampled_probability", "sampled_of",
        "sampled_audit",
      ]
    // The mark says UTF-8 to spreadsheet programs, which else assume the machine's own character set.
    var bytes: [UInt8] = [0xEF, 0xBB, 0xBF]
    CommaSeparated.append(head, to: &bytes)
    for entry in entries {
      let record = records[entry.record]
      let own = Dictionary(
        uniqueKeysWithValues: record.content.namedTexts.map { ($0.name, $0.text) })
      let given = Decision.Answer(record)
      let sampling = entry.samplingForPeople
      var cells = [SpreadsheetText.guarded(record.id), "\(record.line)"]
      cells += texts.map { SpreadsheetText.neutralised(own[$0] ?? "") }
      switch given {
      case .one(let name)?: cells.append(SpreadsheetText.guarded(name))
      case .several?: cells.append(String(decoding: DecisionFile.json(given), as: UTF8.self))
      case nil: cells.append("")
      }
      cells += Self.blanks.map { _ in "" }
      cells += [
        record.contentDigest, sampling.source.rawValue, sampling.stratum,
        "\(sampling.probability)", "\(sampling.size ?? 0)", sampling.audit,
      ]
      CommaSeparated.append(cells, to: &bytes)
    }
    return bytes
  }

  /// What people fill in.
  private static let blanks = ["decision", "label", "by", "at", "note"]
}
