import Foundation
import SystemPackage
import Testing

@testable import Spool
@testable import AtomicFiles

/// Gives failed files back while a daemon works.
@Suite("Failed files") struct FailedFilesTests {
  /// Simulates a daemon that is so fast that a file fails again, for the same reason, as soon as it
  /// is in the inbox.
  struct FastDaemon: SystemCalls {
    let folders: SpoolFolders
    let reason: [UInt8]

    func attempt(_ operation: String, _ call: () -> Int) -> (result: Int, code: Int32) {
      let outcome = LinuxCalls().attempt(operation, call)
      _ = try? Archive(files: Files()).put(
        Archive.Item(
          path: folders.inbox.file("data.jsonl"), name: FileName("data.jsonl"), digest: nil),
        in: folders.failed, because: reason)
      return outcome
    }
  }

  let inbox: FilePath
  let folders: SpoolFolders
  let reason = Array("{\"code\": \"input\"}\n".utf8)

  init() throws {
    inbox = FilePath(NSTemporaryDirectory()).file("emend-failed-\(UUID().uuidString)")
    folders = SpoolFolders(inbox: inbox, outbox: inbox.file("out"))
    try Files().makeFolder(folders.failed)
    try Data("nonsense\n".utf8).write(to: URL(filePath: "\(folders.failed)/data.jsonl"))
    try Data(reason).write(to: URL(filePath: "\(folders.failed)/data.jsonl.error.json"))
  }

  private var failed: [String] {
    ((try? Files().list(folders.failed)) ?? []).map(\.description).sorted()
  }

  @Test func fileThatFailsAgainAtOnceKeepsItsReason() throws {
    defer { try? FileManager.default.removeItem(atPath: inbox.string) }
    let files = Files(calls: FastDaemon(folders: folders, reason: reason))
    let outcome = try FailedFiles(folders: folders, files: files).retry(FileName("data.jsonl"))
    #expect(outcome == .retried)
    #expect(failed == ["data.jsonl", "data.jsonl.error.json"])
  }

  @Test func fileWhoseNameExistsKeepsItsReason() throws {
    defer { try? FileManager.default.removeItem(atPath: inbox.string) }
    try Data("other\n".utf8).write(to: URL(filePath: "\(inbox)/data.jsonl"))
    #expect(try FailedFiles(folders: folders).retry(FileName("data.jsonl")) == .taken)
    #expect(failed == ["data.jsonl", "data.jsonl.error.json"])
  }

  @Test func retriedFileLeavesNothingInTheFailedFolder() throws {
    defer { try? FileManager.default.removeItem(atPath: inbox.string) }
    #expect(try FailedFiles(folders: folders).retry(FileName("data.jsonl")) == .retried)
    #expect(failed.isEmpty)
  }
}
