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
      var failing: Set<FilePath> = []
      if let owner {
        returnUnclaimedFiles(in: owner.path, &failing)
      }
      let neighbours = try OwnerFolder.neighbours(
        in: options.folders.claimed, besides: owner?.path, files: files)
      for neighbour in neighbours where !neighbour.isAlive {
        reclaim(neighbour, &failing)
      }
      unreclaimed = failing
    } catch {
      // The next scan tries again.
      log.debug("the claims of other daemons cannot be read", metadata: ["reason": "\(error)"])
    }
  }

  /// Gives back what one dead daemon had claimed. What cannot be given back keeps nothing else from it.
  private func reclaim(_ neighbour: OwnerFolder.Neighbour, _ failing: inout Set<FilePath>) {
    let name = neighbour.path.lastComponent?.string ?? ""
    do throws(FileError) {
      guard
        let reclaimed = try OwnerFolder.reclaim(
          neighbour, into: options.folders.inbox, marked: options.usesMarkers, files: files)
      else { return }
      memory.release(ofOwner: name)
      counters.reclaimed += reclaimed.names.count
      for file in reclaimed.names {
        log.warning(
          "taken over from a daemon that died",
          metadata: ["file": "\(file)", "owner": "\(name)"])
      }
      if let error = reclaimed.failure { warnOnce(neighbour.path, error, &failing) }
    } catch {
      warnOnce(neighbour.path, error, &failing)
    }
  }

  /// Moves the files in this daemon's own folder that it has no claim for back into the inbox. They appear
  /// when an inbox that was moved away comes back, or when a file could not be moved back before.
  private func returnUnclaimedFiles(in folder: FilePath, _ failing: inout Set<FilePath>) {
    do throws(FileError) {
      var failure: FileError?
      for name in try files.list(folder)
      where name != OwnerFolder.lockName && claims[name] == nil && !name.isHidden {
        do throws(FileError) {
          _ = try files.giveBack(
            name, from: folder, to: options.folders.inbox, marked: options.usesMarkers)
        } catch {
          failure = failure ?? error
        }
      }
      if let failure { throw failure }
    } catch {
      warnOnce(folder, error, &failing)
    }
  }

  /// Warns that something in a folder of claims cannot be given back, unless the last scan has done so.
  private func warnOnce(_ folder: FilePath, _ error: FileError, _ failing: inout Set<FilePath>) {
    failing.insert(folder)
    guard !unreclaimed.contains(folder) else { return }
    log.warning(
      "claimed files cannot be given back to the inbox; every scan tries again",
      metadata: ["claims": "\(folder)", "reason": "\(error)"])
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
