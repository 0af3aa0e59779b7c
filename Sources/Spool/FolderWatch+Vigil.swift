import Foundation
import Synchronization

/// One thread's work between a start and a stop: watch, tell, and watch again.
final class Vigil: Sendable {
  /// How a watch ended.
  private enum Ending {
    case overflow, gone, stopped
    case failed(WatchFault)
  }

  /// How often the name is checked where no event asks for it, busy or quiet: the library's timeout is
  /// as long.
  private static let checkInterval: Duration = .seconds(1)

  private let folder: String
  private let retryInterval: Duration
  private let receive: @Sendable (FolderHint) -> Void
  private let bell = Bell()
  private let isStopping = Atomic<Bool>(false)
  private let done = DispatchGroup()
  /// The thread while it runs. Not the object: the thread holds this one.
  private let thread = Mutex<ObjectIdentifier?>(nil)

  init(
    folder: String, retryInterval: Duration, receive: @escaping @Sendable (FolderHint) -> Void
  ) {
    self.folder = folder
    self.retryInterval = retryInterval
    self.receive = receive
  }

  /// Begins, on a thread of its own: the library blocks, and takes calls from one thread only.
  func begin() {
    done.enter()
    let new = Thread { [self] in
      let current = ObjectIdentifier(Thread.current)
      thread.withLock { $0 = current }
      run()
      InotifySession.release(by: self)
      thread.withLock { $0 = nil }
      done.leave()
    }
    new.name = "emend-folder"
    new.start()
  }

  /// Asks for the end and returns at once.
  func ask() {
    isStopping.store(true, ordering: .sequentiallyConsistent)
    bell?.ring()
  }

  /// Waits until the thread has told its last and let go of everything.
  func join() {
    let current = ObjectIdentifier(Thread.current)
    precondition(
      thread.withLock { $0 != current }, "a receiver cannot wait for its own thread")
    done.wait()
  }

  private var isAsked: Bool { isStopping.load(ordering: .sequentiallyConsistent) }

  private func run() {
    // What the receiver knows already is not told again.
    var told: WatchFault?
    while !isAsked {
      do throws(WatchFault) {
        switch try watch(onceWatching: { told = nil }) {
        case .stopped: return
        case .overflow: tell(.overflow)
        case .gone:
          tell(.folderGone)
          told = .noFolder(folder)
        case .failed(let fault): throw fault
        }
      } catch {
        if error != told { tell(.unavailable(reason: error.description)) }
        told = error
        pause()
      }
    }
  }

  /// Watches until something ends it; the library is cleaned up when this returns or throws.
  private func watch(onceWatching note: () -> Void) throws(WatchFault) -> Ending {
    try InotifySession.claim(for: self)
    let identity = try FolderIdentity(of: folder)
    try SilentFileSystem.check(folder)
    let session = try InotifySession(watching: folder, bell: bell)
    // The watch may have gone to another folder than the one that was looked at.
    guard identity.isStill(at: folder) else { throw .replaced(folder) }
    note()
    tell(.watching)
    var checked = ContinuousClock.now
    while !isAsked {
      var hasMoved = false
      switch session.next() {
      case .hint(.overflow):
        // The kernel may have dropped the watch and not been able to say so.
        return .overflow
      case .hint(let hint): tell(hint)
      case .quiet: break
      case .moved: hasMoved = true
      case .dropped: return .gone
      case .failed(let code): return .failed(.system(folder, operation: "inotify", code: code))
      }
      if hasMoved || ContinuousClock.now - checked >= Self.checkInterval {
        guard identity.isStill(at: folder) else { return .gone }
        checked = .now
      }
    }
    return .stopped
  }

  /// Nothing is told once the end was asked for.
  private func tell(_ hint: FolderHint) {
    if !isAsked { receive(hint) }
  }

  /// Waits for the retry interval, or less if the end is asked for.
  private func pause() {
    let end = ContinuousClock.now + retryInterval
    while !isAsked {
      let left = end - .now
      guard left > .zero else { return }
      // At most a second at a time: without a bell nothing else ends the waiting. Rounded up, or the
      // last fraction of a millisecond would spin.
      let milliseconds = Int32((min(left, .seconds(1)) / .milliseconds(1)).rounded(.up))
      if let bell { bell.wait(milliseconds: milliseconds) } else { poll(nil, 0, milliseconds) }
    }
  }
}
