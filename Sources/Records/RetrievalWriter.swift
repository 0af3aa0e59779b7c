/// Writes a query's line with its verdict: our member in every passage and at the line's end. All
/// else stays as it was, to the byte.
struct RetrievalWriter {
  /// Appends `line`, terminator and all.
  ///
  /// - Precondition: `verdict` has one entry per passage of the line.
  static func append(
    _ line: Span<UInt8>, _ splice: Splice, _ verdict: RetrievalVerdict, to output: inout [UInt8]
  ) {
    precondition(verdict.passages.count == splice.passages.count, "one verdict per passage")
    var at = 0
    func appendOwn() {
      output.append(line, at..<splice.place.lowerBound)
      if splice.foreign == nil { output += ", \"emend\": ".utf8 }
      appendMember(line, splice, verdict, to: &output)
      at = splice.place.upperBound
    }
    // A member `emend` of the user's own may stand before the passages.
    let isFirst =
      splice.passages.first.map { splice.place.lowerBound < $0.place.lowerBound } ?? true
    if isFirst { appendOwn() }
    for (passage, verdict) in zip(splice.passages, verdict.passages) {
      output.append(line, at..<passage.place.lowerBound)
      if passage.foreign == nil { output += ", \"emend\": ".utf8 }
      append(verdict, to: &output)
      close(line, passage.foreign, to: &output)
      at = passage.place.upperBound
    }
    if !isFirst { appendOwn() }
    output.append(line, at..<line.count)
  }

  /// What became of a passage, all but the closing brace.
  private static func append(
    _ verdict: RetrievalVerdict.PassageVerdict, to out: inout [UInt8]
  ) {
    out += "{\"relevance\": ".utf8
    JSONText.append(verdict.relevance, to: &out)
    out += ", \"utility\": ".utf8
    JSONText.append(verdict.utility, to: &out)
    out += (verdict.useful ? ", \"useful\": true" : ", \"useful\": false").utf8
    out += ", \"credibility\": ".utf8
    if let credibility = verdict.credibility {
      JSONText.append(rank: credibility, to: &out)
    } else {
      out += "null".utf8
    }
    out += (verdict.flagged ? ", \"flagged\": true" : ", \"flagged\": false").utf8
    out += ", \"label\": \(verdict.grade)".utf8
    if let proposal = verdict.proposal { out += ", \"proposal\": \(proposal)".utf8 }
    out += ", \"hard_negative\": \(verdict.hardNegative)".utf8
    if verdict.falseNegative { out += ", \"false_negative\": true".utf8 }
    if verdict.truncated { out += ", \"truncated\": true".utf8 }
    out += ", \"signals\": ".utf8
    JSONText.append(numbers: verdict.signals, to: &out)
  }

  private static func appendMember(
    _ line: Span<UInt8>, _ splice: Splice, _ verdict: RetrievalVerdict, to out: inout [UInt8]
  ) {
    out += "{\"answer\": ".utf8
    if let answer = verdict.answer {
      JSONText.append(answer, to: &out)
      if let source = verdict.answerSource {
        out += ", \"answer_source\": ".utf8
        JSONText.append(source, to: &out)
      }
    } else {
      out += "null".utf8
    }
    out += ", \"scorer\": ".utf8
    JSONText.append(verdict.scorer, to: &out)
    if let reason = verdict.reason {
      out += ", \"reason\": ".utf8
      JSONText.append(reason, to: &out)
    }
    // Undoing needs no rules: where the passages are is said, but for the usual place.
    if let key = splice.passagesKey {
      let name = key.map { line[$0] }
      if name != FieldNames.passages {
        out += ", \"field\": \"".utf8
        out += name
        out.append(UInt8(ascii: "\""))
      }
    }
    out += ", \"soft_label\": ".utf8
    JSONText.append(
      shares: zip(
        verdict.softLabel,
        JSONText.units(summingToOne: verdict.softLabel.map(\.probability))
      ).lazy.map { ($0.id, $1) }, to: &out)
    close(line, splice.foreign, to: &out)
  }

  /// Ends a member of ours, in which one of the user's own is kept.
  private static func close(
    _ line: Span<UInt8>, _ foreign: Range<Int>?, to out: inout [UInt8]
  ) {
    if let foreign {
      out += ", \"previous\": ".utf8
      out.append(line, foreign)
    }
    out.append(UInt8(ascii: "}"))
  }
}
