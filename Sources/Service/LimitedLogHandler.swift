package import Logging

/// Passes events on to a `LineLogHandler`, as long as there are not too many of one kind.
package struct LimitedLogHandler: LogHandler {
  private var lines: LineLogHandler
  private let limiter: LogLimiter
  private let redacts: (@Sendable (String) -> Bool)?

  /// - Parameter redacts: tells of an event's `code` whether its `reason` is left out, since that may
  ///   repeat what users wrote; nil to leave out none.
  package init(
    _ lines: LineLogHandler, limiter: LogLimiter, redacts: (@Sendable (String) -> Bool)? = nil
  ) {
    self.lines = lines
    self.limiter = limiter
    self.redacts = redacts
  }

  package var logLevel: Logger.Level {
    get { lines.logLevel }
    set { lines.logLevel = newValue }
  }

  package var metadata: Logger.Metadata {
    get { lines.metadata }
    set { lines.metadata = newValue }
  }

  package var metadataProvider: Logger.MetadataProvider? {
    get { lines.metadataProvider }
    set { lines.metadataProvider = newValue }
  }

  package subscript(metadataKey key: String) -> Logger.Metadata.Value? {
    get { lines[metadataKey: key] }
    set { lines[metadataKey: key] = newValue }
  }

  package func log(event: LogEvent) {
    // First, so that an event after a pause begins a minute of its own.
    logOmissions()
    if limiter.admit(level: event.level, message: event.message.description) {
      lines.log(event: redacted(event))
    }
  }

  private func redacted(_ event: LogEvent) -> LogEvent {
    guard let redacts, let metadata = event.metadata, metadata["reason"] != nil,
      case .string(let code)? = metadata["code"], redacts(code)
    else { return event }
    var event = event
    event.metadata?["reason"] = "not logged, as it may repeat the file's content"
    return event
  }

  /// Logs how many events were left out in the minutes that are over.
  ///
  /// - Parameter isLast: whether the program is about to end: minutes that are not over count as well.
  package func logOmissions(isLast: Bool = false) {
    for omission in limiter.takeOmissions(isLast: isLast) {
      lines.log(
        event: LogEvent(
          level: omission.level, message: "\(omission.message): more of these, not shown",
          metadata: ["count": "\(omission.count)"], source: nil, file: #fileID,
          function: #function, line: #line))
    }
  }
}
