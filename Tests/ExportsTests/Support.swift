import Foundation
import Records

@testable import Exports

/// A passage with its result and its similarity to the query.
struct AssessedPassage {
  var passage: Passage
  var result: QueryResult.PassageResult
  /// Cosine of query and passage.
  var dense: Double?

  init(
    _ text: String, id: String, title: String? = nil, grade: Int? = nil, utility: Double = 0.5,
    relevance: Double? = nil, useful: Bool = false, credibility: Double? = nil,
    proposal: Int? = nil, flagged: Bool = false, hard: Bool = false, falseNegative: Bool = false,
    dense: Double? = nil
  ) {
    self.dense = dense
    passage = Passage(id: id, text: text, title: title, grade: grade)
    result = .init(
      relevance: relevance ?? utility, utility: utility, useful: useful, credibility: credibility,
      flagged: flagged, grade: grade ?? (useful ? 1 : 0), proposal: proposal, hardNegative: hard,
      falseNegative: falseNegative, signals: [], truncated: false)
  }
}

/// A query with its passages.
///
/// - Parameter soft: shares of the soft label in the order of the passages, or none.
func query(_ id: String, _ text: String, soft: [Double] = [], _ passages: AssessedPassage...)
  -> ExportedQuery
{
  query(id, text, soft: soft, passages)
}

func query(
  _ id: String, _ text: String, soft: [Double] = [], positiveFrom: Int = 1,
  _ passages: [AssessedPassage]
) -> ExportedQuery {
  ExportedQuery(
    id: id, retrieval: Retrieval(query: text, passages: passages.map(\.passage)),
    result: QueryResult(
      passages: passages.map(\.result), answer: nil, answerSource: nil, scorer: "extractive",
      softLabel: zip(passages, soft).map { ($0.passage.id, $1) }, reason: nil),
    similarities: passages.map(\.dense), positiveFrom: positiveFrom)
}

extension Export {
  /// The content of a file; empty where the export does not make it.
  func text(_ file: ExportFile) -> String {
    files.filter { $0.file == file }.map { String(decoding: $0.bytes, as: UTF8.self) }.joined()
  }

  /// The objects of a JSON-lines file.
  func objects(_ file: ExportFile) throws -> [[String: Any]] {
    try text(file).split(separator: "\n").map {
      try JSONSerialization.jsonObject(with: Data($0.utf8)) as? [String: Any] ?? [:]
    }
  }
}

/// Made-up queries for every case: graded, flagged and missing labels, ties, unusual ids, passages that
/// are numbered by their place, a text that occurs twice, queries without positive or negative.
let madeUp: [ExportedQuery] = [
  query(
    "bees", "How do bees tell each other where flowers are?", soft: [0.5, 0.3, 0.1, 0.1, 0],
    AssessedPassage(
      "A returning forager dances; the angle of the run gives the direction from the sun.",
      id: "1", title: "Waggle dance", grade: 2, utility: 0.91, useful: true, credibility: 0.95,
      dense: 0.81),
    AssessedPassage(
      "The length of the waggle run tells the distance.", id: "2", grade: 1, utility: 0.74,
      useful: true, credibility: 0.9, dense: 0.72),
    AssessedPassage(
      "Bees visit flowers for nectar and pollen.", id: "3", grade: 0, utility: 0.4,
      relevance: 0.66, credibility: 0.9, hard: true, dense: 0.74),
    AssessedPassage(
      "Flowers bloom in spring.", id: "4", grade: 0, utility: 0.1, credibility: 0.99, dense: 0.3),
    AssessedPassage(
      "Dances of the honeybee encode direction.", id: "5", grade: 0, utility: 0.7,
      credibility: 0.4, falseNegative: true, dense: 0.79)),
  query(
    "tides 2/ü%", "Why are there \"two\" tides a day?", soft: [0.6, 0.25, 0.15],
    AssessedPassage(
      "The Earth turns under two bulges,\none toward the Moon and one away from it.", id: "1",
      utility: 0.88, useful: true, dense: 0.77),
    AssessedPassage("Tides are used by mills.", id: "2", utility: 0.2, hard: true, dense: 0.6),
    AssessedPassage("The Moon is 384 400 km away.", id: "3", utility: 0.2, dense: 0.55)),
  query(
    "salt", "What does salt do to ice?", soft: [0.2, 0.7, 0.1],
    AssessedPassage(
      "Salt was a currency once.", id: "1", grade: 1, utility: 0.05, credibility: 0.03,
      proposal: 0, flagged: true, dense: 0.4),
    AssessedPassage(
      "Dissolved salt lowers the freezing point, so ice melts.", id: "2", grade: 0, utility: 0.93,
      useful: true, credibility: 0.06, proposal: 1, flagged: true, dense: 0.83),
    AssessedPassage("Ice is less dense than water.", id: "3", utility: 0.3, hard: true, dense: 0.71)
  ),
  query(
    "mill", "Who built the first windmill?",
    AssessedPassage("Windmills grind corn.", id: "1", grade: 0, utility: 0.3, credibility: 0.9)),
  query(
    "rust", "What is rust?", soft: [1],
    AssessedPassage(
      "Rust is hydrated iron oxide.", id: "1", grade: 1, utility: 0.97, useful: true,
      credibility: 0.98, dense: 0.9)),
  query(
    "yeast", "Why does dough rise?", soft: [0.5, 0.5, 0, 0],
    AssessedPassage(
      "Yeast turns sugar into carbon dioxide, whose bubbles lift the dough.", id: "1", grade: 1,
      utility: 0.9, useful: true, credibility: 0.97, dense: 0.8),
    AssessedPassage(
      "Gluten holds the gas in.", id: "2", grade: 1, utility: 0.6, credibility: 0.8, dense: 0.5),
    AssessedPassage("Dough is kneaded.", id: "3", utility: 0.25, dense: 0.4),
    AssessedPassage("Dough is kneaded.", id: "4", utility: 0.25, hard: true, dense: 0.4)),
]
