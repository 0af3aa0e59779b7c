import Assessments
import Records

/// A query whose passages are to be found.
package struct SoughtQuery: Sendable, Equatable {
  package let id: String
  /// Never blank.
  package let text: String
  /// Right answers; empty where none was given.
  package internal(set) var answers: [String]

  package init(id: String, text: String, answers: [String] = []) {
    self.id = id
    self.text = text
    self.answers = answers
  }
}

/// The queries of a collection, in the order of the file.
package struct QueryList: Sendable {
  package private(set) var queries: [SoughtQuery] = []
  /// How many lines have no query; they are left out.
  package private(set) var blankCount = 0
  /// How many lines were joined to an earlier one with the same query.
  package private(set) var joinedCount = 0

  private var places: [ExactText: Int] = [:]
  private var placeOfText: [String: Int] = [:]
  /// The answers of each query that lines are joined to.
  private var knownAnswers: [Int: Set<String>] = [:]

  package init() {}

  /// The index of the query that an id names; nil where there is none.
  package func place(ofID id: String) -> Int? { places[ExactText(id)] }

  /// Adds a query with an id of its own.
  ///
  /// - Returns: its index; nil where it is blank.
  /// - Throws: the reason, where another query has the id.
  mutating func add(_ query: SoughtQuery) throws(RepeatedID) -> Int? {
    guard !query.text.trimmed.isEmpty else {
      blankCount += 1
      return nil
    }
    if let known = places[ExactText(query.id)] {
      guard queries[known].text.withFoldedSpaces == query.text.withFoldedSpaces else {
        throw RepeatedID(id: query.id)
      }
      joinedCount += 1
      return known
    }
    places[ExactText(query.id)] = queries.count
    queries.append(query)
    return queries.count - 1
  }

  /// Adds a query of a line that may be one of many with the same query: these are joined, and the first one's id
  /// counts.
  ///
  /// - Returns: the index of the query.
  mutating func join(_ query: SoughtQuery) -> Int {
    let key = query.text.withFoldedSpaces
    if let known = placeOfText[key] {
      joinedCount += 1
      add(query.answers, to: known)
      if places[ExactText(query.id)] == nil { places[ExactText(query.id)] = known }
      return known
    }
    placeOfText[key] = queries.count
    var id = query.id
    // An id that another query has stays that one's.
    while places[ExactText(id)] != nil { id += "#\(queries.count + 1)" }
    places[ExactText(id)] = queries.count
    queries.append(SoughtQuery(id: id, text: query.text, answers: query.answers))
    return queries.count - 1
  }

  private mutating func add(_ answers: [String], to place: Int) {
    guard !answers.isEmpty else { return }
    if knownAnswers[place] == nil { knownAnswers[place] = Set(queries[place].answers) }
    for answer in answers where knownAnswers[place, default: []].insert(answer).inserted {
      queries[place].answers.append(answer)
    }
  }

  struct RepeatedID: Error { let id: String }
}
