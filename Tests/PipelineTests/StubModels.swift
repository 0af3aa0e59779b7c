import Concurrency
import ModelInterfaces
import Pipeline
import Records
import Rules
import Synchronization
import Vectors

/// An encoder whose vectors depend on the words of a text alone: every word has a direction of its own,
/// and a text has the sum of those of its words. So texts that share words are near each other.
struct StubEncoder: Encoder {
  /// Longer texts are cut to this many words.
  var maximumWords = 20

  var dimension: Int { 32 }
  var identity: String { "stub of \(maximumWords) words" }

  func encode(_ texts: [String], progress: (@Sendable (Int) -> Void)?) -> Encoding {
    progress?(0)
    var matrix = Matrix(rows: texts.count, columns: dimension)
    var truncated: [Bool] = []
    for (row, text) in texts.enumerated() {
      let words = text.lowercased().split { !$0.isLetter && !$0.isNumber }
      truncated.append(words.count > maximumWords)
      for word in words.prefix(maximumWords) {
        let seed = word.unicodeScalars.reduce(7) { ($0 &* 31) &+ UInt64($1.value) }
        var generator = SplitMix64(seed: seed)
        for column in 0..<dimension { matrix[row, column] += Float(generator.gaussian()) }
      }
    }
    progress?(texts.count)
    return Encoding(
      embeddings: matrix.normalised(), truncated: truncated, encodedCount: texts.count)
  }

  /// The vector of one text.
  func vector(_ text: String) -> [Float] { encode([text], progress: nil).embeddings.storage }
}

/// A language model that finds words likely after a text that has the same word, ten times as likely as
/// after any other.
struct StubLanguageModel: LanguageModel {
  var identity: String { "stub language model" }
  var contextTokens: Int { 1000 }
  func tokens(of text: String) -> [Int32] { text.split(separator: " ").map { _ in 1 } }

  func scores(
    of continuations: [Continuation], each: (@Sendable (Int, [LogLikelihood]) -> Void)?
  ) -> [[LogLikelihood]] {
    continuations.enumerated().map { index, continuation in
      let known = Set(continuation.prefix.text.split(whereSeparator: \.isWhitespace))
      let scores = continuation.segments.filter(\.isScored).map { segment in
        let words = segment.text.split(separator: " ")
        return LogLikelihood(
          sum: words.reduce(0) { $0 - (known.contains($1) ? 1 : 4) }, tokens: words.count,
          cutPrefixTokens: 0, cutTokens: 0)
      }
      each?(index, scores)
      return scores
    }
  }
}

/// A generator that writes the same reply to everything.
struct StubGenerator: TextGenerator {
  let text: String

  var identity: String { "stub generator" }
  var concurrency: Int { 2 }
  func reply(to conversation: Conversation) throws(GenerationError) -> Reply { Reply(text: text) }
}

/// A machine with the models that the test gives it.
final class StubModels: ModelSource {
  private let stub: (any Encoder)?
  private let model: (any LanguageModel)?
  private let writer: (any TextGenerator)?
  /// How many encoders were opened.
  private let opened = Mutex(0)

  init(
    encoder: (any Encoder)? = StubEncoder(), model: (any LanguageModel)? = nil,
    generator: (any TextGenerator)? = nil
  ) {
    stub = encoder
    self.model = model
    writer = generator
  }

  var openedEncoders: Int { opened.withLock { $0 } }

  func encoder(_ rules: RuleSet) throws -> any Encoder {
    opened.withLock { $0 += 1 }
    guard let stub else {
      throw ModelError(.modelMissing, at: "encoder", "there is none", remedy: "install one")
    }
    return stub
  }
  func search() -> any NeighbourSearch { ExactNeighbourSearch(threads: 1) }
  func languageModel(_ rules: RuleSet) -> (any LanguageModel)? { model }
  func languageModelParameterCount(_ rules: RuleSet) -> Int? { model == nil ? nil : 1000 }
  func generator(_ rules: RuleSet) -> (any TextGenerator)? { writer }
}

