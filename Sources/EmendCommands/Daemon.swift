import Dispatch
import Foundation
import Logging
import Service
import Spool
import AtomicFiles
import Synchronization
import SystemPackage

/// Runs the state machine of a watched folder: gives it the time, events, threads for workers and
/// signals, and a status reporter.
struct Daemon {
  /// The program of the worker processes.
  struct WorkerProgram {
    let path: String
    let arguments: @Sendable (WorkerKind) -> [String]
  }

  let options: SpoolOptions
  let statePath: String
  let metricsPath: String
  /// Whether to watch the inbox for events, or only to look through it from time to time.
  let hasEvents: Bool
  /// Where `emend-events` is.
  let eventProgram: FilePath
  let log: Logger
  /// Whether the log may repeat what is in files.
  let logsContent: Bool
  /// Logs how many events of a kind were left out of the log.
  let logOmissions: () -> Void
  let worker: WorkerProgram

  /// Works until no work is left or a signal ends it.
  ///
  /// - Returns: the exit status.
  func run() throws -> Int32 {
    let mailbox = try Mailbox<SpoolStateMachine.Message>()
    let notifier = ServiceNotifier()
    let signals = listen(to: mailbox, notifier)
    defer { withExtendedLifetime(signals.listener) {} }
    let memory = SpoolMemory(folder: statePath, log: log)
    let worker = worker
    let said = workerSays
    let background = DispatchQueue(label: "emend archive")
    let spool = try SpoolStateMachine(
      options: options, files: Files(sharesWithGroup: true), memory: memory, log: log, now: .now,
      inBackground: { work in background.async { mailbox.put(.background(work())) } },
      makeWorker: { number, kind throws(FileError) in
        try WorkerProcess(program: worker.path, arguments: worker.arguments(kind), said: said) {
          mailbox.put(.worker(number, $0))
        }
      })
    defer { spool.close() }
    if let fault = InboxRights.fault(options.folders.inbox) {
      log.warning(
        "the inbox is not safe from those who may write to it",
        metadata: ["reason": "\(fault.reason)", "remedy": "\(fault.remedy)"])
    }
    defer { mailbox.close() }
    let watch =
      hasEvents ? FolderWatch(folder: options.folders.inbox, program: eventProgram) : nil
    defer { watch?.stop() }
    if !options.endsWhenDrained {
      log.info(
        "watching",
        metadata: ["inbox": "\(options.folders.inbox)", "outbox": "\(options.folders.outbox)"])
    }
    var reporter = StatusReporter(metrics: FilePath(metricsPath), notifier: notifier, log: log)
    var deadline = spool.step([], at: .now)
    notifier.ready(status: spool.statusLine)
    while let wanted = deadline {
      reporter.report(of: spool)
      logOmissions()
      let wake = min(wanted, reporter.nextReport, watch?.nextStart ?? wanted)
      var messages = mailbox.take(until: wake, orInputAt: watch?.descriptor ?? -1)
      messages += (watch?.hints(at: .now) ?? []).map { .hint($0) }
      deadline = spool.step(messages, at: .now)
      let isReloaded = messages.contains { if case .reload = $0 { true } else { false } }
      if isReloaded { notifier.ready() }
    }
    notifier.stopping(status: "ended")
    reporter.report(of: spool, isLast: true)
    memory.prune()
    return signals.status() ?? spool.exitStatus
  }

  /// Logs what a worker writes to standard error, where the log may have it.
  private var workerSays: @Sendable (String) -> Void {
    let (log, logsContent) = (log, logsContent)
    return { line in
      if logsContent { log.info("a worker says", metadata: ["text": "\(line)"]) }
    }
  }

  /// Turns signals into messages for the state machine.
  ///
  /// - Returns: the listener, which the caller must keep, and a function that gives the exit
  ///   status for a signal that was received; nil if none was.
  private func listen(
    to mailbox: Mailbox<SpoolStateMachine.Message>, _ notifier: ServiceNotifier
  ) -> (listener: SignalListener, status: () -> Int32?) {
    // Ignored, as by default they would end the process: a broken lease (SIGIO), a pipe without a
    // reader (SIGPIPE), and a file beyond the limit of its size (SIGXFSZ).
    SignalListener.ignore([SIGIO, SIGPIPE, SIGXFSZ])
    let received = Received()
    let isDrain = options.endsWhenDrained
    let stopTimeout = options.stopTimeout
    let listener = SignalListener(to: [SIGINT, SIGTERM, SIGHUP]) { number in
      if number == SIGHUP {
        notifier.reloading()
        mailbox.put(.reload)
      } else {
        received.number.store(number, ordering: .sequentiallyConsistent)
        notifier.stopping(status: "finishing work in hand")
        notifier.extendTimeout(stopTimeout + .seconds(10))
        mailbox.put(.stop)
      }
    }
    let status: () -> Int32? = {
      switch received.number.load(ordering: .sequentiallyConsistent) {
      case 0: nil
      // A daemon that ends after SIGTERM has done what it should; a drain has been cut short.
      case SIGTERM where !isDrain: ExitStatus.done.rawValue
      default: ExitStatus.interrupted.rawValue
      }
    }
    return (listener, status)
  }
}

/// The last signal that asked the process to end; 0 if there was none.
private final class Received: Sendable {
  let number = Atomic<Int32>(0)
}
