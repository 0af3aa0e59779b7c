import Dispatch
import Foundation
import Logging
import Service
import Spool
import AtomicFiles
import Synchronization
import SystemPackage

/// Reports the state of a running daemon: writes metrics to disk, and sends a status and watchdog
/// messages to the service manager.
struct StatusReporter {
  private let notifier: ServiceNotifier
  private let metrics: MetricsFile
  /// The counters that were written last.
  private var written: SpoolCounters?
  private var nextMetrics = ContinuousClock.now
  private var nextWatchdog = ContinuousClock.now
  private var lastStatus = ""

  /// How often metrics are written at least. Monitors count a daemon as dead after four such
  /// intervals without any.
  static let heartbeatInterval: Duration = .seconds(15)
  /// How often metrics are written while there is work.
  private static let busyInterval: Duration = .seconds(1)

  init(metrics: FilePath, notifier: ServiceNotifier, log: Logger) {
    self.metrics = MetricsFile(metrics, log: log)
    self.notifier = notifier
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
    metrics.write(
      counters.prometheusText(
        heartbeat: Date().timeIntervalSince1970.rounded(), isPaused: spool.isPaused),
      waits: isLast)
    let status = spool.statusLine
    if status != lastStatus, !isLast { notifier.status(status) }
    lastStatus = status
    let isBusy = counters.working > 0 || counters.queued > 0 || written?.seen != counters.seen
    nextMetrics = now + (isBusy ? Self.busyInterval : Self.heartbeatInterval)
    written = counters
  }
}

/// Writes the metrics on a thread of its own, as a disk that hangs must not hold up the state machine.
private final class MetricsFile: Sendable {
  private let wanted: FilePath
  /// Nil until the first text is written.
  private let place = Mutex<MetricsPlace?>(nil)
  private let log: Logger
  private let files = Files(sharesWithGroup: true)
  private let queue = DispatchQueue(label: "emend metrics")
  /// The text to write next; nil if none waits.
  private let next = Mutex<String?>(nil)
  /// The system's error number of the last try; nil if it succeeded.
  private let lastError = Mutex<Int32?>(nil)
  /// How long the end of the daemon waits for the last text.
  private static let answerTimeout: DispatchTimeInterval = .seconds(2)

  init(_ path: FilePath, log: Logger) {
    wanted = path
    self.log = log
    queue.async { [files] in
      // Hidden files of a daemon that was killed while it wrote. An error means that there is no
      // folder yet, and so no such files.
      _ = try? HiddenFile.removeAbandoned(in: path.removingLastComponent(), files: files)
    }
  }

  /// Writes a text, in place of one that waits still.
  ///
  /// - Parameter waits: whether to wait until it is written.
  func write(_ text: String, waits: Bool) {
    let isQueued = next.withLock { next in
      defer { next = text }
      return next != nil
    }
    let work = DispatchWorkItem { [self] in
      let text = next.withLock { next in
        defer { next = nil }
        return next
      }
      if let text { replace(with: text) }
    }
    if !isQueued || waits { queue.async(execute: work) }
    if waits { _ = work.wait(timeout: .now() + Self.answerTimeout) }
  }

  /// Replaces the file; logs an error unless it is the same as the last. The file is not synced: after
  /// a loss of power its content would be out of date anyway.
  private func replace(with text: String) {
    do throws(FileError) {
      let folder = wanted.removingLastComponent()
      if !folder.isEmpty, try files.stamp(folder) == nil { try files.makePrivateFolder(folder) }
      let place = place.withLock { place in
        let chosen = place ?? MetricsPlace(wanted, files: files)
        place = chosen
        return chosen
      }
      let bytes = Array(place.labelled(text).utf8)
      try files.replace(place.path, with: bytes, isDurable: false)
      lastError.withLock { $0 = nil }
    } catch {
      let code = error.code
      let isNew = lastError.withLock { last in
        defer { last = code }
        return last != code
      }
      if isNew {
        log.warning(
          "metrics cannot be written",
          metadata: ["path": "\(wanted)", "reason": "\(error.reason)"])
      }
    }
  }
}
