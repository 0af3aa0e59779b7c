import Foundation
import Synchronization
package import Logging

/// Writes every event as exactly one line, whatever its message and metadata hold.
///
/// Times are in UTC, in milliseconds; metadata is sorted by name. If a name occurs more than once,
/// the event's value wins over the provider's, and the provider's over the handler's. An error becomes the
/// metadata `error.message` and `error.type`, as in swift-log's own handler. For systemd's journal
/// a line begins with `<N>`, its priority as in `sd-daemon(3)`, which the journal removes. The
/// journal adds the time itself, so text lines for it have none.
package struct LineLogHandler: LogHandler {
  package var logLevel: Logger.Level
  package var metadata: Logger.Metadata = [:]
  package var metadataProvider: Logger.MetadataProvider?

  private let format: LogFormat
  private let isForJournal: Bool
  private let milliseconds: @Sendable () -> Int64
  private let sink: @Sendable (String) -> Void

  /// - Parameters:
  ///   - isForJournal: whether systemd's journal reads the lines.
  ///   - milliseconds: the time, in milliseconds since 1970.
  ///   - sink: called from any thread with one whole line, its line feed included.
  package init(
    format: LogFormat,
    level: Logger.Level = .info,
    metadataProvider: Logger.MetadataProvider? = LoggingSystem.metadataProvider,
    isForJournal: Bool = StandardError.isJournal(),
    milliseconds: @escaping @Sendable () -> Int64 = { SystemTime.now },
    sink: @escaping @Sendable (String) -> Void = { StandardError.write($0) }
  ) {
    self.format = format
    logLevel = level
    self.metadataProvider = metadataProvider
    self.isForJournal = isForJournal
    self.milliseconds = milliseconds
    self.sink = sink
  }

  package subscript(metadataKey key: String) -> Logger.Metadata.Value? {
    get { metadata[key] }
    set { metadata[key] = newValue }
  }

  /// A line of its own, made without a logger.
  package static func line(
    _ format: LogFormat, _ level: Logger.Level, _ message: Logger.Message,
    _ metadata: Logger.Metadata
  ) -> String {
    let written = Mutex("")
    let handler = LineLogHandler(
      format: format, metadataProvider: nil, sink: { line in written.withLock { $0 = line } })
    handler.log(
      event: LogEvent(
        level: level, message: message, metadata: metadata, source: nil, file: #fileID,
        function: #function, line: #line))
    return written.withLock { $0 }
  }

  package func log(event: LogEvent) {
    let merged = merge(event)
    let prefix = isForJournal ? "<\(event.level.priority)>" : ""
    switch format {
    case .text:
      let time = isForJournal ? "" : SystemTime.text(milliseconds()) + " "
      sink(prefix + time + LogLine.text(event, merged) + "\n")
    case .json:
      sink(prefix + LogLine.json(event, merged, time: SystemTime.text(milliseconds())) + "\n")
    }
  }

  /// The metadata of an event, with the provider's and the handler's.
  private func merge(_ event: LogEvent) -> Logger.Metadata {
    var merged = metadata
    if let provided = metadataProvider?.get() { merged.merge(provided) { _, newer in newer } }
    if let own = event.metadata { merged.merge(own) { _, newer in newer } }
    if let error = event.error {
      merged["error.message"] = "\(error)"
      merged["error.type"] = "\(String(reflecting: type(of: error)))"
    }
    return merged
  }
}

extension Logger.Level {
  /// The priority as in `syslog(3)`: a lower number is more urgent.
  var priority: Int {
    switch self {
    case .trace, .debug: 7
    case .info: 6
    case .notice: 5
    case .warning: 4
    case .error: 3
    case .critical: 2
    }
  }
}
