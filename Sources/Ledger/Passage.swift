// Ledger owns what the watched folder remembers: which content was judged, how it went, how often it
// was tried. It is a convenience: deleted, the folders alone are enough to go on. It knows neither
// records nor how files move.

/// One file's way through the spool, from its claim to its end.
package struct Passage: Sendable, Equatable {}
