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
  ///   - said: called with each line that the worker, or a library in it, writes to standard error; on a
  ///     thread of its own. A line may repeat what is in a file.
  ///   - deliver: called with the worker's reports, on a thread of its own; the last call tells how
  ///     the worker ended.
  /// - Throws: if no process can be started, which may pass.
  package init(
    program: String, arguments: [String], said: @escaping @Sendable (String) -> Void = { _ in },
    deliver: @escaping @Sendable (WorkerEvent) -> Void
  ) throws(FileError) {
    // Standard error is a pipe that is always read: a worker must not wait because nobody reads the log.
    let child = try ChildProcess(program, arguments, pipes: [.input, .output, .errors])
    self.child = child
    let state = State()
    self.state = state
    let listener = Thread { Self.listen(to: child, state, deliver: deliver) }
    listener.name = "emend worker"
    listener.start()
    let reader = Thread { Self.passOn(child.errors, to: said) }
    reader.name = "emend worker's errors"
    reader.start()
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

  /// Reads lines until the other end is closed. Of a long line only the beginning is passed on.
  private static func passOn(_ descriptor: Int32, to said: (String) -> Void) {
    var line: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 1 << 12)
    while true {
      let count = read(descriptor, &buffer, buffer.count)
      if count < 0, errno == EINTR { continue }
      if count <= 0 { break }
      for byte in buffer[..<count] {
        if byte != 0x0A {
          if line.count < longestLine { line.append(byte) }
          continue
        }
        if !line.isEmpty { said(String(decoding: line, as: UTF8.self)) }
        line = []
      }
    }
    if !line.isEmpty { said(String(decoding: line, as: UTF8.self)) }
    close(descriptor)
  }

  /// In bytes: enough for the reason of a crash.
  private static let longestLine = 1_000

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
