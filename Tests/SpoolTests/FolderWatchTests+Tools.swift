import Foundation
import Spool
import Synchronization
import Testing

/// How long a test waits for what must come; far more than it takes on a busy machine.
private let patience: TimeInterval = 60

/// What did not come in time.
struct Impatience: Error, CustomStringConvertible {
  let description: String
}

/// The hints that came, for a test to wait on.
final class HintLog: Sendable {
  private let condition = NSCondition()
  private let hints = Mutex<[FolderHint]>([])

  var all: [FolderHint] { hints.withLock { $0 } }

  func add(_ hint: FolderHint) {
    condition.lock()
    defer { condition.unlock() }
    hints.withLock { $0.append(hint) }
    condition.broadcast()
  }

  func clear() { hints.withLock { $0 = [] } }

  /// Waits until the hints satisfy a condition, and returns them as they then are.
  @discardableResult
  func wait(until isEnough: ([FolderHint]) -> Bool) throws -> [FolderHint] {
    condition.lock()
    defer { condition.unlock() }
    let deadline = Date(timeIntervalSinceNow: patience)
    while !isEnough(all) {
      guard condition.wait(until: deadline) else {
        let tail = all.suffix(20).map { "\($0)" }.joined(separator: ", ")
        throw Impatience(description: "\(all.count) hints came, the last: \(tail)")
      }
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
}

/// Keeps a receiver waiting until it is opened, for good.
final class Gate: Sendable {
  private let condition = NSCondition()
  private let isOpen = Mutex(false)

  func open() {
    condition.lock()
    defer { condition.unlock() }
    isOpen.withLock { $0 = true }
    condition.broadcast()
  }

  func pass() {
    condition.lock()
    defer { condition.unlock() }
    let deadline = Date(timeIntervalSinceNow: patience)
    while !isOpen.withLock({ $0 }), condition.wait(until: deadline) {}
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
        // So often that the library never waits its second, and the queue never fills.
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
  let deadline = ContinuousClock.now + .seconds(patience)
  while !holds() {
    guard ContinuousClock.now < deadline else { throw Impatience(description: what) }
    usleep(1000)
  }
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

enum Threads {
  static func count(named name: String) -> Int {
    let threads = (try? FileManager.default.contentsOfDirectory(atPath: "/proc/self/task")) ?? []
    return threads.count { thread in
      let found = FileManager.default.contents(atPath: "/proc/self/task/\(thread)/comm")
      return found.map { String(decoding: $0, as: UTF8.self) } == name + "\n"
    }
  }
}

enum Queue {
  /// How many events the kernel keeps for a watch.
  static var limit: Int {
    let text = FileManager.default.contents(atPath: "/proc/sys/fs/inotify/max_queued_events")
    return text.flatMap { Int(String(decoding: $0.dropLast(), as: UTF8.self)) } ?? .max
  }
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
