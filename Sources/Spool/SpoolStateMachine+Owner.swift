import AtomicFiles
import Foundation
import Logging
import SystemPackage

/// The folder of this daemon's claims, and those of other daemons.
extension SpoolStateMachine {
  /// Throws `InboxLocked` if a living daemon serves the inbox into another outbox. That is a
  /// mistake: the results of one inbox would be split between two places.
  func refuseOtherOutbox() throws {
    let outbox = absolute(options.folders.outbox)
    for neighbour in try OwnerFolder.neighbours(in: options.folders.claimed, files: files)
    where neighbour.isAlive {
      guard let other = neighbour.identity, other.outbox != outbox else { continue }
      throw InboxLocked(
        description:
          "\(options.folders.inbox): process \(other.process) on \(other.host) serves this "
          + "inbox into \(other.outbox); stop it, or give this one the same --outbox")
    }
  }

  /// An absolute path for a path that may be relative to the current folder.
  func absolute(_ path: FilePath) -> String {
    guard path.isRelative else { return path.lexicallyNormalized().string }
    let folder = FilePath(FileManager.default.currentDirectoryPath)
    return folder.pushing(path).lexicallyNormalized().string
  }

  /// Makes the folder for this daemon's claims, unless it exists.
  func renewOwner() throws(FileError) {
    if let owner, try owner.isInPlace() { return }
    let host = ProcessInfo.processInfo.hostName.prefix { $0 != "." && $0 != "/" }
    let suffix = String(UInt32.random(in: .min ... .max, using: &generator), radix: 36)
    owner = try OwnerFolder(
      in: options.folders.claimed,
      identity: OwnerFolder.Identity(
        name: "\(host)-\(getpid())-\(suffix)", host: String(host), process: getpid(),
        outbox: absolute(options.folders.outbox), version: options.version, started: wallClock()),
      files: files)
  }

  /// Gives back to the inbox what dead daemons had claimed, and files in this daemon's own folder
  /// that it has no claim for.
  func reclaim() {
    do throws(FileError) {
      try files.makePrivateFolder(options.folders.claimed)
      try renewOwner()
      try returnUnclaimedFiles()
      let neighbours = try OwnerFolder.neighbours(
        in: options.folders.claimed, besides: owner?.path, files: files)
      for neighbour in neighbours where !neighbour.isAlive {
        guard
          let names = try OwnerFolder.reclaim(
            neighbour, into: options.folders.inbox, marked: options.usesMarkers, files: files)
        else { continue }
        memory.release(ofOwner: neighbour.path.lastComponent?.string ?? "")
        counters.reclaimed += names.count
        for name in names {
          log.warning(
            "taken over from a daemon that died",
            metadata: ["file": "\(name)", "owner": "\(neighbour.path.lastComponent?.string ?? "")"])
        }
      }
    } catch {
      // The next scan tries again.
      log.debug("the claims of other daemons cannot be read", metadata: ["reason": "\(error)"])
    }
  }

  /// Moves the files in this daemon's own folder that it has no claim for back into the inbox. They appear
  /// when an inbox that was moved away comes back, or when a file could not be moved back before.
  private func returnUnclaimedFiles() throws(FileError) {
    guard let owner else { return }
    for name in try files.list(owner.path)
    where name != OwnerFolder.lockName && claims[name] == nil && !name.isHidden {
      _ = try files.giveBack(
        name, from: owner.path, to: options.folders.inbox, marked: options.usesMarkers)
    }
  }

  /// Removes the hidden files of processes that died while they wrote.
  func removeAbandonedFiles() {
    let folders = options.folders
    let own = [folders.inbox, folders.outbox, folders.done, folders.failed, owner?.path]
    for folder in own.compactMap({ $0 }) {
      let count = (try? HiddenFile.removeAbandoned(in: folder, files: files)) ?? 0
      if count > 0 {
        log.info(
          "removed half-written files of a process that died",
          metadata: ["folder": "\(folder)", "count": "\(count)"])
      }
    }
  }
}

/// Another daemon serves the inbox into another outbox.
package struct InboxLocked: Error, CustomStringConvertible {
  package let description: String
}
