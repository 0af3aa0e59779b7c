import Foundation
import Spool
import Synchronization
import TestSupport
import Testing

/// What did not come in time.
struct TimedOut: Error, CustomStringConvertible {
  let description: String
}

/// A watch, and the hints that it gave.
final class WatchLog {
  let watch: FolderWatch
  private(set) var all: [FolderHint] = []

  init(_ watch: FolderWatch) { self.watch = watch }

  /// Why there was no watch.
  var reasons: [String] {
    all.compactMap { if case .unavailable(let reason) = $0 { reason } else { nil } }
  }

  func clear() { all = [] }

  /// Does what the daemon does until the hints satisfy a condition, and returns them as they then are.
  @discardableResult
  func wait(until isEnough: ([FolderHint]) -> Bool) throws -> [FolderHint] {
    let deadline = ContinuousClock.now + Tier.waitLimit
    while !isEnough(all) {
      guard ContinuousClock.now < deadline else {
        let tail = all.suffix(20).map { "\($0)" }.joined(separator: ", ")
        throw TimedOut(description: "\(all.count) hints came, the last: \(tail)")
      }
      let wait = ContinuousClock.now.duration(to: min(deadline, watch.nextStart ?? deadline))
      var request = pollfd(fd: watch.descriptor, events: Int16(POLLIN), revents: 0)
      poll(&request, 1, Int32(max(0, (wait / .milliseconds(1)).rounded(.up))))
      all += watch.hints(at: .now)
    }
    return all
  }

  /// Waits until as many hints have come as are expected, which must then be these.
  func wait(
    for expected: [FolderHint], sourceLocation: SourceLocation = #_sourceLocation
  ) throws {
    let found = try wait { $0.count >= expected.count }
    #expect(found == expected, sourceLocation: sourceLocation)
  }

  /// Lets nothing be read of what `body` does until it is done.
  func holdingTheProgram(_ body: () throws -> Void) throws {
    let process = try #require(watch.process)
    try #require(kill(process, SIGSTOP) == 0)
    defer { kill(process, SIGCONT) }
    // Stopped at once unless it is running on another processor.
    try eventually("the program stopped") { Self.state(of: process) == "T" }
    try body()
  }

  /// As the kernel gives it: T stopped, Z ended and not waited for; nil where there is no process.
  static func state(of process: pid_t) -> Character? {
    let text = FileManager.default.contents(atPath: "/proc/\(process)/stat")
    let fields = text.flatMap { String(decoding: $0, as: UTF8.self).split(separator: ")").last }
    return fields?.dropFirst().first
  }
}

/// Writes files into a folder until it is told to end.
final class Writer: Sendable {
  private let folder: String
  private let isEnding = Atomic<Bool>(false)
  private let done = DispatchGroup()

  init(folder: String) { self.folder = folder }

  func begin() {
    done.enter()
    Thread { [self] in
      while !isEnding.load(ordering: .relaxed) {
        try? write("busy", in: folder)
        // So often that the program never waits its second, and the queue never fills.
        usleep(1000)
      }
      done.leave()
    }.start()
  }

  func end() {
    isEnding.store(true, ordering: .relaxed)
    done.wait()
  }
}

func bytes(_ text: String) -> [UInt8] { Array(text.utf8) }

/// Opens a file for writing and closes it.
func write(_ name: String, in folder: String) throws { try write(bytes(name), in: folder) }

func write(_ name: [UInt8], in folder: String) throws {
  let path = (bytes(folder + "/") + name + [0]).map { CChar(bitPattern: $0) }
  let descriptor = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0o644)
  try #require(descriptor >= 0, "\(String(cString: strerror(errno)))")
  close(descriptor)
}

/// Looks again and again until a condition holds, for what gives no sign of its own.
func eventually(_ what: String, _ holds: () -> Bool) throws {
  guard waits(until: holds) else { throw TimedOut(description: what) }
}

enum Descriptors {
  /// How many descriptors of this process lead to something whose name begins so.
  static func count(of prefix: String) -> Int {
    let names = (try? FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd")) ?? []
    return names.count { name in
      let target = try? FileManager.default.destinationOfSymbolicLink(
        atPath: "/proc/self/fd/\(name)")
      return target?.hasPrefix(prefix) ?? false
    }
  }

  /// How many this process may have.
  static var limit: Int {
    var limits = rlimit()
    guard getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limits) == 0 else { return 0 }
    return Int(clamping: limits.rlim_cur)
  }
}

enum Queue {
  /// How many events the kernel keeps for a watch.
  static var limit: Int {
    let text = FileManager.default.contents(atPath: "/proc/sys/fs/inotify/max_queued_events")
    return text.flatMap { Int(String(decoding: $0.dropLast(), as: UTF8.self)) } ?? .max
  }
}

enum UserNamespace {
  /// A command that runs its arguments where this limit of the kernel is 0, for them alone.
  static func command(limiting limit: String, _ program: String) -> String {
    let inside = "echo 0 >/proc/sys/user/\(limit) && exec \"$@\""
    return "exec unshare --user --map-root-user sh -c '\(inside)' sh '\(program)' \"$@\""
  }

  /// A container may not allow it.
  static let isAllowed: Bool = {
    let process = Process()
    process.executableURL = URL(filePath: "/usr/bin/env")
    process.arguments = [
      "unshare", "--user", "--map-root-user", "sh", "-c",
      "echo 0 >/proc/sys/user/max_inotify_instances",
    ]
    process.standardError = FileHandle.nullDevice
    do { try process.run() } catch { return false }
    process.waitUntilExit()
    return process.terminationStatus == 0
  }()
}

enum Mount {
  /// Root in a container may not be allowed to, either.
  static let isAllowed: Bool = {
    let path = NSTemporaryDirectory() + "emend-mount-\(UUID().uuidString)"
    guard geteuid() == 0, mkdir(path, 0o755) == 0 else { return false }
    defer { rmdir(path) }
    return begin(at: path) && end(at: path)
  }()

  static func begin(at path: String) -> Bool {
    mount("emend-test", path, "tmpfs", 0, nil) == 0
  }

  @discardableResult
  static func end(at path: String) -> Bool {
    umount2(path, Int32(MNT_DETACH)) == 0
  }
}
