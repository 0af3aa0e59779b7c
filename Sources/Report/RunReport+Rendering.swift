import Assessments
import Messages
package import Foundation

extension RunReport {
  /// The report as JSON, with sorted keys and one newline at the end.
  ///
  /// - Throws: an encoding error, where a number is not finite.
  package func json() throws -> [UInt8] {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
    encoder.keyEncodingStrategy = .convertToSnakeCase
    return Array(try encoder.encode(rounded())) + [UInt8(ascii: "\n")]
  }

  /// Reads a report that `json()` wrote.
  ///
  /// - Throws: a decoding error, where it is not one; `Damage`, where its numbers cannot be those of a run.
  package init(json: Data) throws {
    let decoder = JSONDecoder()
    decoder.keyDecodingStrategy = .convertFromSnakeCase
    self = try decoder.decode(RunReport.self, from: json)
    try checkNumbers(of: json)
  }

  /// The report with every number rounded to four decimals, because further ones are only rounding
  /// noise of the computation.
  package func rounded() -> RunReport {
    func short(_ value: Double) -> Double { (value * 10_000).rounded() / 10_000 }
    var copy = self
    copy.errorRate = errorRate.map {
      ErrorRate(
        estimate: short($0.estimate), low: short($0.low), high: short($0.high), basis: $0.basis)
    }
    copy.witness?.informativeness = witness?.informativeness.map(short)
    copy.witness?.rightShare = witness?.rightShare.map(short)
    copy.comparison?.accuracy = comparison?.accuracy.map(short)
    copy.comparison?.informativeness = comparison?.informativeness.map(short)
    copy.comparison?.rightShare = comparison?.rightShare.map(short)
    copy.comparison?.rightShareLow = comparison?.rightShareLow.map(short)
    copy.retrieval = retrieval?.rounded(short)
    copy.annotators = annotators?.rounded(short)
    copy.rating?.means = rating?.means.mapValues(short) ?? [:]
    for index in labels.indices {
      copy.labels[index].meanCredibility = labels[index].meanCredibility.map(short)
    }
    for index in suspects.indices {
      copy.suspects[index].credibility = short(suspects[index].credibility)
      copy.suspects[index].signals = suspects[index].signals?.mapValues(short)
      for place in (suspects[index].nearest ?? []).indices {
        copy.suspects[index].nearest?[place].similarity =
          short(suspects[index].nearest?[place].similarity ?? 0)
      }
    }
    copy.expectedRight = expectedRight.map(short)
    copy.expectedWrong = expectedWrong.map(short)
    copy.credibility = credibility?.rounded(short)
    copy.utility = utility.map { facts in
      UtilityFacts(
        mean: short(facts.mean), harmful: facts.harmful,
        worst: facts.worst.map {
          HarmfulRow(line: $0.line, id: $0.id, label: $0.label, utility: short($0.utility))
        })
    }
    return copy
  }

  /// What the numbers of records count, in a word.
  package var placeWord: String { (places ?? .line).rawValue }
  package var placeTitle: String { (places ?? .line).title }

