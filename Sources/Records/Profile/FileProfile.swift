package import Assessments

/// What a file contains, as far as it can be told before anything is encoded: which members its lines have,
/// how its labels are read, and what is odd about them.
package struct FileProfile: Sendable {
  /// All findings, in the order in which they were made.
  package let findings: [Finding]
  /// Why the file cannot be used; nil where it can.
  package let refusal: InputError?

  /// Fewer records may well have the same text or the same value of a member.
  private static let fewestForConstants = 10

  /// From this share of the lines on, bytes that are not UTF-8 are no accident of a line: the file has another
  /// encoding, and to leave out its lines would leave out what has an accent.
  private static let otherEncodingShare = 0.05
  private static let fewestOfOtherEncoding = 3

  private static func otherEncoding(_ reading: Reading) -> [Finding] {
    let found = reading.rejections.filter { $0.code == .otherEncoding }
    let lines = reading.records.count + reading.rejections.count
    guard found.count >= fewestOfOtherEncoding,
      Double(found.count) >= otherEncodingShare * Double(lines), !hasOtherCharacters(reading)
    else { return [] }
    return [
      Finding(
        .otherEncoding,
        "the file is not UTF-8: \(found.count) of \(lines) lines have bytes of another encoding",
        remedy:
          "Convert it, where a program for Windows wrote it: \(conversion(of: reading.source, by: "iconv -f WINDOWS-1252 -t UTF-8", word: "utf8"))",
        lines: found.prefix(Finding.mostLines).map(reading.place), count: found.count)
    ]
  }

  /// Whether a line that can be used has a character outside ASCII: then the file is UTF-8, and the other lines
  /// are damaged. To convert all of it would damage the good ones.
  private static func hasOtherCharacters(_ reading: Reading) -> Bool {
    reading.lines.contains { line in
      line.kind == .record && reading.source.bytes[line.range].contains { $0 >= 0x80 }
    }
  }

  /// A command that writes the file anew.
  ///
  /// - Parameters:
  ///   - command: the program that converts it.
  ///   - reading: what stands between the program and the name of its input.
  ///   - word: goes into the name of the new file.
  static func conversion(
    of source: Source, by command: String, reading: String = "", word: String
  ) -> String {
    let path = ShellFileName(source.file)
    let unpack: String
    switch source.compression {
    case .none: return "\(command) \(reading)\(path.text) > \(path.withWord(word))"
    case .gzip: unpack = "gzip -dc"
    case .zstd: unpack = "zstd -dc"
    }
    let target = ShellFileName("\(source.name)\(source.suffix)").withWord(word)
    return "\(unpack) \(path.text) | \(command) > \(target)"
  }

  /// Looks at a whole file.
  ///
  /// - Complexity: linear in bytes.
  package init(of reading: Reading, options: ReadingOptions) {
    let census = MemberCensus(reading)
    let members = MemberFindings(census, reading, options: options)
    var findings = reading.findings
    if let first = reading.rejections.first, !reading.records.isEmpty {
      findings.append(
        Finding(
          .rejectedLines, "the line cannot be used and is set aside: \(first.reason)",
          lines: reading.rejections.prefix(Finding.mostLines).map(reading.place),
          count: reading.rejections.count))
    }
    findings += TextFindings(reading.records).findings
    if let separate = members.separateVotes { findings.append(separate) }
    findings += RepeatedLabels(census, reading, options: options).findings
    if let constant = members.constant(fewest: Self.fewestForConstants) {
      findings.append(constant)
    }
    if let telling = TellingMembers(reading, options: options).finding { findings.append(telling) }
    findings += Self.otherEncoding(reading)
    let refused = members.refusals + findings.filter { $0.severity == .refused }
    findings = (refused + findings.filter { $0.severity != .refused })
      .map { $0.counting(reading.places) }
    self.findings = findings
    refusal = refused.first.map { first in
      let place = first.lines.first
      let isLine = reading.places == .line
      var error = InputError(
        file: reading.source.file, line: isLine ? place : nil,
        reason: (isLine ? nil : place).map { "record \($0): \(first.sentence)" } ?? first.sentence,
        remedy: first.remedy, code: first.code)
      error.otherFindings = findings.filter { $0 != first.counting(reading.places) }
      return error
    }
  }
}
