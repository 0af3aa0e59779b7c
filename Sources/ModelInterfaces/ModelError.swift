/// Why a model or a library cannot be used, or why a run failed: where, the reason, and the remedy.
package struct ModelError: Error, Sendable, Equatable, CustomStringConvertible {
  /// The kinds of failure, for callers that treat them differently.
  package enum Kind: String, Sendable {
    /// OpenVINO's library is missing or cannot be loaded.
    case libraryMissing
    /// OpenVINO refused a graph, or a run of it failed or gave a wrong result.
    case runtime
    /// A requested model does not exist on this machine.
    case modelMissing
    /// A model's file is missing, unreadable, truncated or changed.
    case modelDamaged
    /// A model is of a kind that emend cannot run.
    case modelUnsupported
    /// A model needs more memory than the machine has.
    case modelTooLarge
    /// A text has nothing to score, or is far too long.
    case unusableText
    /// A file or folder cannot be written.
    case unwritable
  }

  package let kind: Kind
  /// The file, folder or step concerned.
  package let place: String
  package let reason: String
  package let remedy: String

  package init(_ kind: Kind, at place: String, _ reason: String, remedy: String) {
    self.kind = kind
    self.place = place
    self.reason = reason
    self.remedy = remedy
  }

  package var description: String { "\(place): \(reason). Remedy: \(remedy)." }
}
