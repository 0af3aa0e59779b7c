import ReviewQueue
import Testing

@Suite struct QueueTests {
  private var clock = Clock()

  private func queue(
    _ count: Int, _ limits: ReviewQueue.Limits = ReviewQueue.Limits(),
    label: (Int) -> String = { _ in "a" }
  ) -> ReviewQueue {
    ReviewQueue(Array(0..<count), limits: limits, label: label)
  }

  @Test func twoPeopleSeeDifferentRecordsAndOneSeesTheSameUntilItIsDecided() {
    var queue = queue(3)
    #expect(queue.turn(of: .anna, at: clock.now) == .record(0))
    #expect(queue.turn(of: .ben, at: clock.now) == .record(1))
    #expect(queue.turn(of: .anna, at: clock.now) == .record(0))
    queue.noteDecision(on: 0, by: "Anna")
    #expect(queue.turn(of: .anna, at: clock.now) == .record(2))
    queue.noteDecision(on: 2, by: "Anna")
    #expect(queue.turn(of: .anna, at: clock.now) == .waiting)
    queue.noteDecision(on: 1, by: "Ben")
    #expect(queue.turn(of: .anna, at: clock.now) == .finished(.allDecided))
    #expect(queue.isFinished && queue.decided == 3)
  }

  @Test func twoPagesOfOnePersonSeeDifferentRecords() {
    var queue = queue(2)
    let second = ReviewQueue.Session(id: "3", reviewer: "Anna")
    #expect(queue.turn(of: .anna, at: clock.now) == .record(0))
    #expect(queue.turn(of: second, at: clock.now) == .record(1))
  }

  @Test mutating func aLeaseEndsAndIsRenewedByAsking() {
    var queue = queue(2)
    _ = queue.turn(of: .anna, at: clock.now)
    clock.advance(ReviewQueue.leaseDuration - .seconds(1))
    _ = queue.turn(of: .anna, at: clock.now)
    clock.advance(.seconds(2))
    #expect(queue.turn(of: .ben, at: clock.now) == .record(1))
    clock.advance(ReviewQueue.leaseDuration)
    // Both leases have ended.
    let third = ReviewQueue.Session(id: "3", reviewer: "Cleo")
    #expect(queue.turn(of: third, at: clock.now) == .record(0))
    #expect(queue.sessionCount(at: clock.now) == 1)
  }

  @Test func whatWasDecidedByAnotherPersonMeanwhileIsNotDecidedAgain() {
    var queue = queue(2)
    queue.noteDecision(on: 0, by: "Ben")
    #expect(!queue.mayDecide(0, .anna) && queue.mayDecide(0, .ben))
    #expect(!queue.mayDecide(7, .anna))
    #expect(queue.reviewers(of: 0) == ["Ben"])
  }

  @Test func aClosedPageGivesItsRecordBack() {
    var queue = queue(2)
    _ = queue.turn(of: .anna, at: clock.now)
    queue.close(.anna)
    #expect(queue.sessionCount(at: clock.now) == 0)
    #expect(queue.turn(of: .ben, at: clock.now) == .record(0))
  }

  @Test func aSkippedRecordGoesToOthersAndComesBackAtTheEnd() {
    var queue = queue(2)
    _ = queue.turn(of: .anna, at: clock.now)
    queue.noteSkip(of: 0, by: "Anna")
    #expect(queue.turn(of: .anna, at: clock.now) == .record(1))
    #expect(queue.turn(of: .ben, at: clock.now) == .record(0))
    queue.close(.ben)
    queue.noteDecision(on: 1, by: "Anna")
    #expect(queue.turn(of: .anna, at: clock.now) == .onlySkipped(1))
    queue.offerSkippedAgain(to: "Anna")
    #expect(queue.turn(of: .anna, at: clock.now) == .record(0))
  }

  @Test func undoTakesStepsBackOneByOneAndShowsTheirRecords() {
    var queue = queue(3)
    _ = queue.turn(of: .anna, at: clock.now)
    queue.noteDecision(on: 0, by: "Anna")
    queue.noteSkip(of: 1, by: "Anna")
    #expect(queue.turn(of: .anna, at: clock.now) == .record(2))
    #expect(queue.progress(of: "Anna").canUndo && !queue.progress(of: "Ben").canUndo)
    #expect(queue.lastStep(of: "Anna")?.isDecision == false)
    queue.undo(.anna, at: clock.now)
    #expect(queue.turn(of: .anna, at: clock.now) == .record(1))
    #expect(queue.lastStep(of: "Anna")?.index == 0)
    queue.undo(.anna, at: clock.now)
    #expect(queue.turn(of: .anna, at: clock.now) == .record(0))
    #expect(queue.decided == 0 && !queue.progress(of: "Anna").canUndo)
    // The record that was given back comes next.
    queue.noteDecision(on: 0, by: "Anna")
    #expect(queue.turn(of: .anna, at: clock.now) == .record(1))
  }

  @Test func aSkipAfterADecisionTakesItBackAndIsNoSkip() {
    var queue = queue(1)
    queue.noteDecision(on: 0, by: "Anna")
    queue.noteSkip(of: 0, by: "Anna")
    #expect(queue.decided == 0 && queue.turn(of: .anna, at: clock.now) == .record(0))
  }

  @Test func aBudgetCountsWhatOthersHold() {
    var queue = queue(5, ReviewQueue.Limits(budget: 2))
    #expect(queue.wantedCount == 2)
    _ = queue.turn(of: .anna, at: clock.now)
    _ = queue.turn(of: .ben, at: clock.now)
    let third = ReviewQueue.Session(id: "3", reviewer: "Cleo")
    #expect(queue.turn(of: third, at: clock.now) == .waiting)
    queue.noteDecision(on: 0, by: "Anna")
    #expect(queue.turn(of: .anna, at: clock.now) == .waiting)
    queue.noteDecision(on: 1, by: "Ben")
    #expect(queue.turn(of: .anna, at: clock.now) == .finished(.budgetUsed))
  }

  @Test func aQuotaHoldsForEachLabel() {
    var queue = queue(6, ReviewQueue.Limits(perLabel: 1)) { $0 < 4 ? "a" : "b" }
    #expect(queue.wantedCount == 2)
    #expect(queue.turn(of: .anna, at: clock.now) == .record(0))
    #expect(queue.turn(of: .ben, at: clock.now) == .record(4))
    queue.noteDecision(on: 0, by: "Anna")
    #expect(queue.turn(of: .anna, at: clock.now) == .waiting)
    queue.noteDecision(on: 4, by: "Ben")
    #expect(queue.turn(of: .anna, at: clock.now) == .finished(.quotasFilled))
  }

  @Test func theLastOfManyRecordsIsFoundAtOnce() {
    let count = 20_000
    var queue = queue(count)
    for index in 0..<count - 1 { queue.noteDecision(on: index, by: "Anna") }
    #expect(queue.turn(of: .anna, at: clock.now) == .record(count - 1))
  }
}
