package import AtomicFiles
package import Foundation
package import SystemPackage

/// One daemon's claims: a folder under `claimed/` that it alone fills, with a file `.owner` that it
/// holds locked for as long as it lives. The kernel ends the lock with the process, however that
/// ends; so whoever finds the lock free knows that the claims are nobody's any more. (A process
/// identifier would not do: it is reused, and means nothing on another host or in another container.)
package final class OwnerFolder {
  /// What `.owner` says of a daemon.
  package struct Identity: Sendable, Codable, Equatable {
    package var name: String
    package var host: String
    package var process: Int32
    /// Where the results go; two daemons on one inbox must agree.
    package var outbox: String
    package var version: String
    package var started: Date

    package init(
      name: String, host: String, process: Int32, outbox: String, version: String, started: Date
    ) {
      self.name = name
      self.host = host
      self.process = process
      self.outbox = outbox
      self.version = version
      self.started = started
    }
  }

  static let lockName = FileName(".owner")

  package let path: FilePath
  package let identity: Identity
  private let descriptor: Int32
  private let stamp: Files.Stamp
  private let files: Files

  /// Makes the folder, locked from the first moment in which others can see it.
  package init(in claimed: FilePath, identity: Identity, files: Files) throws(FileError) {
    try files.makeFolder(claimed)
    // Others leave hidden folders alone, so nobody comes between the folder and its lock.
    let draft = claimed.file(".new-\(identity.name)")
    let final = claimed.file(identity.name)
    try files.makeFolder(draft)
    var opened: Int32?
    do throws(FileError) {
      let lockFile = draft.file(Self.lockName)
      try files.remove(lockFile)
      let descriptor = try files.create(lockFile)
      opened = descriptor
      _ = try files.lock(descriptor, lockFile)
      let encoder = JSONEncoder()
      encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
      encoder.dateEncodingStrategy = .iso8601
      let content = (try? encoder.encode(identity)) ?? Data("{}".utf8)
      try files.write(([UInt8](content) + [0x0A])[...], to: descriptor, lockFile)
      try files.sync(descriptor, lockFile)
      stamp = try files.stamp(of: descriptor, lockFile)
      try files.rename(draft, to: final)
      self.descriptor = descriptor
    } catch {
      if let opened { files.close(opened) }
      try? files.remove(draft.file(Self.lockName))
      try? files.removeFolder(draft)
      throw error
    }
    path = final
    self.identity = identity
    self.files = files
  }

  deinit { files.close(descriptor) }

  /// Whether the folder is still where it was made.
  package func isInPlace() throws(FileError) -> Bool {
    try files.stamp(path.file(Self.lockName))?.isSameFile(as: stamp) ?? false
  }

  /// Takes the folder away where it holds no claims; with it goes the lock.
  package func dissolve() throws(FileError) {
    _ = try HiddenFile.removeAbandoned(in: path, files: files)
    guard try files.list(path).allSatisfy({ $0 == Self.lockName }) else { return }
    try files.remove(path.file(Self.lockName))
    try files.removeFolder(path)
  }

  // MARK: - Others

  /// Another daemon's folder.
  package struct Neighbour: Sendable {
    package let path: FilePath
    /// Nil where it cannot be read.
    package let identity: Identity?
    package let isAlive: Bool
    /// What it holds, `.owner` left out.
    package let names: [FileName]
  }

  /// All owners in a `claimed` folder but this one.
  package static func neighbours(
    in claimed: FilePath, besides own: FilePath? = nil, files: Files
  ) throws(FileError) -> [Neighbour] {
    guard try files.stamp(claimed) != nil else { return [] }
    var found: [Neighbour] = []
    for name in try files.list(claimed) where !name.isHidden {
      let path = claimed.file(name)
      guard path != own, try files.stamp(path)?.kind == .folder else { continue }
      guard let names = try? files.list(path) else { continue }
      let (identity, isAlive) = state(of: path.file(lockName), files: files)
      found.append(
        Neighbour(
          path: path, identity: identity, isAlive: isAlive, names: names.filter { $0 != lockName }))
    }
    return found
  }

  private static func state(of lockFile: FilePath, files: Files) -> (Identity?, Bool) {
    // A folder without its lock file is nobody's: a living owner's is there from the first moment.
    guard let descriptor = try? files.open(lockFile, O_RDWR | O_NOFOLLOW) else {
      // One that may not be opened belongs to somebody else, who may be alive.
      let exists = (try? files.stamp(lockFile)) ?? nil
      return (nil, exists != nil)
    }
    defer { files.close(descriptor) }
    let content = (try? files.read(descriptor, lockFile, expected: 512)) ?? []
    let decoder = JSONDecoder()
    decoder.dateDecodingStrategy = .iso8601
    let identity = try? decoder.decode(Identity.self, from: Data(content))
    let isFree = (try? files.lock(descriptor, lockFile)) ?? false
    return (identity, !isFree)
  }

  /// Gives back what a dead daemon had claimed: every file goes to the inbox again, unless another
  /// one has its name by now; that one waits for the next time.
  ///
  /// - Returns: the names that are in the inbox again; nil where the daemon is alive.
  package static func reclaim(
    _ neighbour: Neighbour, into inbox: FilePath, marked: Bool, files: Files
  ) throws(FileError) -> [FileName]? {
    let lockFile = neighbour.path.file(lockName)
    var held: Int32?
    defer { if let held { files.close(held) } }
    if try files.stamp(lockFile) != nil {
      let descriptor = try files.open(lockFile, O_RDWR | O_NOFOLLOW)
      held = descriptor
      guard try files.lock(descriptor, lockFile) else { return nil }
    }
    _ = try HiddenFile.removeAbandoned(in: neighbour.path, files: files)
    var returned: [FileName] = []
    var isEmpty = true
    for name in try files.list(neighbour.path) where name != lockName {
      if try files.giveBack(name, from: neighbour.path, to: inbox, marked: marked) {
        returned.append(name)
      } else {
        isEmpty = false
      }
    }
    if isEmpty {
      try files.remove(lockFile)
      try? files.removeFolder(neighbour.path)
    }
    return returned
  }
}

extension Files {
  /// Moves a claimed file back to the inbox unless another one has its name there; says whether it
  /// is there now.
  ///
  /// - Parameter marked: whether it gets its marker again, because the word that it is whole holds.
  func giveBack(
    _ name: FileName, from owner: FilePath, to inbox: FilePath, marked: Bool
  ) throws(FileError) -> Bool {
    let (claimed, dropped) = (owner.file(name), inbox.file(name))
    if marked, try stamp(claimed) != nil, try stamp(dropped) == nil {
      do throws(FileError) {
        close(try create(inbox.file(name.marker)))
      } catch {
        guard error.code == EEXIST else { throw error }
      }
    }
    if try move(claimed, to: dropped) { return true }
    // A crash between two names of one file (see `move`) is finished here.
    guard let old = try stamp(claimed), let new = try stamp(dropped) else { return false }
    if old.isSameFile(as: new) {
      try remove(claimed)
      return true
    }
    // What was behind a link was copied, the link stayed, and now leads nowhere: nobody will take
    // it, and its content is here.
    guard new.kind == .link, try leadsNowhere(dropped) else { return false }
    try rename(claimed, to: dropped)
    return true
  }

  private func leadsNowhere(_ link: FilePath) throws(FileError) -> Bool {
    do throws(FileError) {
      close(try open(link, O_RDONLY | O_NONBLOCK))
      return false
    } catch {
      guard error.code == ENOENT || error.code == ELOOP else { throw error }
      return true
    }
  }
}
