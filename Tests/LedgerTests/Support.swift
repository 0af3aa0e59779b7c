import Foundation
import Spool
import Testing

/// A new folder, which is removed with the value.
final class Folder: Sendable {
  let path: String

  init() throws {
    path = NSTemporaryDirectory() + "emend-ledger-\(UUID().uuidString)"
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
  }

  deinit { try? FileManager.default.removeItem(atPath: path) }

  var ledger: String { "\(path)/\(Ledger.fileName)" }

  func names() throws -> [String] {
    try FileManager.default.contentsOfDirectory(atPath: path).sorted()
  }

  func remove(_ names: String...) throws {
    for name in names { try FileManager.default.removeItem(atPath: "\(path)/\(name)") }
  }
}

/// Overwrites bytes of a file that no process has open.
func patch(_ path: String, at offset: UInt64, _ bytes: [UInt8]) throws {
  let file = try FileHandle(forUpdating: URL(fileURLWithPath: path))
  try file.seek(toOffset: offset)
  try file.write(contentsOf: Data(bytes))
  try file.close()
}

/// A time with few digits, which the ledger stores exactly.
func time(_ seconds: Double) -> Date { Date(timeIntervalSince1970: 1_800_000_000 + seconds) }

/// A file run with defaults for what a test does not need.
func run(
  _ name: String, key: String? = nil, state: FileRun.State = .working, digest: String? = nil,
  owner: String = "daemon", finished: Double? = nil
) -> FileRun {
  FileRun(
    name: Array(name.utf8), size: 1, state: state, digest: digest, key: key, owner: owner,
    seenAt: time(0), claimedAt: time(1), finishedAt: finished.map(time))
}

extension Ledger {
  /// The names of the latest file runs as text, latest change first.
  func names(_ limit: Int = 100) throws -> [String] {
    try recent(limit).map { String(decoding: $0.name, as: UTF8.self) }
  }
}
