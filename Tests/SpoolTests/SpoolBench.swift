import Foundation
import Spool
import AtomicFiles
import SystemPackage

/// A watched folder for one test, with a clock that only the test moves.
final class SpoolBench {
  let root: FilePath
  var options: SpoolOptions
  var ledger: String
  var now: ContinuousClock.Instant
  let seed: UInt64
  var daemonsStarted = 0
  private let started: ContinuousClock.Instant
  private let others: [FilePath]
  private let files = Files()

  /// A folder in memory if there is one, since thousands of test runs sync every file.
  static let temporary: FilePath =
    access("/dev/shm", W_OK) == 0 ? FilePath("/dev/shm") : FilePath(NSTemporaryDirectory())

  /// A folder on another file system than `temporary`; nil if there is none.
  static let otherDevice: FilePath? = {
    let other = FilePath(NSTemporaryDirectory())
    let stamps = [other, temporary].map { (try? Files().stamp($0)) ?? nil }
    return stamps[0]?.device == stamps[1]?.device ? nil : other
  }()

  /// - Parameters:
  ///   - archive: the folder for done files; nil for the one in the inbox.
  ///   - hasLedger: whether a ledger can be made.
  init(seed: UInt64 = 1, archive: FilePath? = nil, hasLedger: Bool = true) throws {
    self.seed = seed
    // A short name: in a debug build the cost of a path grows with its length.
    let name = "e-" + String(UInt32.random(in: .min ... .max), radix: 36)
    root = Self.temporary.appending(name)
    try files.makeFolder(root)
    let done = archive?.appending(name)
    others = [done].compactMap { $0 }
    options = SpoolOptions(
      folders: SpoolFolders(inbox: root.appending("in"), outbox: root.appending("out"), done: done),
      version: "test")
    // A ledger cannot be made if the folder above its own is missing.
    ledger = root.appending(hasLedger ? "ledger" : "none/ledger").string
    started = .now
    now = started
    try files.makeFolder(options.folders.inbox)
  }

  deinit {
    for folder in [root] + others { try? FileManager.default.removeItem(atPath: folder.string) }
  }

  var wallClock: Date {
    let span = started.duration(to: now)
    return Date(timeIntervalSince1970: 1_800_000_000 + span / .seconds(1))
  }

  var inbox: FilePath { options.folders.inbox }

  // MARK: - Dropping

  /// Writes a file into the inbox, or another folder.
  func drop(_ name: FileName, _ content: String, in folder: FilePath? = nil) throws {
    let folder = folder ?? inbox
    try files.makeFolder(folder)
    let path = folder.file(name)
    let descriptor = try files.open(path, O_WRONLY | O_CREAT | O_TRUNC, mode: 0o644)
    defer { files.close(descriptor) }
    try files.write(Array(content.utf8)[...], to: descriptor, path)
  }

  func drop(_ name: String, _ content: String, in folder: FilePath? = nil) throws {
    try drop(FileName(name), content, in: folder)
  }

  func link(_ name: String, to target: String) throws {
    try FileManager.default.createSymbolicLink(
      atPath: inbox.file(name).string, withDestinationPath: target)
  }

  func remove(_ name: String) throws { try files.remove(inbox.file(name)) }

  func deleteLedger() { try? FileManager.default.removeItem(atPath: ledger) }

  // MARK: - Contents

  /// The name under which a file is put away whose own name exists: with the beginning of its digest.
  static func second(_ stem: String, _ content: String) -> String {
    "\(stem)-\(FakeWorker.digest(Array(content.utf8)).prefix(12)).jsonl"
  }

  /// The names and contents of a folder's files; "no file" for what is neither file nor folder.
  func contents(_ folder: FilePath) throws -> [FileName: String] {
    var found: [FileName: String] = [:]
    guard try files.stamp(folder) != nil else { return [:] }
    for name in try files.list(folder) {
      let path = folder.file(name)
      guard let stamp = try files.stamp(path), stamp.kind != .folder else { continue }
      guard stamp.kind == .file else {
        found[name] = "no file"
        continue
      }
      let descriptor = try files.open(path, O_RDONLY)
      defer { files.close(descriptor) }
      let bytes = try files.read(descriptor, path, expected: stamp.size)
      found[name] = String(decoding: bytes, as: UTF8.self)
    }
    return found
  }

