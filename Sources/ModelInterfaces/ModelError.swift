/// Why a model, a library or a run was refused: what happened, why, and what to do about it.
package struct ModelError: Error, Sendable, Equatable, CustomStringConvertible {
  /// The kinds of failure, for callers that branch.
  package enum Kind: String, Sendable {
    /// OpenVINO's library is absent or cannot be loaded.
    case libraryMissing
    /// OpenVINO refused a graph or failed in a run.
    case runtime
    /// A model that was asked for is not there.
    case modelMissing
    /// A model's file is absent, unreadable, truncated or changed.
    case modelDamaged
    /// A model is of a kind that emend cannot run.
    case modelUnsupported
    /// A model needs more memory than there is.
    case modelTooLarge
    /// There is nothing in a text to score, or far too much.
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
