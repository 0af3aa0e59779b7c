/// What a reply selects or ranks.
package enum SelectionReading: Sendable, Equatable {
  /// Numbers of passages, from 1 to the count, each once and in the reply's order; at least one.
  case numbers([Int])
  /// The reply says that no passage fits.
  case nothing
  /// It says neither; why, in words.
  case unreadable(String)
}
