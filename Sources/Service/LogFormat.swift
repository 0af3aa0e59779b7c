/// The format of a log line.
package enum LogFormat: String, CaseIterable, Sendable {
  /// For people: `2026-11-23T20:31:52.123Z info  message key=value`.
  case text
  /// For programs:
  /// `{"time":"2026-11-23T20:31:52.123Z","level":"info","message":"message","key":"value"}`.
  case json
}
