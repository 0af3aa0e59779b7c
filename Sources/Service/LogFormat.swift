/// How an event is written as a line.
package enum LogFormat: String, CaseIterable, Sendable {
  /// `2026-11-23T20:31:52.123Z info  message key=value`, for people.
  case text
  /// `{"time":"2026-11-23T20:31:52.123Z","level":"info","message":"message","key":"value"}`.
  case json
}
