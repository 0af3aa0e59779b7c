package import AtomicFiles
import Foundation
import Synchronization

/// A worker in a process of its own: what a file does to it, the daemon survives, and sees. It speaks
/// lines of JSON on its standard input and output.
package final class WorkerProcess: Worker {
  private let child: ChildProcess
  private let isOpen = Mutex(true)
  private let life: Life

  /// Whether the process number is still the worker's: once it was waited for, it may be anybody's.
  private final class Life: Sendable {
    let isOver = Mutex(false)
  }

  /// Starts a program.
  ///
  /// - Parameters:
  ///   - program: path of the executable.
  ///   - deliver: gets what the worker reports, on a thread of its own, its end last.
  /// - Throws: where no process can be had, which may pass.
  package init(
    program: String, arguments: [String], deliver: @escaping @Sendable (WorkerEvent) -> Void
  ) throws(FileError) {
    let child = try ChildProcess(program, arguments, pipes: [.input, .output])
    self.child = child
    let life = Life()
    self.life = life
    let listener = Thread { Self.listen(to: child, life, deliver: deliver) }
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
        // A worker that does not listen is dead, and its end is on its way.
        guard written > 0 else { return }
        rest = rest.dropFirst(written)
      }
    }
  }

  package func kill() {
    life.isOver.withLock { isOver in
      if !isOver { _ = Foundation.kill(child.process, SIGKILL) }
    }
  }

  package func retire() {
    isOpen.withLock { isOpen in
      if isOpen { close(child.input) }
      isOpen = false
    }
  }

  private static func listen(
    to child: ChildProcess, _ life: Life, deliver: (WorkerEvent) -> Void
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
        // What is no report is some library's chatter.
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
    life.isOver.withLock { isOver in
      isOver = true
      status = child.wait()
    }
    deliver(.ended(ChildProcess.described(status)))
  }
}
