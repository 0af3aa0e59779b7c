package import Concurrency
import Foundation
package import Records
import Assessments

/// Checks the properties that hold for any bytes.
package struct Oracle {
  /// The number of files that were checked, for the summary, as are the next four.
  package private(set) var files = 0
  package private(set) var refused = 0
  package private(set) var records = 0
  package private(set) var rejected = 0
  /// The passages of the queries among the records.
  package private(set) var passages = 0
  /// Files that are not JSON lines.
  package private(set) var containers = 0
  /// Those of them that a run refuses, since undoing it would not be exact.
  package private(set) var unwritable = 0
  /// Lines that only one of Foundation's reader and ours accepts, and which one; known differences are left
  /// out.
  package private(set) var disagreements: Set<String> = []

  /// The output for the file that was checked last. Damaged, it makes a good next file.
  package private(set) var lastOutput: [UInt8] = []

  package init() {}

  /// Reads a file, writes it, reverts the output, and reads the output again.
  ///
  /// - Returns: the properties that do not hold; empty where all do.
  package mutating func check(_ bytes: [UInt8], seed: UInt64) -> [String] {
    files += 1
    lastOutput = []
    let source: Source
    let reading: Reading
    let reader = Self.reader(seed: seed)
    do throws(InputError) {
      source = try Source(file: "fuzz.jsonl", content: bytes)
      reading = try reader.read(source)
    } catch {
      refused += 1
      return error.reason.isEmpty || error.remedy.isEmpty ? ["an error without remedy"] : []
    }
    records += reading.records.count
    rejected += reading.rejections.count
    for record in reading.records {
      guard case .retrieval(let retrieval) = record.content else { continue }
      passages += retrieval.passages.count
    }
    var problems: [String] = []
    func expect(_ holds: Bool, _ what: String) { if !holds { problems.append(what) } }
    let blank = reading.format.blankLines
    expect(
      reading.records.count + reading.rejections.count + blank == reading.format.lines,
      "a line is neither record nor rejected nor blank")
    for rejection in reading.rejections {
      expect(
        !rejection.reason.isEmpty && !rejection.remedy.isEmpty && rejection.column > 0
          && rejection.byte >= 0 && rejection.byte <= source.bytes.count,
        "a rejection without place or remedy")
    }
    if !reading.isRevised {
      expect(reading.restored == source.bytes, "lines do not add up to the input")
    }
    // A run refuses a file without a usable record.
    if reading.records.isEmpty, reading.containerKind != .lines { return problems }
    var random = SplitMix64(seed: seed)
    let results = reading.records.map { Self.result($0, &random) }
    let output = reading.output(results)
    lastOutput = output
    let aside = reading.rejectedOutput()
    if reading.containerKind != .lines, (try? reading.checkUndoing(output, aside)) == nil {
      unwritable += 1
      return problems
    }
    do throws(InputError) {
      let written = try Source(file: "out.jsonl", content: output)
      let rejected = try Source(file: "rejected.jsonl", content: aside)
      let reverted = try Reverter().revert(output: written, rejected: rejected)
      expect(reverted.bytes == reading.restored, "reverting does not give the input")
      expect(reverted.editedLines.isEmpty, "reverting takes our own label for an edit")
      if !reading.records.isEmpty {
        let again = try reader.read(written)
        // In columns a record stays where it is, even if it cannot be used.
        let stay = reading.containerKind == .columns ? reading.rejections.count : 0
        expect(again.rejections.count == stay, "our own output is rejected")
        expect(again.output(results) == output, "running on the output gives other bytes")
        expect(
          again.records.map(\.labels) == reading.records.map(\.labels), "labels are not undone")
        expect(
          again.records.map(\.content) == reading.records.map(\.content),
          "the output says something else")
      }
    } catch {
      problems.append("our own output is refused: \(error)")
    }
    // What follows is about lines.
    guard reading.containerKind == .lines else {
      containers += 1
      return problems
    }
    compareWithFoundation(source.bytes, reading)
    for line in output.split(separator: 10) where !line.allSatisfy({ $0 <= 32 }) {
      expect(
        Self.sumsToOne(line),
        "the output is not JSON, or a soft label does not sum to 1")
    }
    return problems
  }

  /// A reader with a mapping for every fourth file, and without one for the others. Undoing a run must work
  /// without the mapping.
  private static func reader(seed: UInt64) -> Reader {
    var options = ReadingOptions()
    if seed % 4 == 0 { options.fields.passages = Generator.mappedPassages }
    return Reader(options: options)
  }

  /// A random result for a record that uses every member, with names that need escapes.
  package static func result(_ record: Record, _ random: inout SplitMix64) -> RecordResult {
    guard case .retrieval(let retrieval) = record.content else {
      return .annotation(annotation(record, &random))
    }
    return .retrieval(Self.retrieval(retrieval, &random))
  }

  private static func annotation(_ record: Record, _ random: inout SplitMix64) -> AnnotationResult {
    let other = Label(name: "new \"é\"\n", token: "\"new \\\"é\\\"\\n\"")
    let actions: [LabelAction] = [.kept, .corrected, .review, .protected]
    let action = record.isLabelled ? random.pick(actions) : .proposed
    var soft: [(label: String, probability: Double)] = []
    for index in 0..<random.below(6) {
      soft.append(("l\(index)\u{1}", Double(1 + random.below(1000))))
    }
    let total = soft.reduce(0) { $0 + $1.probability }
    soft = soft.map { ($0.label, $0.probability / total) }
    return AnnotationResult(
      credibility: record.isLabelled ? Double(random.below(10_001)) / 10_000 : nil,
      flagged: random.chance(50),
      reviewRank: random.chance(50) ? random.below(1000) + 1 : nil, action: action,
      labels: action == .corrected ? [other] : record.labels,
      proposal: action == .review || action == .proposed ? [other] : [], softLabel: soft,
      weight: Double(random.below(1000)) / 1000,
      utility: record.isLabelled ? Double(random.below(2000)) / 100 - 5 : nil,
      neighbours: [.init(id: "r\"\\", label: "\u{0}", similarity: -0.00004)],
      signals: [("knn10", 0.5), ("ridge", 1)], truncated: random.chance(20),
      reason: random.chance(30) ? "out-voted 3 to 1" : nil)
  }

  private static func retrieval(
    _ retrieval: Retrieval, _ random: inout SplitMix64
  ) -> QueryResult {
    let passages = retrieval.passages.map { passage in
      let isLabelled = passage.grade != nil
      return QueryResult.PassageResult(
        relevance: Double(random.below(10_001)) / 10_000,
        utility: Double(random.below(10_001)) / 10_000, useful: random.chance(50),
        credibility: isLabelled ? Double(random.below(10_001)) / 10_000 : nil,
        flagged: random.chance(50), grade: passage.grade ?? random.below(2),
        proposal: random.chance(30) ? random.below(5) : nil, hardNegative: random.chance(50),
        easyNegative: random.chance(50),
        falseNegative: random.chance(50), signals: [("dense\"", -12.5), ("lexical", 1234.56789)],
        truncated: random.chance(20))
    }
    let weights = retrieval.passages.map { _ in Double(random.below(3)) }
    let total = weights.reduce(0, +)
    let soft = zip(retrieval.passages, weights).map { ($0.id, $1 / total) }
    let answer = random.chance(50) ? "an \"é\"\n" : nil
    return QueryResult(
      passages: passages, answer: answer, answerSource: answer.map { _ in "extracted" },
      scorer: "likelihood\t", softLabel: total > 0 ? soft : [],
      reason: random.chance(30) ? "no \"answer\"" : nil)
  }

  private static func sumsToOne(_ line: ArraySlice<UInt8>) -> Bool {
    var data = Data(line)
    if data.starts(with: [0xEF, 0xBB, 0xBF]) { data.removeFirst(3) }
    // Foundation refuses half surrogate pairs and very deep nesting, so such lines are not checked.
    guard isComparable(line) else { return true }
    guard let object = try? JSONSerialization.jsonObject(with: data) as? [String: Any],
      let member = object["emend"] as? [String: Any],
      let soft = member["soft_label"] as? [String: Double]
    else { return false }
    if soft.isEmpty || member["label"] is [Any] { return true }
    return soft.values.reduce(0) { $0 + Int(($1 * 10_000).rounded()) } == 10_000
  }

  private mutating func compareWithFoundation(_ bytes: [UInt8], _ reading: Reading) {
    let rejected = Dictionary(
      reading.rejections.map { ($0.line, $0) }, uniquingKeysWith: { first, _ in first })
    let hasMark = reading.format.hasByteOrderMark
    for (index, line) in bytes.split(separator: 10, omittingEmptySubsequences: false).enumerated() {
      let content = index == 0 && hasMark ? line.dropFirst(3) : line
      guard !content.allSatisfy({ [32, 13, 9].contains($0) }), Self.isComparable(content)
      else { continue }
      let theirs = (try? JSONSerialization.jsonObject(with: Data(content))) != nil
      // Our reader also rejects lines that are JSON, because of their content. Only rejections for syntax
      // can be compared.
      let rejection = rejected[index + 1]
      if rejection == nil, !theirs {
        note("only we take: \(String(decoding: content, as: UTF8.self))")
      } else if let rejection, theirs, Self.isAboutSyntax(rejection.reason) {
        note(
          "only Foundation takes (\(rejection.reason)): \(String(decoding: content, as: UTF8.self))"
        )
      }
    }
  }

  private mutating func note(_ disagreement: String) {
    if disagreements.count < 1000 { disagreements.insert(disagreement) }
  }

  private static func isAboutSyntax(_ reason: String) -> Bool {
    [
      " expected,", "the line ends", "UTF-8", "control character", "NUL byte", "raw tab",
      "backslash", "a number that", "bare word",
    ].contains { reason.contains($0) } && !reason.contains("JSON object expected")
      // Foundation accepts a comma before a closing bracket.
      && !reason.hasSuffix("'}' found") && !reason.hasSuffix("']' found")
  }

  private static func isComparable(_ line: ArraySlice<UInt8>) -> Bool {
    let text = String(decoding: line, as: UTF8.self).lowercased()
    return !text.contains("\\ud") && !hasLargeExponent(line) && line.count < 10_000
      && !line.starts(with: [0xEF, 0xBB, 0xBF])
  }

  /// Whether a number may be too large for a double; Foundation refuses such a number.
  private static func hasLargeExponent(_ line: ArraySlice<UInt8>) -> Bool {
    var digits = -1  // digits of an exponent; −1 outside one
    for byte in line {
      switch byte {
      case UInt8(ascii: "e"), UInt8(ascii: "E"): digits = 0
      case UInt8(ascii: "+"), UInt8(ascii: "-"): if digits > 0 { digits = -1 }
      case UInt8(ascii: "0")...UInt8(ascii: "9"):
        if digits >= 0 { digits += 1 }
        if digits > 2 { return true }
      default: digits = -1
      }
    }
    return false
  }
}
