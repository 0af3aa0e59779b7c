import AtomicFiles
package import Concurrency
package import Foundation
package import SystemPackage

/// Watches a folder through `emend-events`, which it starts, reads, and starts again when it ends.
///
/// It has no thread. Its owner waits until `descriptor` can be read or `nextStart` has come, and then
/// asks for `hints`. Until then events wait in the pipe and in the kernel; if there are more than the
/// kernel keeps (16,384 by default), the next hint is `.overflow`. After `.watching` no event is missed
/// until a hint that means "scan". One exception: if the name leads to another folder without an event
/// (a folder above it was renamed, or something was mounted over it), that is noticed within about a
/// second, and `.folderGone` and `.watching` follow.
///
/// Not thread-safe. The kernel ends the program when the thread that started it ends.
package final class FolderWatch {
  /// Short, because a folder that is made again should be watched soon and a start costs a millisecond.
  package static let defaultBackoff = Backoff(first: .seconds(1), longest: .seconds(30))
  package static let programName = "emend-events"

  private let folder: String
  private let program: String
  private let backoff: Backoff
  private var generator = SystemRandomNumberGenerator()

  /// The program while it runs.
  private var child: ChildProcess?
  /// The bytes of a record that is not complete yet.
  private var pending: [UInt8] = []
  /// Whether the program has said that it ends.
  private var hasSaidEnd = false
  private var startedAt: ContinuousClock.Instant?
  private var failures = 0
  /// The reason for having no watch that was reported last; nil while there is a watch.
  private var told: String?

  /// When the program is to be started, so when to ask for hints; nil while it runs.
  package private(set) var nextStart: ContinuousClock.Instant?

  /// The descriptor that can be read when there are hints; -1, which `poll` ignores, while there is no
  /// program.
  package var descriptor: Int32 { child?.output ?? -1 }

  /// The process number of the program; nil while it does not run.
  package var process: pid_t? { child?.process }

  /// - Parameters:
  ///   - folder: the name to watch, whatever folder it leads to; the folder need not exist yet.
  ///   - program: path of `emend-events`.
  package init(
    folder: FilePath, program: FilePath, backoff: Backoff = defaultBackoff,
    now: ContinuousClock.Instant = .now
  ) {
    self.folder = folder.string
    self.program = program.string
    self.backoff = backoff
    nextStart = now
  }

  deinit { stop() }

  /// Finds `emend-events`: beside the running program, else in `../lib/emend`, where the Debian package
  /// installs it. No other place is searched, so that no other program can take its place.
  package static func program(beside executable: FilePath) -> FilePath {
    let folder = executable.removingLastComponent()
    let places = [folder, folder.removingLastComponent().appending("lib/emend")]
      .map { $0.appending(programName) }
    return places.first { access($0.string, X_OK) == 0 } ?? places[0]
  }

  /// Reads the hints that have arrived, without waiting. Starts the program if its time has come.
  package func hints(at now: ContinuousClock.Instant) -> [FolderHint] {
    guard let child else {
      guard let nextStart, nextStart <= now else { return [] }
      return start(at: now)
    }
    var buffer = [UInt8](repeating: 0, count: 1 << 16)
    let count = read(child.output, &buffer, buffer.count)
    if count > 0 {
      let hints = parse(buffer[..<count])
      return hints ?? end(at: now, because: "\(Self.programName) wrote what is no record")
    }
    return count < 0 && (errno == EAGAIN || errno == EINTR) ? [] : end(at: now)
  }

  /// Ends the program; `hints` does not start it again.
  package func stop() {
    nextStart = nil
    _ = release()
  }

  private func start(at now: ContinuousClock.Instant) -> [FolderHint] {
    do throws(FileError) {
      let child = try ChildProcess(program, ["--", folder], pipes: [.output, .errors])
      for end in [child.output, child.errors] { _ = fcntl(end, F_SETFL, O_NONBLOCK) }
      self.child = child
      hasSaidEnd = false
      startedAt = now
      nextStart = nil
      return []
    } catch {
      let isMissing = error.code == ENOENT || error.code == EACCES
      return wait(
        at: now,
        because: isMissing
          ? "\(program): \(error.reason); install it there" : "\(error)")
    }
  }

  /// Handles the end of the program, or ends it for a reason. After an `.overflow` or a `.folderGone` the
  /// program ends with status 0, and is started again at once. One that ends without saying so waits as
  /// after a failure, or a wrong program would be started without end.
  private func end(at now: ContinuousClock.Instant, because reason: String? = nil) -> [FolderHint] {
    let (status, words) = release()
    if status == 0, reason == nil, hasSaidEnd {
      failures = 0
      nextStart = now
      return []
    }
    if let startedAt, startedAt + backoff.longest < now { failures = 0 }
    let said = reason ?? (words.isEmpty ? "\(ChildProcess.end(status))" : words)
    return wait(at: now, because: said)
  }

  /// Sets the time of the next start, later after each failure.
  private func wait(at now: ContinuousClock.Instant, because reason: String) -> [FolderHint] {
    failures += 1
    nextStart = now + backoff.delay(after: failures, using: &generator)
    defer { told = reason }
    return told == reason ? [] : [.unavailable(reason: reason)]
  }

  /// Ends the program if it still runs, and closes its pipes.
  ///
  /// - Returns: its status, and what it wrote to standard error.
  private func release() -> (status: Int32, words: String) {
    guard let child else { return (0, "") }
    self.child = nil
    pending = []
    kill(child.process, SIGKILL)
    let status = child.wait()
    var buffer = [UInt8](repeating: 0, count: 4096)
    let count = max(0, read(child.errors, &buffer, buffer.count))
    close(child.output)
    close(child.errors)
    let words = String(decoding: buffer[..<count], as: UTF8.self)
    return (status, words.trimmingCharacters(in: .newlines))
  }

  /// The hints in the bytes that were read; nil if the program does not write such records.
  private func parse(_ bytes: ArraySlice<UInt8>) -> [FolderHint]? {
    pending += bytes
    var hints: [FolderHint] = []
    var rest = pending[...]
    while let end = rest.firstIndex(of: 0) {
      guard let hint = FolderHint(record: rest[..<end]) else { return nil }
      if hint == .watching { told = nil }
      if hint == .overflow || hint == .folderGone { hasSaidEnd = true }
      hints.append(hint)
      rest = rest[(end + 1)...]
    }
    pending = Array(rest)
    return pending.count <= FolderHint.longestRecord ? hints : nil
  }
}

extension FolderHint {
  /// The longest kind, a space and the longest name.
  fileprivate static let longestRecord = 9 + Int(NAME_MAX)

  /// - Parameter record: a record of `emend-events` without its NUL; Sources/emend-events/main.c
  ///   describes the format.
  fileprivate init?(record: ArraySlice<UInt8>) {
    let parts = record.split(separator: UInt8(ascii: " "), maxSplits: 1)
    let name = parts.count == 2 ? Array(parts[1]) : nil
    switch (parts.first.map { String(decoding: $0, as: UTF8.self) }, name) {
    case ("written", let name?): self = .written(name: name)
    case ("moved-in", let name?): self = .movedIn(name: name)
    case ("appeared", let name?): self = .appeared(name: name)
    case ("removed", let name?): self = .removed(name: name)
    case ("overflow", nil): self = .overflow
    case ("gone", nil): self = .folderGone
    case ("ready", nil): self = .watching
    default: return nil
    }
  }
}
