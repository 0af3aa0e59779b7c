import Foundation
import Spool
import SystemPackage
import Testing

/// When a file is taken from the inbox, and which never is.
@Suite("Spool: taking") struct SpoolTakingTests {
  let bench: SpoolBench

  init() throws { bench = try SpoolBench() }

  func hint(_ name: String) -> [UInt8] { Array(name.utf8) }

  @Test func aFileMovedInIsTakenAtOnce() throws {
    let daemon = try BenchDaemon(bench)
    daemon.run(for: .seconds(10))
    try bench.drop("a.jsonl", "one")
    daemon.tell(.hint(.movedIn(name: hint("a.jsonl"))))
    daemon.run(for: .zero)
    #expect(try bench.done == ["a.jsonl": "one"])
    daemon.close()
    #expect(try bench.complaints(done: [FileName("a.jsonl"): "one"]) == [])
  }
}
