import Foundation
import AtomicFiles
import Synchronization
import SystemPackage
import Testing

@Suite("Publication") struct PublicationTests {
  let folder: String

  init() throws {
    folder = NSTemporaryDirectory() + "emend-publication-\(UUID().uuidString)"
    try FileManager.default.createDirectory(
      atPath: folder, withIntermediateDirectories: true)
  }

  func contents() throws -> [String: String] {
    var found: [String: String] = [:]
    for name in try FileManager.default.contentsOfDirectory(atPath: folder) {
      let data = FileManager.default.contents(atPath: "\(folder)/\(name)") ?? Data()
      found[name] = String(decoding: data, as: UTF8.self)
    }
    return found
  }

  func part(_ suffix: String, _ text: String) -> Publication.Part {
    Publication.Part(suffix: suffix, bytes: Array(text.utf8))
  }

  @Test func publishesEveryPartAndNothingElse() throws {
    let paths = try Publication(folder: FilePath(folder)).publish(
      name: FileName("a"), parts: [part(".report.json", "r"), part(".jsonl", "d")])
    #expect(paths == ["\(folder)/a.report.json", "\(folder)/a.jsonl"].map { FilePath($0) })
    #expect(try contents() == ["a.report.json": "r", "a.jsonl": "d"])
  }

