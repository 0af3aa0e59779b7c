import Spool
import Foundation
import AtomicFiles
import SystemPackage
import TestSupport
import Testing

/// Makes each system call of the spool and its workers fail once, and lets the process end at each.
@Suite("Spool: faults") struct SpoolFaultTests {
  /// The files of a run, and what must become of them.
  struct Load: Sendable {
    var dropped: [String: String]
    var links: [String: String] = [:]
    var done: [String: String]
    var failed: [String: String] = [:]

    static let plain = Load(
      dropped: ["a.jsonl": "one", "b b.ndjson": "two", "ü.json": "three"],
      done: ["a.jsonl": "one", "b b.ndjson": "two", "ü.json": "three"])
    /// A good file, one that fails, one behind a link, and a second one with the first one's
    /// content.
    static let mixed = Load(
      dropped: [
        "a.jsonl": "one", "bad.jsonl": "poison", ".behind": "linked", "twin.jsonl": "one",
      ],
      links: ["l.jsonl": ".behind"],
      done: ["a.jsonl": "one", "l.jsonl": "linked", "twin.jsonl": "one"],
      failed: ["bad.jsonl": "poison"])

    func drop(into bench: SpoolBench) throws {
      for (name, content) in dropped { try bench.drop(name, content) }
      for (name, target) in links { try bench.link(name, to: target) }
    }

    func problems(of bench: SpoolBench) throws -> [String] {
      try bench.remove(".behind")
      return try bench.problems(
        done: Dictionary(uniqueKeysWithValues: done.map { (FileName($0.key), $0.value) }),
        failed: Dictionary(uniqueKeysWithValues: failed.map { (FileName($0.key), $0.value) }))
    }
  }

  struct Setting: Sendable, CustomTestStringConvertible {
    var testDescription: String
    var load = Load.plain
    var fileSystem: FaultyCalls.FileSystem = []
    var isArchiveElsewhere = false
    var hasLedger = false
    var isLedgerDeleted = false
    var hasSmallFileWorker = false

    static let ordinary = Setting(testDescription: "ordinary")
    static let mixed = Setting(testDescription: "mixed", load: .mixed, hasLedger: true)
    static let withoutExclusiveRename = Setting(
      testDescription: "no RENAME_NOREPLACE", fileSystem: .withoutExclusiveRename)
    static let withoutLinks = Setting(
      testDescription: "no links", fileSystem: [.withoutLinks, .withoutFolderSync])
    static let poor = Setting(
      testDescription: "neither", fileSystem: [.withoutLinks, .withoutExclusiveRename])
    static let archiveElsewhere = Setting(
      testDescription: "archive elsewhere", isArchiveElsewhere: true)
    static let ledgerDeleted = Setting(
      testDescription: "ledger deleted", hasLedger: true, isLedgerDeleted: true)

    static let besideOthers = Setting(
      testDescription: "beside others", load: .mixed, hasLedger: true, hasSmallFileWorker: true)

    static let all: [Setting] =
      [.ordinary, .mixed, .withoutExclusiveRename, .withoutLinks, .poor, .besideOthers]
      + (SpoolBench.otherDevice == nil ? [] : [.archiveElsewhere])

    func bench() throws -> SpoolBench {
      let bench = try SpoolBench(
        archive: isArchiveElsewhere ? SpoolBench.otherDevice : nil, hasLedger: hasLedger)
      if hasSmallFileWorker {
        bench.options.smallFiles = SmallFileOptions()
        bench.options.smallFiles?.delay = .zero
      }
      try load.drop(into: bench)
      return bench
    }
  }

  /// Runs a daemon whose n-th call fails, then one whose calls work.
  ///
  /// - Returns: what is wrong in the end; nil if there were fewer calls.
  func run(_ setting: Setting, failing number: Int, _ fault: FaultyCalls.Fault) throws -> [String]?
  {
    let bench = try setting.bench()
    let calls = FaultyCalls(failing: number, fault, on: setting.fileSystem)
    var problems: [String] = []
    // If the daemon cannot start, the service manager starts it again; here that is the second
    // daemon.
    if let daemon = try? BenchDaemon(bench, calls: calls) {
      let decided = setting.load.done.count + setting.load.failed.count
      daemon.run(untilDecided: decided)
      if !calls.isDead {
        if try bench.waiting.keys.contains(where: { !$0.hasPrefix(".") }) {
          problems.append("not recovered: \(try bench.waiting)")
        }
        daemon.send(.stop)
        daemon.run(for: .seconds(60))
        if !daemon.isFinished { problems.append("does not stop") }
      }
      calls.isDead ? daemon.die() : daemon.close()
    }
    guard calls.count >= number else { return nil }
    if setting.isLedgerDeleted { bench.deleteLedger() }
    let successor = try BenchDaemon(bench, calls: FaultyCalls(on: setting.fileSystem))
    successor.run(for: .seconds(310))
    successor.close()
    return problems + (try setting.load.problems(of: bench))
  }

  /// A run makes at least so many calls.
  static let fewestPoints = Tier.isAll ? 140 : 134

  /// Each call in turn; the quick tests try one in seven, from another first one for every setting.
  func runAll(_ setting: Setting, _ fault: FaultyCalls.Fault) throws -> Int {
    var number = Tier.isAll ? 1 : 1 + setting.testDescription.utf8.count % 7
    while let problems = try run(setting, failing: number, fault) {
      #expect(problems == [], "call \(number) of \(setting.testDescription), \(fault)")
      number += Tier.isAll ? 1 : 7
      try #require(number < 5000, "it never ends")
    }
    return number - (Tier.isAll ? 1 : 7)
  }

  @Test(
    "whichever call fails, each file is done exactly once",
    arguments: [
      .code(ENOSPC), .code(EIO), .code(EACCES), .code(EMFILE), .code(EINTR), .short,
    ] as [FaultyCalls.Fault])
  func everyCallMayFail(_ fault: FaultyCalls.Fault) throws {
    let points = try runAll(.ordinary, fault)
    #expect(points >= Self.fewestPoints, "\(points) calls were tried")
  }

  @Test(
    "whichever call fails on file systems that lack features, each file is done exactly once",
    arguments: Setting.all.dropFirst())
  func everyCallMayFailOnPoorFileSystems(_ setting: Setting) throws {
    let points = try runAll(setting, .code(EIO))
    #expect(points >= Self.fewestPoints, "\(points) calls were tried")
  }

  @Test(
    "at whichever call the process dies, each file is done exactly once",
    arguments: Setting.all + [.ledgerDeleted])
  func processMayDieAtEveryCall(_ setting: Setting) throws {
    let points = try runAll(setting, .crash)
    #expect(points >= Self.fewestPoints, "\(points) calls were tried")
  }
}
