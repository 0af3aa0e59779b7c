import Vectors
import ModelInterfaces
import Records
import Synchronization
import Testing

@testable import Pipeline

@Suite("Label plausibility") struct LabelPlausibilityTests {
  private let plausibility = LabelPlausibility(model: StubLanguageModel())

  @Test("a score is the mean per word after the text, less that after no text")
  func scores() throws {
    let scores = try plausibility.scores(
      [
        record("world championship"), record("news of the world"), record(" \n"),
        record(.pair("the world", "its news")), record(.none),
      ], labels: ["worldNews", "sport", "___"].map(label))
    // A word costs 1 after a text that has it, and 4 after any other. Nothing else matters here.
    #expect(Array(scores.row(0)) == [1.5, 0, 0])
    #expect(Array(scores.row(1)) == [3, 0, 0])
    #expect(Array(scores.row(2)) == [0, 0, 0])
    #expect(Array(scores.row(3)) == [3, 0, 0])
    #expect(Array(scores.row(4)) == [0, 0, 0])
  }

  /// A model that counts what it is asked.
  private final class CountingModel: LanguageModel {
    private let count = Mutex(0)
    private let stub = StubLanguageModel()

    var asked: Int { count.withLock { $0 } }
    var identity: String { stub.identity }
    var contextTokens: Int { stub.contextTokens }
    func tokens(of text: String) -> [Int32] { stub.tokens(of: text) }
    func scores(
      of continuations: [Continuation], each: (@Sendable (Int, [LogLikelihood]) -> Void)?
    ) -> [[LogLikelihood]] {
      count.withLock { $0 += continuations.count }
      return stub.scores(of: continuations, each: each)
    }
  }

  @Test("the model reads every label once alone, and once after every text that is not blank")
  func questions() throws {
    let model = CountingModel()
    _ = try LabelPlausibility(model: model).scores(
      [record("one"), record(" \n"), record(""), record(.none), record("two")],
      labels: ["x", "y", "z"].map(label))
    #expect(model.asked == 3 + 2 * 3)
  }

  @Test("a relation's text and entities are read")
  func relation() throws {
    let relation = Content.relation(
      Relation(
        text: "She met him", head: Entity(text: "Ada", type: nil, span: 0..<3),
        tail: Entity(text: "Bob", type: nil, span: 8..<11)))
    let scores = try plausibility.scores([record(relation)], labels: ["met", "Bob"].map(label))
    #expect(scores[0, 0] == 3)
    // Names are lower case, so `bob` is not the `Bob` of the prompt.
    #expect(scores[0, 1] == 0)
  }

  @Test("records are asked about in calls of 32, and progress counts records")
  func progress() throws {
    let log = Mutex<[[Int]]>([])
    let many = (0..<70).map { record($0 == 69 ? "x" : "text \($0)", line: $0 + 1) }
    let scores = try plausibility.scores(many, labels: ["x", "y"].map(label)) { done, total in
      log.withLock { $0.append([done, total]) }
    }
    #expect(log.withLock { $0 } == [[0, 70], [32, 70], [64, 70], [70, 70]])
    #expect(scores[69, 0] == 3)
    #expect(scores.storage.count { $0 != 0 } == 1)
  }
}