/// The progress that a run reported, in order.
final class ProgressLog: Sendable {
  struct Step: Equatable {
    let stage: DatasetRepair.Stage
    let done: Int
    let total: Int
  }

  private let log = Mutex<[Step]>([])

  var steps: [Step] { log.withLock { $0 } }

  /// The stages in the order in which they began.
  var stages: [DatasetRepair.Stage] {
    var stages: [DatasetRepair.Stage] = []
    for step in steps where stages.last != step.stage { stages.append(step.stage) }
    return stages
  }

  /// What a run calls with its progress.
  var callback: DatasetRepair.Progress { { self.add($0, $1, $2) } }

  private func add(_ stage: DatasetRepair.Stage, _ done: Int, _ total: Int) {
    log.withLock { $0.append(Step(stage: stage, done: done, total: total)) }
  }
}

// MARK: - Records

func label(_ name: String) -> Label { Label(name: name, token: "\"\(name)\"") }

/// A record with one label, or with none.
func record(
  _ content: Content, _ labelName: String? = nil, line: Int = 1, votes: [(String, String)] = [],
  vector: [Float]? = nil, isTrusted: Bool = false
) -> Record {
  Record(
    line: line, id: "r\(line)", content: content, labels: labelName.map { [label($0)] } ?? [],
    isMultiLabel: false, votes: votes.map { Vote(annotator: $0.0, label: label($0.1)) },
    vector: vector, isTrusted: isTrusted)
}

func record(
  _ text: String, _ labelName: String? = nil, line: Int = 1, votes: [(String, String)] = [],
  vector: [Float]? = nil, isTrusted: Bool = false
) -> Record {
  record(
    .text(text), labelName, line: line, votes: votes, vector: vector, isTrusted: isTrusted)
}

/// A record with a list of labels.
func record(_ text: String, list: [String], line: Int = 1) -> Record {
  Record(
    line: line, id: "r\(line)", content: .text(text), labels: list.map(label), isMultiLabel: true,
    votes: [], vector: nil)
}

/// Texts on two subjects, `cooking` and `sport` in turn, and the name of the subject of each.
func texts(_ count: Int) -> [(text: String, subject: String)] {
  let words = [
    "cooking": ["cooking", "soup", "oven", "salt", "bread", "onion", "recipe", "butter", "dough"],
    "sport": ["sport", "goal", "match", "team", "coach", "league", "race", "medal", "stadium"],
  ]
  let fillers = ["today", "often", "maybe", "there", "again"]
  var generator = SplitMix64(seed: 5)
  return (0..<count).map { index in
    let subject = index.isMultiple(of: 2) ? "cooking" : "sport"
    let own = (words[subject] ?? []).shuffled(using: &generator).prefix(4)
    let filler = fillers.randomElement(using: &generator) ?? ""
    return ((own + [filler]).joined(separator: " "), subject)
  }
}

/// Records of `texts`, with the labels of some flipped, and some without a label.
func records(_ count: Int, flipped: Set<Int> = [], unlabelled: Set<Int> = []) -> [Record] {
  texts(count).enumerated().map { index, text in
    let other = text.subject == "sport" ? "cooking" : "sport"
    let given = flipped.contains(index) ? other : text.subject
    return record(text.text, unlabelled.contains(index) ? nil : given, line: index + 1)
  }
}

/// A query with passages, each with a text and a grade.
func query(
  _ text: String, _ passages: [(text: String, grade: Int?)], answers: [String] = [], line: Int = 1,
  isTrusted: Bool = false
) -> Record {
  Record(
    line: line, id: "q\(line)",
    content: .retrieval(
      Retrieval(
        query: text,
        passages: passages.enumerated().map {
          Passage(id: "p\($0 + 1)", text: $1.text, grade: $1.grade)
        }, answers: answers)), labels: [], isMultiLabel: false, votes: [], vector: nil,
    isTrusted: isTrusted)
}