  /// The report in a few lines for a terminal.
  ///
  /// - Parameters:
  ///   - paths: the files that were written.
  ///   - seconds: the time that the run took.
  package func summary(paths: [String], seconds: Double) -> String {
    func percent(_ share: Double) -> String {
      // In the same steps as the page, so that both say the same.
      let tenths = Int((share * 1000).rounded())
      return tenths > 0 && tenths < 100
        ? "\(tenths / 10).\(tenths % 10) %" : "\(Int((share * 100).rounded())) %"
    }
    let errorRate = rounded().errorRate
    var lines = [
      "\(input.name): \(String(counting: input.records, "record"))"
        + (input.rejected > 0 ? ", \(input.rejected) rejected" : "")
        + String(format: " (%.1f s)", seconds)
    ]
    lines += outcome.map { "  " + $0 }
    let retrieval = retrieval?.summary()
    for (count, meaning) in retrieval?.rows ?? [] {
      lines.append("  " + padded(count) + "  " + meaning)
    }
    if let errorRate, errorRate.isMeasured, errorRate.low == errorRate.high {
      lines.append(
        "  wrong labels: \(percent(errorRate.estimate)), as people decided about every record")
    } else if let errorRate, errorRate.isMeasured {
      lines.append(
        "  wrong labels: \(percent(errorRate.estimate)), measured on what people decided; between "
          + "\(percent(errorRate.low)) and \(percent(errorRate.high)) with 90 % confidence")
    } else if let errorRate {
      lines.append(
        "  wrong labels: probably \(percent(errorRate.estimate)), and between "
          + "\(percent(errorRate.low)) and \(percent(errorRate.high)) in nine of ten such files"
          + (errorRate.isWide
            ? "; check \(String(counting: auditSize, "random record")) to know: emend run --audit \(auditSize)"
            : ""))
    }
    if let witness { lines.append("  " + witness.explanation) }
    if let comparison { lines.append("  " + comparison.explanation) }
    for sentence in retrieval?.sentences ?? [] { lines.append("  " + sentence) }
    if let annotators { lines.append("  " + annotators.sentence) }
    if let rating { lines.append("  " + rating.sentence) }
    for note in notes { lines.append("  " + note) }
    let suspectPassages = self.retrieval?.suspects.prefix(3) ?? []
    if !suspectPassages.isEmpty { lines.append("  most suspect labels of passages:") }
    for suspect in suspectPassages {
      lines.append(
        "    \(placeWord) \(suspect.line)  \(Self.short(suspect.passage))  \(suspect.label) → \(suspect.proposal ?? suspect.label)  "
          + "\(Self.short(suspect.query)) | \(Self.short(suspect.text))")
    }
    if !suspects.isEmpty {
      lines.append("  most suspect:")
      for suspect in suspects.prefix(3) {
        let proposal = suspect.proposal.map { " → \(Self.short($0))" } ?? ""
        lines.append(
          "    \(placeWord) \(suspect.line)  \(Self.short(suspect.label))\(proposal)  \(Self.short(suspect.text))"
        )
      }
    }
    if let page = paths.first(where: { $0.hasSuffix(Self.pageSuffix) }) {
      lines.append("  Look: \(page)")
    }
    if counts.review > counts.decidedInReview ?? 0, let output = outputPath(in: paths) {
      lines.append("  Decide: emend review \(ShellWord.quoted(output))")
    }
    let others = paths.filter { !$0.hasSuffix(Self.pageSuffix) }
    if !others.isEmpty { lines.append("  results:") }
    for path in others { lines.append("    " + path) }
    return lines.map { EscapedText.plain($0, limit: EscapedText.messageLimit) }
      .joined(separator: "\n")
  }

  /// The output among the files of a run, which names it first; nil where the run wrote none.
  private func outputPath(in paths: [String]) -> String? {
    paths.first.flatMap { path in
      path.hasSuffix(output?.suffix ?? ".jsonl") && !path.hasSuffix(".report.json") ? path : nil
    }
  }

  /// How many of the suspect labels that were not replaced are expected to be wrong, in words; nil where that is
  /// not known.
  package var wordsOfExpectedWrong: String? {
    expectedWrong.map {
      $0 < 0.5 ? "probably right" : "about \(Int($0.rounded())) expected wrong"
    }
  }

  /// How many records an audit should draw at random: 100, or half of a small file, since the other half of an
  /// audit are the most suspect ones.
  package var auditSize: Int {
    max(1, min(100, (counts.kept + counts.corrected + counts.review) / 2))
  }

  /// The ending of the page's name, `NAME.report.html`.
  package static let pageSuffix = ".report.html"

