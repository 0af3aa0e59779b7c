import Foundation
import Synchronization

/// Watches a folder and tells what the kernel says of it.
///
/// Every hint comes on one thread, in the order of the events, with no lock held. The thread waits for
/// the receiver; while it does, events queue in the kernel, and when there are too many (16,384 by
/// default) the receiver gets `.overflow`. Between the watches' `.watching` and their end nothing is
/// missed without one of the hints that mean "scan", except that a name may lead to another folder for
/// about a second before it is noticed, where no event tells of it (something above it was renamed, or
/// something was mounted over it); `.folderGone` and `.watching` make that good.
///
/// One folder a process: the library has one descriptor. A second watch that is started tells
/// `.unavailable` until the first has stopped, and then takes over.
///
/// A watch that is let go of without `stop` ends by itself soon after.
package final class FolderWatch: Sendable {
  /// A second is soon enough for a person who makes the folder, and a `stat` a second is nothing.
  package static let defaultRetryInterval: Duration = .seconds(1)

  private let folder: String
  private let retryInterval: Duration
  private let receive: @Sendable (FolderHint) -> Void
  private let vigil = Mutex<Vigil?>(nil)

  /// - Parameters:
  ///   - folder: the name that is watched, whatever folder it leads to; it need not be there yet.
  ///   - retryInterval: how long to wait when there is no folder of that name, or no watch to be had.
  ///   - receive: gets the hints, on the watch's own thread; it may take its time, and must not call
  ///     `stop`, which would wait for it.
  package init(
    folder: String, retryInterval: Duration = defaultRetryInterval,
    receive: @escaping @Sendable (FolderHint) -> Void
  ) {
    precondition(retryInterval > .zero, "without a pause the thread would spin")
    self.folder = folder
    self.retryInterval = retryInterval
    self.receive = receive
  }

  deinit { vigil.withLock { $0?.ask() } }

  /// Begins to watch, and returns at once: `.watching` or `.unavailable` comes first, on the thread.
  /// Does nothing if it has begun.
  package func start() {
    vigil.withLock { vigil in
      guard vigil == nil else { return }
      let new = Vigil(folder: folder, retryInterval: retryInterval, receive: receive)
      vigil = new
      new.begin()
    }
  }

  /// Ends it, and returns when the receiver has returned for the last time and the kernel's descriptor
  /// is closed; nothing is told after that. Does nothing if it has not begun.
  ///
  /// At once, but for what the receiver still takes; within about a second where the process had no
  /// descriptors left for a pipe when it began.
  package func stop() {
    guard let ending = vigil.withLock({ $0 }) else { return }
    ending.ask()
    ending.join()
    vigil.withLock { if $0 === ending { $0 = nil } }
  }
}
