import AtomicFiles
import CLinux
import Foundation
import SystemPackage

/// A program that was started, and our ends of the pipes to it.
struct ChildProcess {
  /// Which of the child's streams are pipes to us; the others are this process's own.
  struct Streams: OptionSet {
    let rawValue: Int32
    static let input = Streams(rawValue: 1 << STDIN_FILENO)
    static let output = Streams(rawValue: 1 << STDOUT_FILENO)
    static let errors = Streams(rawValue: 1 << STDERR_FILENO)
  }

  let process: pid_t
  /// Our ends by the child's descriptor; -1 where the stream is no pipe.
  private let ends: [Int32]

  var input: Int32 { ends[Int(STDIN_FILENO)] }
  var output: Int32 { ends[Int(STDOUT_FILENO)] }
  var errors: Int32 { ends[Int(STDERR_FILENO)] }

  /// Starts a program in a process group of its own, so that Ctrl-C in the terminal reaches only the
  /// daemon.
  ///
  /// - Parameters:
  ///   - program: path of the executable; it is not looked for in `PATH`.
  ///   - environment: the child's variables.
  /// - Throws: where no process can be had, which may pass.
  init(
    _ program: String, _ arguments: [String], environment: ChildEnvironment = ChildEnvironment(),
    pipes: Streams
  ) throws(FileError) {
    var ours: [Int32] = [-1, -1, -1]
    var theirs: [Int32] = [-1, -1, -1]
    defer { for descriptor in theirs where descriptor >= 0 { close(descriptor) } }
    func fail(_ operation: String, _ code: Int32) -> FileError {
      for descriptor in ours where descriptor >= 0 { close(descriptor) }
      return FileError(path: FilePath(program), operation: operation, code: code)
    }
    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    for stream in [STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO]
    where pipes.contains(Streams(rawValue: 1 << stream)) {
      var ends: [Int32] = [-1, -1]
      // Closed in other children: if one of them held a copy, we would not see that this child has
      // closed its end.
      guard emend_pipe(&ends) == 0 else { throw fail("pipe", errno) }
      let isInput = stream == STDIN_FILENO
      theirs[Int(stream)] = ends[isInput ? 0 : 1]
      ours[Int(stream)] = ends[isInput ? 1 : 0]
      posix_spawn_file_actions_adddup2(&actions, theirs[Int(stream)], stream)
    }
    var attributes = posix_spawnattr_t()
    posix_spawnattr_init(&attributes)
    defer { posix_spawnattr_destroy(&attributes) }
    posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETPGROUP))
    var process: pid_t = 0
    var vector: [UnsafeMutablePointer<CChar>?] = ([program] + arguments).map { strdup($0) } + [nil]
    var variables: [UnsafeMutablePointer<CChar>?] =
      environment.assignments.map { strdup($0) } + [nil]
    let code = posix_spawn(&process, program, &actions, &attributes, &vector, &variables)
    for pointer in vector + variables { free(pointer) }
    guard code == 0 else { throw fail("start", code) }
    self.process = process
    ends = ours
  }

  /// Waits until the process ends. Afterwards, another process may get its number.
  ///
  /// - Returns: its status, as `waitpid` gives it.
  func wait() -> Int32 {
    var status: Int32 = 0
    while waitpid(process, &status, 0) < 0, errno == EINTR {}
    return status
  }

  /// How a process ended.
  static func end(_ status: Int32) -> WorkerEnd {
    let signal = status & 0x7F
    return signal == 0 ? .exited((status >> 8) & 0xFF) : .signalled(signal)
  }
}
