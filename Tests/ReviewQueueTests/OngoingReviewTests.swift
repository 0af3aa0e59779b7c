import AtomicFiles
import Decisions
import Foundation
import Records
import Report
import ReviewQueue
import SystemPackage
import Testing

@Suite struct OngoingReviewTests {
  private var clock = Clock()

  private func open(
    _ folder: borrowing Folder, _ output: ReviewableOutput, order: [Int]? = nil,
    limits: ReviewQueue.Limits = ReviewQueue.Limits(), newLabels: Bool = false,
    files: Files = Files()
  ) throws -> OngoingReview {
    let (log, earlier) = try DecisionLog.open(folder.decisions, files: files)
    return OngoingReview(
      output, order: order ?? output.order, limits: limits, allowsNewLabels: newLabels, log: log,
      earlier: earlier)
  }

  private func record(_ view: OngoingReview.View) -> Int? {
    if case .record(let index) = view.turn { index } else { nil }
  }

  @Test func aDecisionIsOnDiskBeforeTheNextRecordIsShown() throws {
    let folder = try Folder()
    let output = try Output.lines(3).reviewable
    let review = try open(folder, output)
    let first = try #require(record(review.view(of: .anna, at: clock.now)))
    let next = try review.decide(
      .change(["a"]), on: first, note: "why", .anna, at: clock.now,
      date: Date(timeIntervalSince1970: 0))
    #expect(record(next) == 1)
    let written = try folder.lines()
    #expect(
      written == [
        Decision(
          id: "r0", line: 1, contentDigest: output.records[0].contentDigest, given: .one("b"),
          verdict: .change, label: .one("a"), by: "Anna", at: "1970-01-01T00:00:00Z", note: "why")
      ])
    review.closeLog()
  }

  @Test func whoChoosesTheGivenLabelKeepsIt() throws {
    let folder = try Folder()
    let review = try open(folder, Output.lines(1).reviewable)
    _ = try review.decide(.change(["b"]), on: 0, .anna, at: clock.now)
    let written = try folder.lines()
    #expect(written.map(\.verdict) == [.keep] && written[0].label == nil)
    review.closeLog()
  }

  @Test func anAnswerThatDoesNotFitIsRefusedAndNotWritten() throws {
    let folder = try Folder()
    let review = try open(folder, Output.lines(2).reviewable)
    let answers: [OngoingReview.Answer] = [
      .change([]), .change(["a", "b"]), .change(["never seen"]), .change([""]),
    ]
    for answer in answers {
      #expect(throws: OngoingReview.Refusal.self) {
        _ = try review.decide(answer, on: 0, .anna, at: clock.now)
      }
    }
    for index in [-1, 2, 99] {
      #expect(throws: OngoingReview.Refusal.self) {
        _ = try review.decide(.keep, on: index, .anna, at: clock.now)
      }
    }
    let note = String(repeating: "x", count: OngoingReview.longestNote + 1)
    #expect(throws: OngoingReview.Refusal.self) {
      _ = try review.decide(.keep, on: 0, note: note, .anna, at: clock.now)
    }
    #expect(try folder.lines().isEmpty)
    review.closeLog()
    let tolerant = try open(folder, Output.lines(2).reviewable, newLabels: true)
    _ = try tolerant.decide(.change(["never seen"]), on: 0, .anna, at: clock.now)
    #expect(try folder.lines().map(\.label) == [.one("never seen")])
    tolerant.closeLog()
  }

  @Test func undoIsAFurtherLineAndHoldsAfterARestart() throws {
    let folder = try Folder()
    let output = try Output.lines(3).reviewable
    var review = try open(folder, output)
    _ = try review.decide(.neither, on: 0, .anna, at: clock.now)
    _ = try review.decide(.keep, on: 1, .anna, at: clock.now)
    #expect(record(try review.undo(.anna, at: clock.now)) == 1)
    #expect(try folder.lines().map(\.verdict) == [.neither, .keep, .skip])
    #expect(DecisionSet(try folder.lines()).decided.map(\.id) == ["r0"])
    review.closeLog()
    review = try open(folder, output)
    #expect(review.decidedCount == 1)
    #expect(record(review.view(of: .anna, at: clock.now)) == 1)
    // Also what was decided before the restart can be taken back.
    #expect(record(try review.undo(.anna, at: clock.now)) == 0)
    #expect(review.decidedCount == 0)
    review.closeLog()
  }

  @Test func aSkipHoldsAfterARestart() throws {
    let folder = try Folder()
    let output = try Output.lines(2).reviewable
    var review = try open(folder, output)
    _ = try review.decide(.skip, on: 0, .anna, at: clock.now)
    review.closeLog()
    review = try open(folder, output)
    #expect(record(review.view(of: .anna, at: clock.now)) == 1)
    #expect(record(review.view(of: .ben, at: clock.now)) == 0)
    review.closeLog()
  }

  @Test func whatIsDecidedByOthersMeanwhileIsSaid() throws {
    let folder = try Folder()
    let review = try open(folder, Output.lines(2).reviewable)
    _ = try review.decide(.keep, on: 0, .ben, at: clock.now)
    let refusal = #expect(throws: OngoingReview.Refusal.self) {
      _ = try review.decide(.neither, on: 0, .anna, at: clock.now)
    }
    #expect(refusal == .alreadyDecided(by: ["Ben"]))
    #expect(try folder.lines().count == 1)
    review.closeLog()
  }

  @Test func decisionsOfAFilledInTableOrOfOtherTextsDoNotDisturb() throws {
    let folder = try Folder()
    let output = try Output.lines(3).reviewable
    let digest = output.records[1].contentDigest
    try Data(
      """
      {"id": "r1", "content_sha256": "\(digest)", "given": "b", "decision": "keep"}
      {"id": "r2", "text": "another text", "given": "b", "decision": "keep"}

      """.utf8
    ).write(to: URL(filePath: folder.decisions.string))
    let review = try open(folder, output)
    #expect(review.decidedCount == 1 && review.foreignCount == 1)
    review.closeLog()
  }

  @Test func recordsWithOneIdAndOneTextAreToldApartByTheirLines() throws {
    let folder = try Folder()
    let output = try Output(
      lines: (0..<2).map { _ in Output.line(id: "same", text: "same", label: "b") }
    ).reviewable
    var review = try open(folder, output)
    _ = try review.decide(.keep, on: 1, .anna, at: clock.now)
    review.closeLog()
    review = try open(folder, output)
    #expect(record(review.view(of: .ben, at: clock.now)) == 0)
    #expect(review.decidedCount == 1)
    review.closeLog()
  }

  /// Two people decide 500 records while the process is killed again and again: the file is cut at any byte, as
  /// after a kill in the middle of a write. None is lost that was acknowledged, and none is decided twice.
  @Test func twoPeopleDecideFiveHundredRecordsThroughKills() throws {
    let folder = try Folder()
    let output = try Output.lines(500).reviewable
    var acknowledged: [Int: String] = [:]
    var time = clock
    for round in 0..<10 {
      let review = try open(folder, output, files: .withoutWaiting)
      let people = [ReviewQueue.Session.anna, .ben].map {
        ReviewQueue.Session(id: "\($0.id)-\(round)", reviewer: $0.reviewer)
      }
      var last: Int?
      steps: for step in 0..<50 {
        let person = people[step % 2]
        guard let index = record(review.view(of: person, at: time.now)) else { break steps }
        #expect(acknowledged[index] == nil, "record \(index) was shown twice")
        _ = try review.decide(
          step % 3 == 0 ? .change(["a"]) : .keep, on: index, person, at: time.now)
        acknowledged[index] = person.reviewer
        last = index
      }
      review.closeLog()
      // A further decision is half written when the process is killed.
      if round % 2 == 0, last != nil {
        let bytes = DecisionFile.line(
          Decision(
            id: "r499", line: 500, contentDigest: output.records[499].contentDigest,
            given: .one("b"), verdict: .keep, by: "Ben"))
        let handle = try FileHandle(forWritingTo: URL(filePath: folder.decisions.string))
        try handle.seekToEnd()
        try handle.write(contentsOf: bytes.prefix(7 + round * 9))
        try handle.close()
      }
      time.advance(.seconds(1))
    }
    let written = try folder.lines()
    #expect(written.count == 500 && acknowledged.count == 500)
    #expect(Set(written.map(\.id)).count == 500)
    for decision in written {
      #expect(acknowledged[try #require(decision.line) - 1] == decision.by)
    }
    #expect(DecisionSet(written).conflicts.isEmpty)
  }

  /// Many threads at once.
  @Test func eightPeopleAtOnceDecideEachRecordOnce() async throws {
    let folder = try Folder()
    let output = try Output.lines(200).reviewable
    let review = try open(folder, output, files: .withoutWaiting)
    let now = clock.now
    await withTaskGroup(of: Void.self) { group in
      for number in 0..<8 {
        group.addTask {
          let session = ReviewQueue.Session(id: "\(number)", reviewer: "P\(number)")
          while case .record(let index) = review.view(of: session, at: now).turn {
            _ = try? review.decide(.keep, on: index, session, at: now)
          }
        }
      }
    }
    review.closeLog()
    let written = try folder.lines()
    #expect(written.count == 200 && Set(written.map(\.id)).count == 200)
  }
}
