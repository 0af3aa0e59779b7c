package import AtomicFiles
import Foundation
import Synchronization

/// A worker in a process of its own. If a file makes the worker crash, the daemon goes on and
/// learns of the crash. The process reads orders and writes reports as lines of JSON, on its
/// standard input and output.
package final class WorkerProcess: Worker {
  private let child: ChildProcess
  /// Whether the worker's standard input is open.
  private let isOpen = Mutex(true)
  private let state: State

  /// Whether `waitpid` has returned for the process. From then on its number may belong to another
  /// process, which must not be killed.
  private final class State: Sendable {
    let hasEnded = Mutex(false)
  }

  /// Starts a program.
  ///
  /// - Parameters:
  ///   - program: path of the executable.
  ///   - deliver: called with the worker's reports, on a thread of its own; the last call tells how
  ///     the worker ended.
  /// - Throws: if no process can be started, which may pass.
  package init(
    program: String, arguments: [String], deliver: @escaping @Sendable (WorkerEvent) -> Void
  ) throws(FileError) {
    let child = try ChildProcess(program, arguments, pipes: [.input, .output])
    self.child = child
    let state = State()
    self.state = state
    let listener = Thread { Self.listen(to: child, state, deliver: deliver) }
    listener.name = "emend worker"
    listener.start()
  }

  deinit { retire() }

  package func send(_ order: WorkOrder) {
    guard let line = try? JSONEncoder().encode(order) else { return }
    isOpen.withLock { isOpen in
      guard isOpen else { return }
      var rest = ([UInt8](line) + [0x0A])[...]
      while !rest.isEmpty {
        let written = rest.withUnsafeBytes { write(child.input, $0.baseAddress, $0.count) }
        if written < 0, errno == EINTR { continue }
        // The worker no longer reads, so it is dead; the listener reports its end.
        guard written > 0 else { return }
        rest = rest.dropFirst(written)
      }
    }
  }

  package func kill() {
    state.hasEnded.withLock { hasEnded in
      if !hasEnded { _ = Foundation.kill(child.process, SIGKILL) }
    }
  }

  package func retire() {
    isOpen.withLock { isOpen in
      if isOpen { close(child.input) }
      isOpen = false
    }
  }

  /// Delivers the reports until the worker closes its output, then waits for its end.
  private static func listen(
    to child: ChildProcess, _ state: State, deliver: (WorkerEvent) -> Void
  ) {
    var pending: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 1 << 14)
    let decoder = JSONDecoder()
    while true {
      let count = read(child.output, &buffer, buffer.count)
      if count < 0, errno == EINTR { continue }
      if count <= 0 { break }
      pending += buffer[..<count]
      while let end = pending.firstIndex(of: 0x0A) {
        // A line that is no report was printed by a library.
        if let report = try? decoder.decode(WorkReport.self, from: Data(pending[..<end])) {
          deliver(.report(report))
        }
        pending.removeSubrange(...end)
      }
    }
    close(child.output)
    var information = siginfo_t()
    let number = id_t(child.process)
    while waitid(P_PID, number, &information, WEXITED | WNOWAIT) < 0, errno == EINTR {}
    var status: Int32 = 0
    state.hasEnded.withLock { hasEnded in
      hasEnded = true
      status = child.wait()
    }
    deliver(.ended(ChildProcess.end(status)))
  }
}