  @Test func filesWithOtherBytesAreNeverOverwritten() throws {
    let publication = Publication(folder: FilePath(folder))
    _ = try publication.publish(name: FileName("a"), parts: [part(".jsonl", "old")])
    _ = try publication.publish(
      name: FileName("a"), parts: [part(".report.json", "r"), part(".jsonl", "new")])
    #expect(
      try contents() == ["a.jsonl": "old", "a-2.report.json": "r", "a-2.jsonl": "new"])
  }

  @Test func repeatedRunChangesNothing() throws {
    let parts = [part(".report.json", "r"), part(".jsonl", "d")]
    let first = try Publication(folder: FilePath(folder)).publish(name: FileName("a"), parts: parts)
    let second = try Publication(folder: FilePath(folder)).publish(
      name: FileName("a"), parts: parts)
    #expect(first == second)
    #expect(try contents().count == 2)
  }

  @Test("a set of which a crash left a part is completed under the same name")
  func incompleteSetIsCompleted() throws {
    let parts = [part(".report.json", "r"), part(".jsonl", "d")]
    _ = try Publication(folder: FilePath(folder)).publish(name: FileName("a"), parts: [parts[0]])
    _ = try Publication(folder: FilePath(folder)).publish(name: FileName("a"), parts: parts)
    #expect(try contents() == ["a.report.json": "r", "a.jsonl": "d"])
  }

  @Test("an older file with an absent suffix makes the set take the next number")
  func olderFileWithAbsentSuffix() throws {
    _ = try Publication(folder: FilePath(folder)).publish(
      name: FileName("a"), parts: [part(".rejected.jsonl", "x")])
    _ = try Publication(folder: FilePath(folder)).publish(
      name: FileName("a"), parts: [part(".jsonl", "d")], absent: [".rejected.jsonl"])
    #expect(try contents() == ["a.rejected.jsonl": "x", "a-2.jsonl": "d"])
  }

  @Test("a part in a folder is published with its folder, and numbered with its set")
  func partsInFolders() throws {
    let parts = [
      part(".beir/corpus.jsonl", "c"), part(".beir/qrels/train.tsv", "q"), part(".jsonl", "d"),
    ]
    let publication = Publication(folder: FilePath(folder))
    let paths = try publication.publish(name: FileName("a"), parts: parts)
    #expect(try publication.publish(name: FileName("a"), parts: parts) == paths)
    _ = try publication.publish(
      name: FileName("a"), parts: [part(".beir/corpus.jsonl", "other"), parts[1], parts[2]])
    func text(_ path: String) -> String? {
      FileManager.default.contents(atPath: "\(folder)/\(path)").map {
        String(decoding: $0, as: UTF8.self)
      }
    }
    #expect(text("a.beir/corpus.jsonl") == "c" && text("a.beir/qrels/train.tsv") == "q")
    #expect(text("a-2.beir/corpus.jsonl") == "other" && text("a-2.jsonl") == "d")
    #expect(try Set(contents().keys) == ["a.beir", "a.jsonl", "a-2.beir", "a-2.jsonl"])
  }

  @Test("a plain file or a link that has the folder's name makes the set take the next number")
  func folderNameIsTaken() throws {
    let parts = [part(".beir/qrels/train.tsv", "q"), part(".jsonl", "d")]
    _ = try Publication(folder: FilePath(folder)).publish(
      name: FileName("a"), parts: [part(".beir", "a file")])
    try FileManager.default.createDirectory(
      atPath: "\(folder)/other", withIntermediateDirectories: true)
    try FileManager.default.createSymbolicLink(
      atPath: "\(folder)/a-2.beir", withDestinationPath: "other")
    let paths = try Publication(folder: FilePath(folder)).publish(name: FileName("a"), parts: parts)
    #expect(paths.map(\.string) == ["\(folder)/a-3.beir/qrels/train.tsv", "\(folder)/a-3.jsonl"])
    #expect(try FileManager.default.contentsOfDirectory(atPath: "\(folder)/other").isEmpty)
  }

  @Test(
    "whichever call fails, a set with folders is there whole, or none of its files and folders is")
  func foldersAreTakenBack() throws {
    let parts = [
      part(".beir/corpus.jsonl", "c"), part(".beir/qrels/train.tsv", "q"), part(".jsonl", "d"),
    ]
    for failing in 1...200 {
      let calls = Faulty(failing: failing, code: ENOSPC)
      let name = "set\(failing)"
      do {
        let paths = try Publication(folder: FilePath(folder), files: Files(calls: calls)).publish(
          name: FileName(name), parts: parts)
        #expect(
          paths.count == 3
            && FileManager.default.fileExists(atPath: "\(folder)/\(name).beir/qrels/train.tsv"))
        if calls.failed.withLock({ $0 }) == nil { return }
      } catch {
        #expect(try contents().keys.allSatisfy { !$0.hasPrefix("\(name).") }, "call \(failing)")
      }
    }
    Issue.record("no publication without a failed call")
  }

  /// Fails the n-th call with one error number.
  final class Faulty: SystemCalls {
    let failing: Int
    let code: Int32
    let count = Atomic<Int>(0)
    let failed = Mutex<String?>(nil)

    init(failing: Int, code: Int32) {
      self.failing = failing
      self.code = code
    }

    func attempt(_ operation: String, _ call: () -> Int) -> (result: Int, code: Int32) {
      let number = count.wrappingAdd(1, ordering: .relaxed).newValue
      if number == failing {
        failed.withLock { $0 = operation }
        return (-1, code)
      }
      return LinuxCalls().attempt(operation, call)
    }
  }

  @Test(
    "whichever call fails, the folder holds the whole set or none of it",
    arguments: [ENOSPC, EIO, EACCES, EMFILE, EINTR])
  func everyCallMayFail(code: Int32) throws {
    var points = 0
    for failing in 1...100 {
      let calls = Faulty(failing: failing, code: code)
      let name = "set\(failing)"
      do {
        _ = try Publication(folder: FilePath(folder), files: Files(calls: calls)).publish(
          name: FileName(name), parts: [part(".report.json", "r"), part(".jsonl", "d")])
        #expect(try contents()["\(name).jsonl"] == "d")
        #expect(try contents()["\(name).report.json"] == "r")
        if calls.count.load(ordering: .relaxed) < failing { break }
        #expect(
          code == EINTR || calls.failed.withLock { $0 } == "unlink",
          "only an interruption, and a hidden name that cannot be removed, may cause no error")
      } catch let error as FileError {
        #expect(error.code == code)
        #expect(!error.remedy.isEmpty)
        #expect(try contents().keys.allSatisfy { !$0.hasPrefix(name) })
      }
      if calls.failed.withLock({ $0 }) == "unlink" {
        _ = try HiddenFile.removeAbandoned(in: FilePath(folder), files: Files())
      }
      #expect(try contents().keys.allSatisfy { !$0.hasSuffix(".tmp") })
      points += 1
    }
    #expect(points >= 12, "every call of the set was reached")
  }

  /// A file system without hard links, whose folders cannot be synced either.
  struct WithoutLinks: SystemCalls {
    func attempt(_ operation: String, _ call: () -> Int) -> (result: Int, code: Int32) {
      if operation == "link" { return (-1, EPERM) }
      let (result, code) = LinuxCalls().attempt(operation, call)
      return operation == "fsync folder" ? (-1, EINVAL) : (result, code)
    }
  }

  @Test("without links, a file that gets the name at the last moment is not overwritten")
  func lateFileWithoutLinks() throws {
    let calls = FaultyCalls(on: .withoutLinks)
    calls.before { [folder] operation, _ in
      let path = "\(folder)/a.jsonl"
      guard operation.hasPrefix("rename"), !FileManager.default.fileExists(atPath: path) else {
        return
      }
      _ = FileManager.default.createFile(atPath: path, contents: Data("theirs".utf8))
    }
    let paths = try Publication(folder: FilePath(folder), files: Files(calls: calls)).publish(
      name: FileName("a"), parts: [part(".jsonl", "ours")])
    #expect(paths == [FilePath("\(folder)/a-2.jsonl")])
    #expect(try contents() == ["a.jsonl": "theirs", "a-2.jsonl": "ours"])
  }

  @Test(
    "a file that another program put in the place of a part stays when the set is taken back",
    arguments: [[], .withoutLinks] as [FaultyCalls.FileSystem])
  func takingBackRemovesNothingElse(_ fileSystem: FaultyCalls.FileSystem) throws {
    let other = "\(folder)/theirs"
    try Data("theirs".utf8).write(to: URL(filePath: other))
    try Data("old".utf8).write(to: URL(filePath: "\(folder)/a.jsonl"))
    let calls = FaultyCalls(on: fileSystem)
    calls.before { [folder] _, _ in
      guard FileManager.default.fileExists(atPath: "\(folder)/a.report.json") else { return }
      // Nothing happens once it is moved.
      _ = rename(other, "\(folder)/a.report.json")
    }
    let publication = Publication(folder: FilePath(folder), files: Files(calls: calls))
    func publish() throws {
      _ = try publication.publish(
        name: FileName("a"), parts: [part(".report.json", "r"), part(".jsonl", "d")])
    }
    // Without links the file that was replaced had no other name.
    if fileSystem.isEmpty {
      try publish()
    } else {
      #expect(throws: FileError.self) { try publish() }
    }
    let theirs = ["a.report.json": "theirs", "a.jsonl": "old"]
    let ours = fileSystem.isEmpty ? ["a-2.report.json": "r", "a-2.jsonl": "d"] : [:]
    #expect(try contents() == theirs.merging(ours) { $1 })
  }

  @Test("without links nothing is lost if a later part's name exists, and the next number is used")
  func collisionWithoutLinks() throws {
    let publication = Publication(folder: FilePath(folder), files: Files(calls: WithoutLinks()))
    _ = try publication.publish(name: FileName("a"), parts: [part(".jsonl", "old")])
    _ = try publication.publish(
      name: FileName("a"), parts: [part(".rejected.jsonl", "x"), part(".jsonl", "new")])
    #expect(
      try contents() == ["a.jsonl": "old", "a-2.rejected.jsonl": "x", "a-2.jsonl": "new"])
  }
}
