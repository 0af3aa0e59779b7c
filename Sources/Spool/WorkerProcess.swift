import Foundation
import Synchronization
import SystemPackage

/// A worker in a process of its own: what a file does to it, the daemon survives, and sees. It speaks
/// lines of JSON on its standard input and output.
package final class WorkerProcess: Worker {
  private let process: pid_t
  private let input: Int32
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
  ) throws(SpoolError) {
    let spawned = try Self.spawn(program, arguments)
    process = spawned.process
    input = spawned.input
    let life = Life()
    self.life = life
    let (process, output) = (spawned.process, spawned.output)
    let listener = Thread { Self.listen(to: process, life, output: output, deliver: deliver) }
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
        let written = rest.withUnsafeBytes { write(input, $0.baseAddress, $0.count) }
        if written < 0, errno == EINTR { continue }
        // A worker that does not listen is dead, and its end is on its way.
        guard written > 0 else { return }
        rest = rest.dropFirst(written)
      }
    }
  }

  package func kill() {
    life.isOver.withLock { isOver in
      if !isOver { _ = Foundation.kill(process, SIGKILL) }
    }
  }

  package func retire() {
    isOpen.withLock { isOpen in
      if isOpen { close(input) }
      isOpen = false
    }
  }

  private static func listen(
    to process: pid_t, _ life: Life, output: Int32, deliver: (WorkerEvent) -> Void
  ) {
    var pending: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 1 << 14)
    let decoder = JSONDecoder()
    while true {
      let count = read(output, &buffer, buffer.count)
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
    close(output)
    var information = siginfo_t()
    while waitid(P_PID, UInt32(process), &information, WEXITED | WNOWAIT) < 0, errno == EINTR {}
    var status: Int32 = 0
    life.isOver.withLock { isOver in
      isOver = true
      while waitpid(process, &status, 0) < 0, errno == EINTR {}
    }
    deliver(.ended(Self.described(status)))
  }

  private static func described(_ status: Int32) -> String {
    let signal = status & 0x7F
    guard signal != 0 else { return "it ended with status \((status >> 8) & 0xFF)" }
    return "signal \(signal), \(String(cString: strsignal(signal)))"
  }

  private static func spawn(
    _ program: String, _ arguments: [String]
  ) throws(SpoolError) -> (process: pid_t, input: Int32, output: Int32) {
    var toWorker: [Int32] = [-1, -1]
    var fromWorker: [Int32] = [-1, -1]
    guard pipe(&toWorker) == 0 else {
      throw SpoolError(path: .init(program), operation: "pipe", code: errno)
    }
    guard pipe(&fromWorker) == 0 else {
      let code = errno
      for descriptor in toWorker { close(descriptor) }
      throw SpoolError(path: .init(program), operation: "pipe", code: code)
    }
    let (childInput, input) = (toWorker[0], toWorker[1])
    let (output, childOutput) = (fromWorker[0], fromWorker[1])
    // No other worker may hold these open, or this one's end would go unseen.
    for descriptor in toWorker + fromWorker { _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC) }
    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    posix_spawn_file_actions_adddup2(&actions, childInput, STDIN_FILENO)
    posix_spawn_file_actions_adddup2(&actions, childOutput, STDOUT_FILENO)
    var attributes = posix_spawnattr_t()
    posix_spawnattr_init(&attributes)
    // A group of its own: what a terminal sends to the daemon's is for the daemon to decide.
    posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETPGROUP))
    var process: pid_t = 0
    var vector: [UnsafeMutablePointer<CChar>?] = ([program] + arguments).map { strdup($0) } + [nil]
    let code = posix_spawn(&process, program, &actions, &attributes, &vector, environ)
    for pointer in vector { free(pointer) }
    posix_spawnattr_destroy(&attributes)
    posix_spawn_file_actions_destroy(&actions)
    close(childInput)
    close(childOutput)
    guard code == 0 else {
      close(input)
      close(output)
      throw SpoolError(path: .init(program), operation: "start", code: code)
    }
    return (process, input, output)
  }
}
