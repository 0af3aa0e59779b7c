import Spool
import Foundation
import Testing

/// What a spool does while events are wanted and cannot be had.
@Suite("Without events") struct WithoutEventsTests {
  @Test("the inbox is looked through often until there are events again")
  func polling() throws {
    let bench = try SpoolBench()
    let daemon = try BenchDaemon(bench)
    daemon.send(.hint(.unavailable(reason: "emend-events is missing; install it")))
    daemon.run(for: .seconds(1))
    #expect(daemon.log.count("events are not available") == 1)
    #expect(daemon.log.count("install it") == 1)

    try bench.drop("without.jsonl", "a")
    daemon.run(for: .seconds(15))
    #expect(try bench.done.keys.sorted() == ["without.jsonl"])

    try bench.drop("missed.jsonl", "b")
    daemon.send(.hint(.watching))
    daemon.run(for: .seconds(5))
    #expect(try bench.done.keys.sorted() == ["missed.jsonl", "without.jsonl"])

    // From now on events are relied on.
    let rescans = daemon.counters.rescans
    daemon.run(for: .seconds(200))
    #expect(daemon.counters.rescans == rescans)
    daemon.close()
  }

  @Test("an interval that was asked for is never made longer")
  func shorterInterval() throws {
    let bench = try SpoolBench()
    bench.options.rescanInterval = .seconds(2)
    let daemon = try BenchDaemon(bench)
    daemon.send(.hint(.unavailable(reason: "no luck")))
    daemon.run(for: .seconds(1))
    let rescans = daemon.counters.rescans
    daemon.run(for: .seconds(20))
    #expect(daemon.counters.rescans >= rescans + 9)
    daemon.close()
  }
}
