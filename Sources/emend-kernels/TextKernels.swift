import Assessments
import Foundation
import PassageUtility
import Records
import Tokenizers
import Vectors

extension Kernel {
  /// Tokens, lines, and what texts say of passages.
  static let ofTexts = [
    Kernel("tokens", "400 texts of 12 words to tokens") {
      let tokenizer = try madeTokenizer()
      let texts = MadeInput.texts(400, words: 12)
      return { texts.reduce(0.0) { $0 + Double(tokenizer.encode($1).identifiers.count) } }
    },
    Kernel("json-lines", "400 lines read") {
      let source = try Source(file: "made.jsonl", content: lines(400))
      return { Double(try read(source).records.count) }
    },
    Kernel("result-lines", "400 lines written with their results") {
      let reading = try read(Source(file: "made.jsonl", content: lines(400)))
      let results = reading.records.indices.map { RecordResult.annotation(result($0)) }
      return { Double(reading.output(results).count) }
    },
    Kernel("passage-scores", "three queries with ten passages of 30 words") {
      let texts = MadeInput.texts(30, words: 30)
      let queries = stride(from: 0, to: texts.count, by: 10).map { (start: Int) -> CandidateQuery in
        CandidateQuery(
          text: "Who is \(texts[start])?",
          passages: Array(texts[start..<start + 10]), answers: [MadeInput.word(start)])
      }
      let similarities = queries.map {
        Similarities($0, vectors: MadeInput.vectors($0.textsToEncode.count, columns: 16))
      }
      return {
        UtilityScores.of(queries, similarities: similarities).reduce(0) { $0 + $1.utility[0] }
      }
    },
  ]

  private static func read(_ source: Source) throws -> Reading {
    let reading = try Reader().read(source)
    guard reading.rejections.isEmpty else {
      throw UnusableInput.rejectedLines(reading.rejections.count)
    }
    return reading
  }

  /// A file of JSON lines with members that emend does not read.
  private static func lines(_ count: Int) -> [UInt8] {
    let texts = MadeInput.texts(count, words: 20)
    return texts.indices.flatMap { number in
      Array(
        "{\"id\": \"r\(number)\", \"text\": \"\(texts[number]) \\\"\\u00e9\\n\", \"label\": \"\(label(number))\", "
          .utf8)
        + Array("\"source\": {\"page\": \(number), \"tags\": [\"a\", \"b\", null, 1.5e3]}}\n".utf8)
    }
  }

  private static func label(_ record: Int) -> String {
    MadeInput.word(2_000 + MadeInput.label(ofRecord: record))
  }

  /// A result as long as that of a text.
  private static func result(_ record: Int) -> AnnotationResult {
    let names = (0..<5).map { label(record + $0) }
    let labels = [Label(name: names[0], token: "\"\(names[0])\"")]
    let shares = [0.61803, 0.23607, 0.0902, 0.03444, 0.02126]
    return AnnotationResult(
      credibility: 0.618_034, flagged: record % 10 == 0, reviewRank: record + 1,
      action: record % 20 == 0 ? .corrected : .kept, labels: labels, proposal: [],
      softLabel: zip(names, shares).map { ($0, $1) }, weight: 0.75, utility: 2.5,
      neighbours: (1...5).map {
        AnnotationResult.Neighbour(
          id: "r\(record + $0)", label: label(record + $0), similarity: 0.9 - 0.0123 * Float($0))
      },
      signals: ["knn50", "wknn", "ridge", "lexical", "spelling", "joint", "joint50"].enumerated()
        .map { ($1, 1 / Double($0 + 2)) }, truncated: false, reason: nil)
  }

  /// A tokenizer with a vocabulary of syllables and words, which is read from a file that is removed again.
  private static func madeTokenizer() throws -> WordPieceTokenizer {
    let settings = TokenizerSettings()
    let letters = "abcdefghijklmnopqrstuvwxyz.".map(String.init)
    let words = (0..<400).map { MadeInput.word($0) }
    // The first four letters of rare words are pieces, and what may follow them too.
    let rare = (1_000..<1_240).map { MadeInput.word($0) }
    let pieces =
      settings.specialTokens + letters + letters.map { "##" + $0 } + words
      + rare.map { String($0.prefix(4)) } + rare.map { "##" + $0.dropFirst(4) }
    let file = FileManager.default.temporaryDirectory.appending(
      path: "emend-kernels-\(ProcessInfo.processInfo.processIdentifier).txt")
    defer { try? FileManager.default.removeItem(at: file) }
    try Data(pieces.joined(separator: "\n").utf8).write(to: file)
    return try WordPieceTokenizer(
      vocabularyFile: file, settings: settings, maximumTokens: 128)
  }
}