  /// What was done about the labels, in sentences.
  private var outcome: [String] {
    var sentences: [String] = []
    let assessed = counts.kept + counts.corrected + counts.review
    if assessed > 0 {
      var sentence = changes(of: assessed)
      if counts.review > 0 {
        let more = counts.corrected > 0 ? " more" : ""
        let wrong = wordsOfExpectedWrong.map { " (\($0))" } ?? ""
        sentence +=
          counts.review == 1
          ? " 1\(more) is suspect\(wrong) and was not changed."
          : " \(counts.review)\(more) are suspect\(wrong) and were not changed."
      } else if credibility != nil {
        // Without credibilities no label was judged, and nothing is known about them.
        sentence += counts.corrected > 0 ? " No other is suspect." : " None is suspect."
      }
      sentences.append(sentence)
    }
    if counts.proposed > 0 {
      sentences.append(
        "\(String(counting: counts.proposed, "record")) had no label and got a proposal.")
    }
    if counts.protected > 0 {
      let verb = counts.protected == 1 ? "is" : "are"
      sentences.append(
        "\(String(counting: counts.protected, "record")) \(verb) trusted and never changed.")
    }
    return sentences
  }

  private func changes(of assessed: Int) -> String {
    let all = String(counting: assessed, "label")
    guard counts.corrected > 0 else { return "Changed none of \(all)." }
    let right = expectedRight.map { " (about \(Int($0.rounded())) expected right)" } ?? ""
    return "Changed \(counts.corrected) of \(all)\(right)."
  }

  /// Characters of a suspect's text in the summary, so that most lines fit into a terminal.
  private static let excerptWidth = 64

  private static func short(_ text: String) -> String {
    // The bytes are limited first: one character can have megabytes of accents.
    let text = EscapedText.excerpt(text)
    return text.count > excerptWidth ? text.prefix(excerptWidth - 1) + "…" : text
  }

  private func padded(_ count: Int) -> String {
    let digits = String(count)
    return String(repeating: " ", count: max(0, 7 - digits.count)) + digits
  }
}

extension RunReport {
  /// The rounded facts about queries, without the lists and points that are for people.
  private var retrievalInShort: RetrievalFacts? {
    var facts = rounded().retrieval
    facts?.suspects = []
    facts?.perQuery = nil
    facts?.scatter = nil
    return facts
  }

  /// One line of JSON for machines: what was done, which files were written, how long it took.
  ///
  /// - Parameters:
  ///   - paths: the files that were written.
  ///   - seconds: the time that the run took.
  ///   - encoded: number of texts that the encoder read.
  ///   - sent: number of requests with texts that a server took; nil without a server.
  /// - Throws: an encoding error, where a number is not finite.
  package func machineSummary(
    paths: [String], seconds: Double, encoded: Int, sent: Int? = nil
  ) throws -> String {
    struct Line: Encodable {
      let input: String
      let digest: String
      let records: Int
      let rejected: Int
      let counts: Counts
      let errorRate: ErrorRate?
      let witnessOpen: Bool?
      /// Nil where no language model was asked about labels.
      let comparisonOpen: Bool?
      /// Nil where no record is a query; without suspects, single queries and points, which the report lists.
      let retrieval: RetrievalFacts?
      let encodedTexts: Int
      /// Nil without a server.
      let requestsWithTexts: Int?
      let seconds: Double
      let paths: [String]
      let findings: [Finding]?
    }
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    encoder.keyEncodingStrategy = .convertToSnakeCase
    let line = Line(
      input: input.name, digest: input.digest, records: input.records, rejected: input.rejected,
      counts: counts, errorRate: rounded().errorRate, witnessOpen: witness?.open,
      comparisonOpen: comparison?.open,
      retrieval: retrievalInShort,
      encodedTexts: encoded, requestsWithTexts: sent, seconds: (seconds * 1000).rounded() / 1000,
      paths: paths,
      findings: findings)
    return String(decoding: try encoder.encode(line), as: UTF8.self)
  }
}

extension String {
  /// A count with its noun, such as `1 record` and `2 records`.
  ///
  /// - Parameters:
  ///   - many: the plural; nil for `noun` with an s.
  ///   - digits: how the count is written.
  package init(
    counting count: Int, _ noun: String, many: String? = nil,
    digits: (Int) -> String = { String($0) }
  ) {
    self = "\(digits(count)) \(count == 1 ? noun : many ?? noun + "s")"
  }
}

extension ErrorRate {
  /// The widest interval, as a share, 0…1, that is an answer: where it is wider, 100 checked records tell more.
  package static let narrowInterval = 0.1

  package var isWide: Bool { high - low > Self.narrowInterval }
}
