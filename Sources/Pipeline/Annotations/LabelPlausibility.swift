import ModelInterfaces
import Records
import Vectors

/// Asks a language model how likely each label's words are after each text (docs/METHODS.md, section 4).
struct LabelPlausibility {
  let model: any LanguageModel

  /// The model scores every label after every text separately; with more labels, a file takes hours.
  static let mostLabels = 32
  /// How many records one call is about: enough to keep every thread busy, few enough to show progress.
  static let recordsPerCall = 32

  /// The mean log-likelihood per token of each label's words after the record's text, minus the same
  /// after no text; natural logarithm, higher is more plausible. A record without a text has 0 for every
  /// label.
  ///
  /// - Parameter progress: called with the number of records done, and the number of all records.
  /// - Returns: `records × labels`.
  func scores(
    _ records: [Record], labels: [Label], progress: (@Sendable (Int, Int) -> Void)? = nil
  ) throws -> Matrix {
    let words = labels.map(Self.words)
    let alone = try model.logLikelihoods(of: words.map { Self.continuation($0, after: "") })
    var scores = Matrix(rows: records.count, columns: labels.count)
    for start in stride(from: 0, to: records.count, by: Self.recordsPerCall) {
      progress?(start, records.count)
      let rows = start..<min(start + Self.recordsPerCall, records.count)
      let texts = rows.map { Self.text(records[$0].content) }
      let asked = zip(rows, texts).filter { !$0.1.allSatisfy(\.isWhitespace) }
      let found = try model.logLikelihoods(
        of: asked.flatMap { _, text in words.map { Self.continuation($0, after: text) } })
      for (position, (row, _)) in asked.enumerated() {
        for label in labels.indices {
          scores[row, label] = Float(
            found[position * labels.count + label].meanPerToken - alone[label].meanPerToken)
        }
      }
    }
    progress?(records.count, records.count)
    return scores
  }

  static func continuation(_ words: String, after text: String) -> Continuation {
    Continuation(" \(words)", after: Prefix("Text: \(text)", ending: "\nLabel:"))
  }

  /// The words of a label's name. A name that has only signs stays as it is.
  static func words(_ label: Label) -> String {
    let plain = LabelWording.plain(label.name)
    return plain.isEmpty ? label.name : plain
  }

  /// What the model reads of a record: its texts, and a relation's entities.
  static func text(_ content: Content) -> String {
    let entities = content.entities.map(\.text).joined(separator: ", ")
    return (content.texts + (entities.isEmpty ? [] : [entities])).joined(separator: "\n")
  }
}
