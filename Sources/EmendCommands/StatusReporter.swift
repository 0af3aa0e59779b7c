import Foundation
import Logging
import Service
import Spool
import AtomicFiles
import SystemPackage

/// Reports the state of a running daemon: writes metrics to disk, and sends a status and watchdog
/// messages to the service manager.
struct StatusReporter {
  private let metrics: FilePath
  private let notifier: ServiceNotifier
  private let log: Logger
  private let files = Files()
  /// The counters that were written last.
  private var written: SpoolCounters?
  /// The system's error number of the last try to write metrics; nil if it succeeded.
  private var lastError: Int32?
  private var nextMetrics = ContinuousClock.now
  private var nextWatchdog = ContinuousClock.now
  private var lastStatus = ""

  /// How often metrics are written at least. Monitors count a daemon as dead after four such
  /// intervals without any.
  static let heartbeatInterval: Duration = .seconds(15)
  /// How often metrics are written while there is work.
  private static let busyInterval: Duration = .seconds(1)

  init(metrics: FilePath, notifier: ServiceNotifier, log: Logger) {
    self.metrics = metrics
    self.notifier = notifier
    self.log = log
    // Hidden files of a daemon that was killed while it wrote. An error means that there is no
    // folder yet, and so no such files.
    _ = try? HiddenFile.removeAbandoned(in: metrics.removingLastComponent(), files: files)
  }

  /// When the next report is due.
  var nextReport: ContinuousClock.Instant {
    guard notifier.watchdogInterval != nil else { return nextMetrics }
    return min(nextMetrics, nextWatchdog)
  }

  /// Sends and writes what is due.
  ///
  /// - Parameter isLast: whether the daemon is about to end: metrics are written in any case.
  mutating func report(of spool: SpoolStateMachine, isLast: Bool = false) {
    let now = ContinuousClock.now
    if let interval = notifier.watchdogInterval, now >= nextWatchdog {
      // Sent by the thread that runs the state machine, so that the manager notices if it hangs.
      notifier.watchdog()
      nextWatchdog = now + interval
    }
    guard now >= nextMetrics || isLast else { return }
    let counters = spool.refreshedCounters()
    write(
      counters.prometheusText(
        heartbeat: Date().timeIntervalSince1970.rounded(), isPaused: spool.isPaused))
    let status = spool.statusLine
    if status != lastStatus, !isLast { notifier.status(status) }
    lastStatus = status
    let isBusy = counters.working > 0 || counters.queued > 0 || written?.seen != counters.seen
    nextMetrics = now + (isBusy ? Self.busyInterval : Self.heartbeatInterval)
    written = counters
  }

  /// Writes the metrics; logs an error unless it is the same as the last.
  private mutating func write(_ text: String) {
    do throws(FileError) {
      do throws(FileError) {
        try files.replace(metrics, with: Array(text.utf8))
      } catch {
        guard error.code == ENOENT else { throw error }
        try files.makeFolder(metrics.removingLastComponent())
        try files.replace(metrics, with: Array(text.utf8))
      }
      lastError = nil
    } catch {
      if lastError != error.code {
        log.warning(
          "metrics cannot be written",
          metadata: ["path": "\(metrics)", "reason": "\(error.reason)"])
      }
      lastError = error.code
    }
  }
}
