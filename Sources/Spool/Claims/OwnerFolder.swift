package import AtomicFiles
package import Foundation
package import SystemPackage

/// The folder of one daemon's claims, under `claimed/`. Only this daemon puts files into it.
///
/// The folder has a file `.owner`, on which the daemon holds a lock for as long as it runs. The
/// kernel releases the lock when the process ends, however it ends. So if another daemon finds the
/// lock free, it knows that the owner is dead, and takes over the claims. A process identifier
/// would not be enough: it is reused, and means nothing on another host or in another container.
package final class OwnerFolder {
  /// What the file `.owner` says about its daemon.
  package struct Identity: Sendable, Codable, Equatable {
    package var name: String
    package var host: String
    package var process: Int32
    /// Where the results go. Two daemons that serve one inbox must have the same outbox.
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
  /// The longest `.owner` that is read, in bytes. A daemon writes less than 1,000.
  private static let longestIdentity = 4096

  package let path: FilePath
  package let identity: Identity
  private let descriptor: Int32
  private let stamp: Files.Stamp
  private let files: Files

  /// Makes the folder. Its file `.owner` is locked before the folder gets the name under which
  /// other daemons see it.
  package init(in claimed: FilePath, identity: Identity, files: Files) throws(FileError) {
    try files.makePrivateFolder(claimed)
    // Other daemons ignore hidden folders, so none takes the folder over before it is locked.
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

  /// Whether the folder is still at its path, with this daemon's own `.owner`.
  package func isInPlace() throws(FileError) -> Bool {
    try files.stamp(path.file(Self.lockName))?.isSameFile(as: stamp) ?? false
  }

  /// Removes the folder and its `.owner`, if it holds no claims.
  package func dissolve() throws(FileError) {
    _ = try HiddenFile.removeAbandoned(in: path, files: files)
    guard try files.list(path).allSatisfy({ $0 == Self.lockName }) else { return }
    try files.remove(path.file(Self.lockName))
    try files.removeFolder(path)
  }

  // MARK: - Other daemons

  /// Another daemon's folder.
  package struct Neighbour: Sendable {
    package let path: FilePath
    /// Nil if `.owner` cannot be read.
    package let identity: Identity?
    /// Whether the daemon holds its lock, or whether that cannot be found out.
    package let isAlive: Bool
    /// The names in the folder, without `.owner`.
    package let names: [FileName]
  }

  /// The folders of all daemons in a `claimed` folder, but for the one at `own`.
  package static func neighbours(
    in claimed: FilePath, besides own: FilePath? = nil, files: Files
  ) throws(FileError) -> [Neighbour] {
    guard try files.stamp(claimed) != nil else { return [] }
    var found: [Neighbour] = []
    for name in try files.list(claimed) where !name.isHidden {
      let path = claimed.file(name)
      guard path != own, ((try? files.stamp(path)) ?? nil)?.kind == .folder else { continue }
      guard let names = try? files.list(path) else { continue }
      let (identity, isAlive) = state(of: path.file(lockName), files: files)
      found.append(
        Neighbour(
          path: path, identity: identity, isAlive: isAlive, names: names.filter { $0 != lockName }))
    }
    return found
  }

  private static func state(of lockFile: FilePath, files: Files) -> (Identity?, Bool) {
    // A folder without `.owner` has no living owner: a daemon makes the file before the folder is
    // seen. What is no regular file was made by no daemon.
    guard let (descriptor, _) = try? files.openRegular(lockFile, O_RDWR) else {
      // A file that exists and cannot be opened belongs to another user, whose daemon may be alive.
      return (nil, ((try? files.stamp(lockFile)) ?? nil)?.kind == .file)
    }
    defer { files.close(descriptor) }
    let content =
      (try? files.read(descriptor, lockFile, expected: 512, limit: Self.longestIdentity)) ?? []
    let decoder = JSONDecoder()
    decoder.dateDecodingStrategy = .iso8601
    let identity = try? decoder.decode(Identity.self, from: Data(content))
    let isFree = (try? files.lock(descriptor, lockFile)) ?? false
    return (identity, !isFree)
  }

  /// Moves the files that a dead daemon had claimed back to the inbox. A file stays if another one
  /// in the inbox has its name by now; it is moved at a later call.
  ///
  /// - Parameter marked: whether each file gets its marker again.
  /// - Returns: what became of the files; nil if the daemon is alive.
  package static func reclaim(
    _ neighbour: Neighbour, into inbox: FilePath, marked: Bool, files: Files
  ) throws(FileError) -> Reclaimed? {
    let lockFile = neighbour.path.file(lockName)
    var held: Int32?
    defer { if let held { files.close(held) } }
    if try files.stamp(lockFile) != nil,
      let (descriptor, _) = try files.openRegular(lockFile, O_RDWR)
    {
      held = descriptor
      guard try files.lock(descriptor, lockFile) else { return nil }
    }
    _ = try HiddenFile.removeAbandoned(in: neighbour.path, files: files)
    var reclaimed = Reclaimed()
    var isEmpty = true
    for name in try files.list(neighbour.path) where name != lockName {
      do throws(FileError) {
        if try files.giveBack(name, from: neighbour.path, to: inbox, marked: marked) {
          reclaimed.names.append(name)
        } else {
          isEmpty = false
        }
      } catch {
        isEmpty = false
        reclaimed.failure = reclaimed.failure ?? error
      }
    }
    if isEmpty {
      do throws(FileError) {
        try files.remove(lockFile)
        try? files.removeFolder(neighbour.path)
      } catch {
        reclaimed.failure = error
      }
    }
    return reclaimed
  }

  /// What became of the files that a dead daemon had claimed.
  package struct Reclaimed: Sendable {
    /// The names of those that are in the inbox again.
    package var names: [FileName] = []
    /// Why others stay: the first error; nil where none has failed.
    package var failure: FileError?
  }
}

extension Files {
  /// Moves a claimed file back to the inbox, unless another file there has its name.
  ///
  /// - Parameter marked: whether the file gets its marker again, since it is still whole.
  /// - Returns: whether the file is in the inbox.
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
    // A crash between the two steps of `move` left one file with two names: do the second step.
    guard let old = try stamp(claimed), let new = try stamp(dropped) else { return false }
    if old.isSameFile(as: new) {
      try remove(claimed)
      return true
    }
    return false
  }
}
