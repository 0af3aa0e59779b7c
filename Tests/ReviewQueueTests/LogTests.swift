import AtomicFiles
import Decisions
import Foundation
import ReviewQueue
import SystemPackage
import Testing

@Suite struct LogTests {
  private func decision(_ id: String) -> Decision {
    Decision(
      id: id, line: 1, contentDigest: String(repeating: "a", count: 64), given: .one("x"),
      verdict: .keep, by: "Anna")
  }

  private func content(_ folder: borrowing Folder) throws -> String {
    try String(contentsOfFile: folder.decisions.string, encoding: .utf8)
  }

  @Test func whatIsAppendedIsThereWhenTheFileIsOpenedAgain() throws {
    let folder = try Folder()
    var (log, earlier) = try DecisionLog.open(folder.decisions)
    #expect(earlier.isEmpty)
    try log.append(decision("1"))
    log.close()
    (log, earlier) = try DecisionLog.open(folder.decisions)
    #expect(earlier == [decision("1")])
    try log.append(decision("2"))
    log.close()
    #expect(try folder.lines().map(\.id) == ["1", "2"])
  }

  @Test func twoProcessesDoNotWriteIntoOneFile() throws {
    let folder = try Folder()
    let (log, _) = try DecisionLog.open(folder.decisions)
    defer { log.close() }
    let error = #expect(throws: DecisionLog.Unusable.self) {
      _ = try DecisionLog.open(folder.decisions)
    }
    #expect(error?.description.contains("another emend review") == true)
  }

  @Test func theBeginningOfALineThatAKilledProcessLeftIsRemoved() throws {
    let folder = try Folder()
    let line = String(decoding: DecisionFile.line(decision("1")), as: UTF8.self)
    for length in [1, 10, line.utf8.count - 2] {
      try Data((line + line.prefix(length)).utf8).write(to: URL(filePath: folder.decisions.string))
      let (log, earlier) = try DecisionLog.open(folder.decisions)
      log.close()
      #expect(earlier.map(\.id) == ["1"])
      #expect(try content(folder) == line)
    }
    // A whole line gets its line end.
    try Data((line + line.dropLast()).utf8).write(to: URL(filePath: folder.decisions.string))
    var (log, earlier) = try DecisionLog.open(folder.decisions)
    #expect(earlier.count == 2)
    try log.append(decision("3"))
    log.close()
    #expect(try folder.lines().map(\.id) == ["1", "1", "3"])
  }

  @Test func whatSomebodyElseWroteIsNotRemoved() throws {
    let folder = try Folder()
    try Data("my notes".utf8).write(to: URL(filePath: folder.decisions.string))
    #expect(throws: DecisionLog.Unusable.self) { _ = try DecisionLog.open(folder.decisions) }
    #expect(try content(folder) == "my notes")
  }

  @Test func aLinkIsRefused() throws {
    let folder = try Folder()
    let target = folder.path.appending("elsewhere")
    try Data().write(to: URL(filePath: target.string))
    try FileManager.default.createSymbolicLink(
      atPath: folder.decisions.string, withDestinationPath: target.string)
    #expect(throws: DecisionLog.Unusable.self) { _ = try DecisionLog.open(folder.decisions) }
  }

  @Test func aFileThatWasMovedOrChangedTakesNoDecision() throws {
    let folder = try Folder()
    var (log, _) = try DecisionLog.open(folder.decisions)
    try log.append(decision("1"))
    let handle = try FileHandle(forWritingTo: URL(filePath: folder.decisions.string))
    try handle.seekToEnd()
    try handle.write(contentsOf: DecisionFile.line(decision("x")))
    try handle.close()
    #expect(throws: DecisionLog.Unusable.self) { try log.append(decision("2")) }
    log.close()
    (log, _) = try DecisionLog.open(folder.decisions)
    try FileManager.default.removeItem(atPath: folder.decisions.string)
    #expect(throws: DecisionLog.Unusable.self) { try log.append(decision("2")) }
    log.close()
  }

  /// Every system call fails once: the file holds whole lines alone, and exactly those that were acknowledged.
  @Test func aDecisionThatCannotBeWrittenLeavesTheFileAsItWas() throws {
    var failures = 0
    for number in 1... {
      let folder = try Folder()
      let calls = FailingCalls(number: number, operations: ["write", "fsync", "lstat", "fstat"])
      var (log, _) = try DecisionLog.open(folder.decisions, files: Files(calls: calls))
      calls.isArmed = true
      var acknowledged: [String] = []
      for id in ["1", "2"] {
        do {
          try log.append(decision(id))
          acknowledged.append(id)
        } catch {
          failures += 1
        }
      }
      log.close()
      #expect(try folder.lines().map(\.id) == acknowledged)
      if acknowledged.count == 2 { break }
    }
    #expect(failures >= 8)
  }

  @Test func aHalfWrittenDecisionIsCutOff() throws {
    let folder = try Folder()
    let calls = FailingCalls(number: 2, operations: ["write"], portion: 20)
    var (log, _) = try DecisionLog.open(folder.decisions, files: Files(calls: calls))
    calls.isArmed = true
    #expect(throws: FileError.self) { try log.append(decision("1")) }
    #expect(try content(folder) == "")
    try log.append(decision("2"))
    log.close()
    #expect(try folder.lines().map(\.id) == ["2"])
  }

  @Test func afterALineThatCouldNotBeCutOffNothingIsWritten() throws {
    let folder = try Folder()
    let calls = FailingCalls(
      number: 2, operations: ["write", "ftruncate"], portion: 20, lasts: true)
    var (log, _) = try DecisionLog.open(folder.decisions, files: Files(calls: calls))
    calls.isArmed = true
    #expect(throws: FileError.self) { try log.append(decision("1")) }
    calls.isArmed = false
    #expect(throws: DecisionLog.Unusable.self) { try log.append(decision("2")) }
    log.close()
    // The next start mends the file.
    let (next, earlier) = try DecisionLog.open(folder.decisions)
    next.close()
    #expect(earlier.isEmpty)
  }
}

/// Lets the n-th of some calls fail with a full disk, or all from the n-th on.
private final class FailingCalls: SystemCalls, @unchecked Sendable {
  private let number: Int
  private let operations: Set<String>
  private let portion: Int
  private let lasts: Bool
  private var count = 0
  var isArmed = false

  init(number: Int, operations: Set<String>, portion: Int = .max, lasts: Bool = false) {
    self.number = number
    self.operations = operations
    self.portion = portion
    self.lasts = lasts
  }

  func attempt(_ operation: String, _ call: () -> Int) -> (result: Int, code: Int32) {
    if isArmed, operations.contains(operation) {
      count += 1
      if count == number || lasts && count > number { return (-1, ENOSPC) }
    }
    return LinuxCalls().attempt(operation, call)
  }

  func portion(of count: Int, _ operation: String) -> Int { min(count, portion) }
}
