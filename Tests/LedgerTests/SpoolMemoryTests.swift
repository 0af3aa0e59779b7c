import Foundation
import Logging
import Spool
import TestSupport
import Testing

@Suite("The state machine's access to the ledger") struct SpoolMemoryTests {
  let folder: Folder

  init() throws { folder = try Folder() }

  @Test(
    "a ledger that another process holds delays one call by a quarter of a second, and no other",
    .enabled(if: Holder.isPossible))
  func heldLedger() throws {
    let memory = SpoolMemory(
      folder: folder.path, log: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
    let first = memory.begin(run("before"))
    let holder = try Holder("\(folder.path)/\(Ledger.fileName)", "BEGIN EXCLUSIVE")
    let start = ContinuousClock.now
    var held = memory.begin(run("held"))
    #expect(held.id != nil && held.id != first.id)
    for _ in 1...200 {
      held.attempts += 1
      memory.update(held)
      #expect(memory.outcome(forKey: "k") == nil)
    }
    let waited = start.duration(to: .now)
    #expect(waited < .seconds(2), "\(waited)")
    try holder.letGo()
    // Written when the ledger answers again, once each.
    held.state = .done
    #expect(
      waits {
        memory.update(held)
        let runs = (try? Ledger.openReadOnly(folder: folder.path)?.recent(10)) ?? []
        return runs.map(\.name).sorted { $0.count < $1.count } == [held.name, first.name]
          && runs.contains { $0.state == .done && $0.attempts == 200 }
      })
  }
}
