import Digests
package import Foundation

/// Remembers that the files of a model were compared with their digests, so that it costs nothing to open
/// the model again while none of them has changed.
///
/// For each model there is one small file in the user's cache: the keyed digest of the size, the times of
/// change and the inode of each of the model's files, with the digest that it has. The key is that of the
/// cache folder, so that nobody else can declare a changed file to be verified.
package struct VerifiedFiles: Sendable {
  private let cache: CacheFolder
  private let now: @Sendable () -> Date

  /// - Parameters:
  ///   - cache: a folder of this user; made where it is missing.
  ///   - now: the time.
  package init(cache: CacheFolder, now: @escaping @Sendable () -> Date = { Date() }) {
    self.cache = cache
    self.now = now
  }

  /// A time of change does not tell two changes within this many seconds apart, so that a file which
  /// changed so recently is compared again next time.
  private static let restlessSeconds = 2

  /// Whether the files were verified and have not changed since.
  /// - Parameter digests: SHA-256 of each file, by name.
  package func contains(_ digests: [String: String], in folder: URL) -> Bool {
    guard let key = cache.key(isMade: false),
      let state = FileStates(of: digests, in: folder),
      let known = FileManager.default.contents(atPath: place(of: folder).path)
    else { return false }
    return known == Data(code(of: state, key))
  }

  /// Notes that the files were verified. A failure is ignored: they are then compared again next time.
  /// - Parameter state: the state of the files before they were read.
  func insert(_ state: FileStates, of folder: URL) {
    guard state.latestChange < Int(now().timeIntervalSince1970) - Self.restlessSeconds,
      let key = cache.key(isMade: true)
    else {
      return
    }
    let place = place(of: folder)
    try? FileManager.default.createDirectory(
      at: place.deletingLastPathComponent(), withIntermediateDirectories: true)
    try? Data(code(of: state, key)).write(to: place, options: .atomic)
  }

  private func place(of folder: URL) -> URL {
    let name = Digest.hexadecimal(of: Array(folder.standardizedFileURL.path.utf8)).prefix(16)
    return cache.directory.appending(path: "verified/\(name)")
  }

  private func code(of state: FileStates, _ key: [UInt8]) -> [UInt8] {
    var digest = KeyedDigest(key: key)
    digest.update(Array(state.text.utf8))
    return digest.bytes
  }
}

/// What the file system says of a model's files, by which a change is seen.
struct FileStates: Equatable {
  /// One line for each file.
  let text: String
  /// When a file was changed last, in seconds since 1970. Unlike the time of modification it cannot be
  /// set.
  let latestChange: Int

  /// - Returns: nil where a file is missing or is no regular file.
  init?(of digests: [String: String], in folder: URL) {
    var lines: [String] = []
    var latest = 0
    for (name, digest) in digests.sorted(by: { $0.key < $1.key }) {
      var facts = stat()
      guard stat(folder.appending(path: name).path, &facts) == 0,
        facts.st_mode & S_IFMT == S_IFREG
      else { return nil }
      latest = max(latest, facts.st_ctim.tv_sec, facts.st_mtim.tv_sec)
      lines.append(
        "\(name.utf8.count) \(name) \(digest) \(facts.st_size) \(facts.st_dev) \(facts.st_ino) "
          + "\(facts.st_mtim.tv_sec).\(facts.st_mtim.tv_nsec) "
          + "\(facts.st_ctim.tv_sec).\(facts.st_ctim.tv_nsec)")
    }
    text = lines.joined(separator: "\n")
    latestChange = latest
  }
}
