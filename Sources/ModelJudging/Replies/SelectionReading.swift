/// The selection or ranking that was read from a reply.
package enum SelectionReading: Sendable, Equatable {
  /// Numbers of passages, from 1 to the count, each once and in the reply's order; at least one.
  case numbers([Int])
  /// The reply says that no passage fits.
  case nothing
  /// The reply says neither; the text gives the reason.
  case unreadable(String)
}
