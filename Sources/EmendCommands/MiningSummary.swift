import Foundation
import Messages
import Mining
import Records
import Report
import Rules

/// What a person or a program is told about mined queries.
struct MiningSummary {
  private let facts: Facts
  /// What was left out, and why; empty where nothing was.
  let notes: [String]
  private let rules: RuleSet
  private let highestGrade: Int

  private struct Facts: Encodable {
    var file: String?
    let queries: Int
    let documents: Int
    let differentTexts: Int
    let candidates: Int
    let method: String
    let judged: Int
    let usefulJudged: Int
    let usefulFound: Int
    let encoded: Int
    let seconds: Double
    let notes: [String]

    enum CodingKeys: String, CodingKey {
      case file, queries, documents, candidates, method, judged, encoded, seconds, notes
      case differentTexts = "different_texts"
      case usefulJudged = "useful_judged"
      case usefulFound = "useful_found"
    }
  }

  init(
    _ collection: MinedCollection, _ outcome: CandidateMining.Outcome,
    method: CandidateMining.Method, candidates: Int, path: String?, seconds: Double, rules: RuleSet
  ) {
    notes = Self.notes(collection, outcome)
    self.rules = rules
    highestGrade = collection.judgements.highestGrade
    facts = Facts(
      file: path, queries: outcome.queries.count, documents: collection.corpus.addedCount,
      differentTexts: collection.corpus.documents.count, candidates: candidates,
      method: method.rawValue,
      judged: outcome.queries.reduce(0) { $0 + $1.candidates.count { $0.grade != nil } },
      usefulJudged: outcome.positives.judged, usefulFound: outcome.positives.found,
      encoded: outcome.encodedCount, seconds: (seconds * 1000).rounded() / 1000, notes: notes)
  }

  /// Sentences for a person, and the command that comes next.
  var text: String {
    var lines = [
      "\(String(counting: facts.queries, "query", many: "queries")), "
        + "\(String(counting: facts.documents, "document")) (\(String(counting: facts.differentTexts, "different text"))), up to "
        + "\(facts.candidates) candidates each by \(facts.method) (\(Self.short(facts.seconds)) s)"
    ]
    if facts.judged > 0 {
      lines.append(
        "  \(String(counting: facts.judged, "judged passage")) among them. The search by itself found \(facts.usefulFound) of the "
          + "\(facts.usefulJudged) that are useful.")
    }
    if let file = facts.file {
      lines.append("  \(file)")
      if highestGrade > rules.utility.scale {
        lines.append(
          "Grades go up to \(highestGrade): say utility: {scale: \(highestGrade)} in rules. Then:")
      }
      lines.append("Next: emend run \(ShellWord.quoted(file))")
    }
    return lines.map { EscapedText.plain($0) }.joined(separator: "\n")
  }

  /// One JSON object.
  var machineText: String {
    get throws {
      let encoder = JSONEncoder()
      encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
      return String(decoding: try encoder.encode(facts), as: UTF8.self)
    }
  }

  private static func short(_ seconds: Double) -> String {
    seconds < 10 ? String(format: "%.1f", seconds) : String(format: "%.0f", seconds)
  }

  private static func notes(
    _ collection: MinedCollection, _ outcome: CandidateMining.Outcome
  ) -> [String] {
    let (corpus, queries, input) = (collection.corpus, collection.queries, collection.input)
    let corpusFile = input.corpusFiles.first ?? input.queriesFile
    var notes: [String] = []
    func note(_ file: String, _ sentence: String) { notes.append("\(file): \(sentence)") }
    if corpus.blankCount > 0 {
      note(corpusFile, "\(String(counting: corpus.blankCount, "document")) without a text left out")
    }
    if let first = corpus.ambiguousIDs.first {
      note(
        corpusFile,
        "\(String(counting: corpus.ambiguousIDs.count, "id")) with several texts, such as \(EscapedText.excerpt(first)); the later ones are "
          + "called ID#NUMBER, and judgements that name such an id are not used")
    }
    if let own = collection.ownPassages, !input.corpusFiles.isEmpty, own > 0 {
      note(
        input.queriesFile,
        "\(String(counting: own, "passage")) of the queries' own that the corpus does not have added to it"
      )
    }
    if collection.otherCount > 0 {
      note(
        input.queriesFile,
        "\(String(counting: collection.otherCount, "record")) without a query and passages left out"
      )
    }
    if let first = collection.rejected.first {
      note(
        input.queriesFile,
        "\(String(counting: collection.rejected.count, "line")) left out; \(first.described(in: input.queriesFile))"
      )
    }
    if queries.blankCount > 0 {
      note(
        input.queriesFile,
        "\(String(counting: queries.blankCount, "line")) without a query left out")
    }
    let unselected = queries.queries.count - collection.selected.count
    if unselected > 0 {
      note(
        input.queriesFile,
        "\(String(counting: unselected, "query", many: "queries")) that no judgement names left out"
      )
    }
    if let file = input.qrelsFile {
      notes += absences(
        file, collection.judgements.unknownQueries, collection.judgements.unknownDocuments,
        collection.judgements.ambiguousDocuments)
      if collection.judgements.unjudgedCount > 0 {
        note(
          file,
          "\(String(counting: collection.judgements.unjudgedCount, "line")) with a grade below 0, which says that nobody "
            + "has judged the document, not used")
      }
    }
    for (file, run) in zip(input.runFiles, collection.runs) {
      notes += absences(file, run.unknownQueries, run.unknownDocuments, run.ambiguousDocuments)
    }
    if outcome.emptyCount > 0 {
      note(
        input.queriesFile,
        "\(String(counting: outcome.emptyCount, "query", many: "queries")) without a candidate")
    }
    if outcome.truncatedCount > 0 {
      note(
        corpusFile,
        "of \(String(counting: outcome.truncatedCount, "document")) the encoder saw only the beginning; shorter passages "
          + "are found better")
    }
    return notes
  }

  private static func absences(
    _ file: String, _ queries: LineCount, _ documents: LineCount, _ ambiguous: LineCount
  ) -> [String] {
    [
      (queries, "a query that is not there"),
      (documents, "a document that the corpus does not have"),
      (ambiguous, "a document by an id that stands for several texts"),
    ].compactMap { lines, what in
      lines.first.map {
        "\(file): \(String(counting: lines.count, "line")) that name\(lines.count == 1 ? "s" : "") \(what), not used; the "
          + "first: line \($0.line), \(EscapedText.excerpt($0.name))"
      }
    }
  }
}
