package import Assessments
import Records

/// What a person sees of one record.
package struct ReviewCard: Sendable, Codable, Equatable {
  package struct Part: Sendable, Codable, Equatable {
    /// What the text is, such as "head"; empty for the text itself.
    package let name: String
    package let text: String

    package init(name: String, text: String) {
      self.name = name
      self.text = text
    }
  }

  package struct Likely: Sendable, Codable, Equatable {
    package let label: String
    package let probability: Double
  }

  package struct Neighbour: Sendable, Codable, Equatable {
    package let label: String
    package let similarity: Double
    /// Nil where it is not known which record it is.
    package let line: Int?
    package let text: String
  }

  package struct Signal: Sendable, Codable, Equatable {
    package let name: String
    /// Of the given label, 0…1.
    package let probability: Double
  }

  package let index: Int
  package let line: Int
  /// What `line` counts: lines, or records.
  package let place: RecordPlaces
  /// Nil where the record has none of its own.
  package let id: String?
  package let parts: [Part]
  /// Nil where the record has no label.
  package let given: [String]?
  package let mayHaveSeveral: Bool
  package var proposal: [String] = []
  package var isReplaced = false
  package var credibility: Double?
  package var reason: String?
  package var likely: [Likely] = []
  package var neighbours: [Neighbour] = []
  package var signals: [Signal] = []

  /// The most bytes of a text that are shown, and of a neighbour's text.
  package static let longestText = 100_000
  package static let longestNeighbour = 300

  /// - Parameter signalName: what the name of a signal means.
  package init(
    _ index: Int, of output: ReviewableOutput, isBlind: Bool,
    signalName: (String) -> String = { $0 }
  ) {
    let record = output.records[index]
    self.index = index
    line = record.line
    place = output.places
    id = record.id == String(record.line) ? nil : record.id
    given = record.isLabelled ? record.labels.map(\.name) : nil
    mayHaveSeveral = record.isMultiLabel
    parts = Self.parts(of: record)
    guard !isBlind, let finding = output.findings[index] else { return }
    proposal = finding.proposal
    isReplaced = finding.action == .corrected
    credibility = finding.credibility
    reason = finding.reason
    likely = finding.likely.map { Likely(label: $0.label, probability: $0.probability) }
    neighbours = finding.neighbours.map { near in
      let other = near.record.map { output.records[$0] }
      return Neighbour(
        label: near.label, similarity: near.similarity, line: other?.line,
        text: Self.cut(other?.content.texts.joined(separator: " / ") ?? "", Self.longestNeighbour))
    }
    signals = finding.signals.map { Signal(name: signalName($0.name), probability: $0.probability) }
  }

  private static func parts(of record: Record) -> [Part] {
    func part(_ name: String, _ text: String) -> Part {
      Part(name: name, text: cut(text, longestText))
    }
    switch record.content {
    case .text(let text): return [part("", text)]
    case .pair(let first, let second):
      return [part("first text", first), part("second text", second)]
    case .relation(let relation):
      func entity(_ entity: Entity) -> String {
        entity.type.map { "\(entity.text) (\($0))" } ?? entity.text
      }
      return [
        part("", relation.text), part("head", entity(relation.head)),
        part("tail", entity(relation.tail)),
      ]
    case .retrieval(let retrieval): return [part("query", retrieval.query)]
    case .none: return []
    }
  }

  private static func cut(_ text: String, _ limit: Int) -> String {
    guard text.utf8.count > limit else { return text }
    return String(decoding: Array(text.utf8.prefix(limit)), as: UTF8.self) + "…"
  }
}