  /// As `contents`, with names as text.
  func text(_ folder: FilePath) throws -> [String: String] {
    let pairs = try contents(folder).map { ($0.key.description, $0.value) }
    return Dictionary(uniqueKeysWithValues: pairs)
  }

  var waiting: [String: String] { get throws { try text(inbox) } }
  var done: [String: String] { get throws { try text(options.folders.done) } }
  var failed: [String: String] { get throws { try text(options.folders.failed) } }
  var outbox: [String: String] { get throws { try text(options.folders.outbox) } }

  /// The outputs in the outbox, without the reports.
  var results: [String: String] {
    get throws { try outbox.filter { $0.key.hasSuffix(".jsonl") } }
  }

  /// Everything in the folders of owners, as `OWNER/NAME`. A hidden folder, which a daemon leaves
  /// that died before its first claim, counts only if it holds more than `.owner`.
  var claimed: [String] {
    get throws {
      var found: [String] = []
      guard try files.stamp(options.folders.claimed) != nil else { return [] }
      for owner in try files.list(options.folders.claimed) {
        let folder = options.folders.claimed.file(owner)
        if !owner.isHidden { found.append("\(owner)/") }
        for name in try files.list(folder) where !owner.isHidden || name != FileName(".owner") {
          found.append("\(owner)/\(name)")
        }
      }
      return found
    }
  }

  /// The path of a claimed file.
  func claimedPath(_ name: String) throws -> FilePath? {
    try claimed.first { $0.hasSuffix("/\(name)") }.map { options.folders.claimed.appending($0) }
  }

  // MARK: - Final state

  /// What is wrong with the folders after all daemons have ended in order; empty if nothing is.
  ///
  /// - Parameters:
  ///   - done: the files that the done folder must hold, with one output for each content.
  ///   - failed: the files that the failed folder must hold, each with its reason.
  ///   - outputs: the contents that must have an output; nil for those of `done`.
  func problems(
    done: [FileName: String], failed: [FileName: String] = [:], outputs: [String]? = nil
  ) throws -> [String] {
    var found: [String] = []
    func compare(_ what: String, _ is: [FileName: String], _ should: [FileName: String]) {
      if `is` != should { found.append("\(what): \(`is`) instead of \(should)") }
    }
    compare("inbox", try contents(inbox), [:])
    compare("done", try contents(options.folders.done), done)
    var withReasons = try contents(options.folders.failed)
    for name in failed.keys {
      if withReasons.removeValue(forKey: Archive.reasonName(for: name)) == nil {
        found.append("no reason for \(name)")
      }
    }
    compare("failed", withReasons, failed)
    let left = try claimed
    if !left.isEmpty { found.append("claimed: \(left)") }
    let expected = (outputs ?? Array(Set(done.values))).map(FakeWorker.outputOf).sorted()
    let outbox = try contents(options.folders.outbox)
    let results = outbox.filter { $0.key.hasSuffix(".jsonl") }
    if results.values.sorted() != expected { found.append("results: \(results)") }
    for (name, content) in results {
      let report = FileName(bytes: name.stem.bytes).appending(".report.json")
      if outbox[report] != "report: \(content)" { found.append("no report beside \(name)") }
    }
    if outbox.count != 2 * results.count { found.append("outbox: \(outbox.keys)") }
    return found
  }
}

extension Files {
  /// Opens a file, and makes it if `flags` say so.
  func open(_ path: FilePath, _ flags: Int32, mode: mode_t) throws(FileError) -> Int32 {
    let descriptor = path.withPlatformString { Foundation.open($0, flags | O_CLOEXEC, mode) }
    guard descriptor >= 0 else { throw FileError(path: path, operation: "open", code: errno) }
    return descriptor
  }
}
