import Foundation
import Logging
import Service
import Spool
import AtomicFiles
import SystemPackage

/// How a running daemon is seen: metrics on disk, status and signs of life to the service manager.
struct StatusReporter {
  private let metrics: FilePath
  private let notifier: ServiceNotifier
  private let log: Logger
  private let files = Files()
  private var written: SpoolCounters?
  private var trouble: Int32?
  private var nextMetrics = ContinuousClock.now
  private var nextWatchdog = ContinuousClock.now
  private var lastStatus = ""

  /// Monitors take a daemon for dead that has been silent for four of these.
  static let heartbeatInterval: Duration = .seconds(15)
  /// How often metrics are written at most.
  private static let busyInterval: Duration = .seconds(1)

  init(metrics: FilePath, notifier: ServiceNotifier, log: Logger) {
    self.metrics = metrics
    self.notifier = notifier
    self.log = log
    // Of a daemon that was killed while it wrote; where there is no folder yet there are none.
    _ = try? HiddenFile.removeAbandoned(in: metrics.removingLastComponent(), files: files)
  }

  /// When there is something to say at the latest.
  var nextReport: ContinuousClock.Instant {
    guard notifier.watchdogInterval != nil else { return nextMetrics }
    return min(nextMetrics, nextWatchdog)
  }

  /// Says what is due.
  mutating func report(of spool: SpoolStateMachine, isLast: Bool = false) {
    let now = ContinuousClock.now
    if let interval = notifier.watchdogInterval, now >= nextWatchdog {
      // From the thread that works: one that hangs is not alive.
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

  private mutating func write(_ text: String) {
    do throws(FileError) {
      do throws(FileError) {
        try files.replace(metrics, with: Array(text.utf8))
      } catch {
        guard error.code == ENOENT else { throw error }
        try files.makeFolder(metrics.removingLastComponent())
        try files.replace(metrics, with: Array(text.utf8))
      }
      trouble = nil
    } catch {
      if trouble != error.code {
        log.warning(
          "metrics cannot be written",
          metadata: ["path": "\(metrics)", "reason": "\(error.reason)"])
      }
      trouble = error.code
    }
  }
}
