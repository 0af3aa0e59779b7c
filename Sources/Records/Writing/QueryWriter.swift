/// Writes a query's line with its result: adds our member to every passage and to the line. Every other
/// byte stays as it was.
struct QueryWriter {
  /// Appends `line` with its terminator.
  ///
  /// - Precondition: `result` has one entry per passage of the line.
  static func append(
    _ line: Span<UInt8>, _ splice: Splice, _ result: QueryResult, to output: inout [UInt8]
  ) {
    precondition(
      result.passages.count == splice.listedPassages?.count ?? splice.passages.count,
      "one result per passage")
    var at = 0
    func appendOwn() {
      output.append(line, at..<splice.place.lowerBound)
      if splice.foreign == nil { output += ", \"emend\": ".utf8 }
      appendMember(line, splice, result, to: &output)
      at = splice.place.upperBound
    }
    // The user's own member `emend`, whose place ours takes, may stand before the passages.
    let isFirst =
      splice.passages.first.map { splice.place.lowerBound < $0.place.lowerBound } ?? true
    if isFirst { appendOwn() }
    for (passage, result) in zip(splice.passages, result.passages) {
      output.append(line, at..<passage.place.lowerBound)
      if passage.foreign == nil { output += ", \"emend\": ".utf8 }
      output.append(UInt8(ascii: "{"))
      append(result, to: &output)
      close(line, passage.foreign, to: &output)
      at = passage.place.upperBound
    }
    if !isFirst { appendOwn() }
    output.append(line, at..<line.count)
  }

  /// Appends the result for a passage, without braces.
  private static func append(
    _ result: QueryResult.PassageResult, to out: inout [UInt8]
  ) {
    out += "\"relevance\": ".utf8
    JSONText.append(result.relevance, to: &out)
    out += ", \"utility\": ".utf8
    JSONText.append(result.utility, to: &out)
    out += (result.useful ? ", \"useful\": true" : ", \"useful\": false").utf8
    out += ", \"credibility\": ".utf8
    JSONText.append(rank: result.credibility, to: &out)
    out += (result.flagged ? ", \"flagged\": true" : ", \"flagged\": false").utf8
    out += ", \"label\": \(result.grade)".utf8
    if let proposal = result.proposal { out += ", \"proposal\": \(proposal)".utf8 }
    out += ", \"hard_negative\": \(result.hardNegative)".utf8
    if result.easyNegative { out += ", \"easy_negative\": true".utf8 }
    if result.falseNegative { out += ", \"false_negative\": true".utf8 }
    if result.truncated { out += ", \"truncated\": true".utf8 }
    out += ", \"signals\": ".utf8
    JSONText.append(numbers: result.signals, to: &out)
  }

  private static func appendMember(
    _ line: Span<UInt8>, _ splice: Splice, _ result: QueryResult, to out: inout [UInt8]
  ) {
    out += "{\"answer\": ".utf8
    if let answer = result.answer {
      JSONText.append(answer, to: &out)
      if let source = result.answerSource {
        out += ", \"answer_source\": ".utf8
        JSONText.append(source, to: &out)
      }
    } else {
      out += "null".utf8
    }
    out += ", \"scorer\": ".utf8
    JSONText.append(result.scorer, to: &out)
    if let reason = result.reason {
      out += ", \"reason\": ".utf8
      JSONText.append(reason, to: &out)
    }
    // Our member names the field of the passages where it is not the usual one, so that undoing does not
    // need the rules.
    if let key = splice.passagesKey, splice.listedPassages == nil {
      let name = key.map { line[$0] }
      if let path = splice.passagesPath {
        out += ", \"field\": ".utf8
        JSONText.append(path, to: &out)
      } else if name != FieldNames.passages {
        out += ", \"field\": \"".utf8
        out += name
        out.append(UInt8(ascii: "\""))
      }
    }
    out += ", \"soft_label\": ".utf8
    JSONText.append(
      shares: zip(
        result.softLabel,
        JSONText.units(summingToOne: result.softLabel.map(\.probability))
      ).lazy.map { ($0.id, $1) }, to: &out)
    if let ids = splice.listedPassages {
      out += ", \"passages\": [".utf8
      for (index, id) in ids.enumerated() {
        out += (index == 0 ? "{\"id\": " : ", {\"id\": ").utf8
        JSONText.append(id, to: &out)
        out += ", ".utf8
        append(result.passages[index], to: &out)
        out.append(UInt8(ascii: "}"))
      }
      out.append(UInt8(ascii: "]"))
    }
    close(line, splice.foreign, to: &out)
  }

  /// Ends a member of ours, after the user's own member `emend` where there is one, so that it is kept.
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
