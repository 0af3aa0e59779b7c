import Concurrency
import Foundation
import Synchronization
import TestSupport
import Testing

@testable import ModelInterfaces
@testable import ModelCatalogue
@testable import OpenVINOBackend

struct LanguageModelTests {
  private struct Golden: Decodable {
    struct Cut: Decodable {
      let text: String
      let ids: [Int32]
    }
    struct Score: Decodable {
      let text: String
      let ending: String
      let continuation: String
      let tokens: Int
      let sum: Double
    }
    struct Reply: Decodable {
      let system: String
      let user: String
      let limit: Int
      let text: String
      let tokens: Int
      let sum: Double
      let wasCut: Bool
    }
    let tokens: [Cut]
    let scores: [Score]
    let replies: [Reply]

    var continuations: [Continuation] {
      scores.map { Continuation($0.continuation, after: Prefix($0.text, ending: $0.ending)) }
    }
  }

  private static func golden() throws -> Golden {
    try Prepared.fixture("language-model", as: Golden.self)
  }

  @Test func givesTheTokensOfTheReferenceTokenizer() throws {
    let model = try Prepared.languageModel(.fp32, threads: 1)
    for cut in try Self.golden().tokens {
      #expect(try model.tokens(of: cut.text) == cut.ids, "\(cut.text.debugDescription)")
    }
  }

  /// The reference is the logits of the whole sequence at once, from the model before the converter split it
  /// into body and head. The measured difference is at most 0.00003 per token in single precision.
  @Test func givesTheScoresOfTheWholeSequence() throws {
    let golden = try Self.golden()
    for precision in try Prepared.precisions() {
      let model = try Prepared.languageModel(precision, threads: 2)
      let scores = try model.logLikelihoods(of: golden.continuations)
      for (score, expected) in zip(scores, golden.scores) {
        #expect(score.tokens == expected.tokens)
        #expect(!score.wasCut)
        let apart = abs(score.meanPerToken - expected.sum / Double(expected.tokens))
        #expect(
          apart < (precision == .fp32 ? 0.0002 : 0.15),
          "\(precision), \(expected.continuation): \(apart) a token apart")
      }
    }
  }

  /// A score depends only on its continuation and prefix: it has the same bits together with others and
  /// alone, in any order, and on any number of threads.
  @Test func aScoreDependsOnItsPairAlone() throws {
    let pairs = Tier.arguments(try Self.golden().continuations, quick: 2)
    for precision in try Prepared.precisions() {
      let two = try Prepared.languageModel(precision, threads: 2)
      let one = try Prepared.languageModel(precision, threads: 1)
      let together = try two.logLikelihoods(of: pairs)
      #expect(try two.logLikelihoods(of: pairs) == together)
      #expect(try one.logLikelihoods(of: pairs.reversed()) == together.reversed())
      for (index, pair) in pairs.enumerated() {
        let doubled = try two.logLikelihoods(of: [pair, pair])
        #expect(doubled == [together[index], together[index]], "\(precision), pair \(index) alone")
      }
    }
  }

  /// OpenVINO keeps what it compiled for each length of a sequence; a score must not depend on that.
  @Test func aScoreIsTheSameAfterManyOtherLengths() throws {
    let pairs = try Self.golden().continuations
    let model = try Prepared.languageModel(.auto, threads: 1)
    let before = try model.logLikelihoods(of: pairs)
    let others = stride(from: 1, through: 80, by: Tier.isAll ? 3 : 26).map { count in
      Continuation(" end", after: Prefix((0..<count).map { "w\($0 % 10)" }.joined(separator: " ")))
    }
    let once = try model.logLikelihoods(of: others)
    #expect(try model.logLikelihoods(of: pairs) == before)
    let fresh = try Prepared.languageModel(.auto, threads: 1)
    #expect(try fresh.logLikelihoods(of: others.reversed()) == once.reversed())
  }

  @Test func aLikelierQuestionScoresHigher() throws {
    let model = try Prepared.languageModel(.auto, threads: 2)
    let scores = try model.logLikelihoods(of: Self.golden().continuations)
    #expect(scores[0].meanPerToken > scores[1].meanPerToken)
    #expect(scores.allSatisfy { $0.sum < 0 })
  }

  @Test func everyContinuationIsReported() throws {
    let model = try Prepared.languageModel(.fp32, threads: 2)
    let seen = Counter()
    let pairs = try Self.golden().continuations
    _ = try model.logLikelihoods(of: pairs) { done in seen.note(done) }
    #expect(seen.numbers.sorted() == Array(1...pairs.count))
    #expect(try model.logLikelihoods(of: []).isEmpty)
  }

  /// Scores a question and an answer together; the question's score is the same as without the answer.
  @Test func severalSegmentsAreScoredInOnePass() throws {
    let passages = try Self.golden().scores.prefix(2).map(\.text)
    for precision in try Prepared.precisions() {
      let model = try Prepared.languageModel(precision, threads: 2)
      for passage in passages {
        let prefix = Prefix(passage, ending: "\nQuestion:")
        let question = Continuation.Segment.scored(" Where was Marie Curie born?")
        let both = try model.scores(of: [
          Continuation([question, .unscored("\nAnswer:"), .scored(" Warsaw")], after: prefix),
          Continuation([question], after: prefix),
          Continuation([question, .scored(" In Warsaw."), .unscored("!")], after: prefix),
        ])
        #expect(both.map(\.count) == [2, 1, 2])
        #expect(both[0][0] == both[1][0] && both[2][0] == both[1][0])
        let answer = try model.logLikelihood(
          of: " Warsaw",
          after: Prefix(passage, ending: "\nQuestion: Where was Marie Curie born?\nAnswer:"))
        #expect(both[0][1].tokens == answer.tokens)
        let apart = abs(both[0][1].meanPerToken - answer.meanPerToken)
        #expect(apart < (precision == .fp32 ? 0.0005 : 0.2), "\(precision): \(apart)")
      }
    }
  }

  /// The head computes a long segment in parts.
  @Test func aLongSegmentIsTheSumOfItsTokens() throws {
    let model = try Prepared.languageModel(.fp32, threads: 1)
    let words = (1...120).map { " word\($0)" }
    let whole = try model.logLikelihood(of: words.joined(), after: Prefix("Words:"))
    #expect(whole.tokens > 2 * LanguageModelRunner.headRows)
    let parts = try model.scores(
      of: [Continuation(words.map { .scored($0) }, after: Prefix("Words:"))])[0]
    #expect(parts.reduce(0) { $0 + $1.tokens } == whole.tokens)
    #expect(abs(parts.reduce(0) { $0 + $1.sum } - whole.sum) / Double(whole.tokens) < 0.001)
  }

  @Test func specialTokensSpeltOutInATextAreText() throws {
    let model = try Prepared.languageModel(.fp32, threads: 1)
    for text in ["<|im_end|>", "<|endoftext|>", "<|im_start|>system", "a<|im_end|>\n<|im_start|>b"]
    {
      let tokens = try model.tokens(of: text)
      #expect(tokens.allSatisfy { $0 > 16 }, "\(text): \(tokens)")
      #expect(model.pieces.text(of: tokens) == text)
    }
  }

  @Test func givesTheRepliesOfTheReference() throws {
    let model = try Prepared.languageModel(.fp32, threads: 1)
    for expected in try Self.golden().replies {
      let reply = try model.reply(
        system: expected.system, user: expected.user, maximumTokens: expected.limit)
      #expect(reply.text == expected.text)
      #expect(reply.tokens == expected.tokens && reply.wasCut == expected.wasCut)
      #expect(reply.cutUserTokens == 0)
      let mean = try #require(reply.meanLogProbability)
      #expect(abs(mean - expected.sum / Double(expected.tokens)) < 0.001)
    }
  }

  @Test func aPromptReadInPiecesGivesTheSameReplyAsOneReadAtOnce() throws {
    let model = try Prepared.languageModel(.fp32, threads: 1)
    let words = (1...400).map { "passage \($0) of the town's old mill" }.joined(separator: ", ")
    // The last piece is a single token.
    let count = (Tier.isAll ? 2 : 1) * LanguageModelRunner.pieceTokens + 1
    let prompt = Array(try model.tokens(of: words).prefix(count))
    #expect(prompt.count == count)
    let pieces = try model.runner()
    try pieces.read(prompt)
    let read = try pieces.write(stops: [], limit: 12)
    let whole = try model.runner()
    try whole.begin(prompt)
    let begun = try whole.write(stops: [], limit: 12)
    #expect(read.tokens == begun.tokens)
    #expect(abs(read.sum - begun.sum) < 0.01)
  }

  @Test func repliesAreTheSameOnAnyNumberOfThreads() throws {
    let one = try Prepared.languageModel(.auto, threads: 1)
    let two = try Prepared.languageModel(.auto, threads: 2)
    let asked = try Self.golden().replies
    let alone = try asked.map { try one.reply(user: $0.user, maximumTokens: 12) }
    let together = Mutex([LanguageModelReply?](repeating: nil, count: asked.count))
    DispatchQueue.concurrentPerform(iterations: asked.count) { index in
      let reply = try? two.reply(user: asked[index].user, maximumTokens: 12)
      together.withLock { $0[index] = reply }
    }
    #expect(together.withLock { $0 } == alone)
  }

  @Test func aPromptThatIsTooLongIsCutInTheUsersMessage() throws {
    let model = try Prepared.languageModel(.fp32, threads: 1, contextTokens: 40)
    let words = (1...60).map { "word\($0)" }.joined(separator: " ")
    let reply = try model.reply(user: words, maximumTokens: 8)
    // The tokens around the message: its start and end, and the start of the reply.
    let around = 4 + (try model.tokens(of: "assistant\n").count)
    let said = try model.tokens(of: "user\n" + words).count
    #expect(reply.cutUserTokens == said - (40 - 8 - around))
    #expect(reply.tokens <= 8)
    let error = try #require(
      #expect(throws: ModelError.self) {
        try model.reply(system: words, user: "hi", maximumTokens: 8)
      })
    #expect(error.kind == .unusableText)
  }

  @Test func aLongPassageIsCutAtItsEnd() throws {
    let model = try Prepared.languageModel(.fp32, threads: 1, contextTokens: 40)
    let passage = (1...60).map { "word\($0)" }.joined(separator: " ")
    let whole = try model.tokens(of: passage).count
    let ending = "\nQuestion:"
    let kept = try model.tokens(of: ending).count
    let score = try model.logLikelihood(of: " What?", after: Prefix(passage, ending: ending))
    #expect(score.tokens == 2)
    #expect(score.cutTokens == 0)
    #expect(score.cutPrefixTokens == whole - (40 - kept - 2))
    #expect(score.wasCut)
  }

  /// Only empty endings, for which the tokenizer's graph alone would return a single row.
  @Test func endingsMayAllBeEmpty() throws {
    let model = try Prepared.languageModel(.fp32, threads: 1)
    let scores = try model.logLikelihoods(
      of: ["one", "two", ""].map { Continuation(" more", after: Prefix($0)) })
    #expect(scores.map(\.tokens) == [1, 1, 1])
    #expect(Set(scores.map(\.sum)).count == 3)
    #expect(try model.tokens(of: "") == [])
  }

  @Test func anEmptyContinuationIsRefused() throws {
    let model = try Prepared.languageModel(.fp32, threads: 1)
    let error = try #require(
      #expect(throws: ModelError.self) {
        try model.logLikelihoods(of: [
          Continuation("a", after: Prefix("b")), Continuation("", after: Prefix("b")),
        ])
      })
    #expect(error.kind == .unusableText)
    #expect(error.place == "continuation 2")
  }

  @Test func theIdentityNamesWhatChangesAScore() throws {
    let identities = try [
      Prepared.languageModel(.fp32, threads: 1).identity,
      Prepared.languageModel(.fp32, threads: 1, contextTokens: 40).identity,
    ]
    #expect(Set(identities).count == 2)
    #expect(try Prepared.languageModel(.fp32, threads: 2).identity == identities[0])
  }
}

struct TokenWindowTests {
  private func window(
    _ text: Int, _ ending: Int, _ continuation: Int, opening: Int = 0, limit: Int = 12
  ) -> TokenWindow {
    TokenWindow(
      opening: [Int32](repeating: 9, count: opening), text: (0..<Int32(text)).map { 100 + $0 },
      ending: (0..<Int32(ending)).map { 200 + $0 },
      segments: [(0..<Int32(continuation)).map { 300 + $0 }], beginToken: 1, limit: limit)
  }

  @Test func whatFitsIsKept() {
    let window = window(5, 3, 4)
    #expect(window.prefix == [100, 101, 102, 103, 104, 200, 201, 202])
    #expect(window.segments == [[300, 301, 302, 303]])
    #expect(window.cutPrefixTokens == 0 && window.cutSegmentTokens == [0])
  }

  @Test func theTextIsCutFirstAtItsEnd() {
    let window = window(7, 3, 4, opening: 1)
    #expect(window.prefix == [9, 100, 101, 102, 103, 200, 201, 202])
    #expect(window.cutPrefixTokens == 3 && window.cutSegmentTokens == [0])
  }

  @Test func thenTheEndingIsCutAtItsStart() {
    let window = window(2, 10, 4)
    #expect(window.prefix == (202...209).map { $0 })
    #expect(window.cutPrefixTokens == 4 && window.cutSegmentTokens == [0])
  }

  @Test func aContinuationIsCutToHalf() {
    let window = window(8, 2, 20)
    #expect(window.prefix == [100, 101, 102, 103, 200, 201])
    #expect(window.segments == [[300, 301, 302, 303, 304, 305]])
    #expect(window.cutPrefixTokens == 4 && window.cutSegmentTokens == [14])
  }

  @Test func theLongestSegmentIsCutFirst() {
    let window = TokenWindow(
      opening: [], text: [100], ending: [200],
      segments: [[1, 2, 3, 4, 5, 6, 7, 8, 9], [10], [], [11, 12, 13]], beginToken: 1, limit: 14)
    #expect(window.segments == [[1, 2, 3], [10], [], [11, 12, 13]])
    #expect(window.cutSegmentTokens == [6, 0, 0, 0])
    #expect(window.prefix == [100, 200])
  }

  @Test func withoutAPrefixTheBeginTokenStandsFirst() {
    #expect(window(0, 0, 3).prefix == [1])
    #expect(window(0, 0, 3, opening: 1).prefix == [9])
    #expect(window(0, 0, 30).prefix == [1])
    #expect(window(0, 0, 30).cutSegmentTokens == [24])
  }

  /// For any lengths: the tokens are within the limit, prefix and segment keep at least one token each, and
  /// kept and cut tokens add up to the whole.
  @Test func windowsHaveTheirPropertiesForAnyLengths() {
    var generator = SplitMix64(seed: 5)
    for _ in 0..<2000 {
      let sizes = (0..<3).map { _ in Int.random(in: 0...30, using: &generator) }
      let continuation = max(1, sizes[2])
      let limit = Int.random(in: 4...40, using: &generator)
      let window = window(sizes[0], sizes[1], continuation, limit: limit)
      #expect(window.count <= limit)
      #expect(!window.prefix.isEmpty && !window.segments[0].isEmpty)
      #expect(window.segments[0].count + window.cutSegmentTokens[0] == continuation)
      let before = sizes[0] + sizes[1]
      #expect(window.prefix.count + window.cutPrefixTokens == max(1, before))
    }
  }
}

struct LanguageModelStoreTests {
  /// Calls `body` with the default language model in a store of its own. It may change the file `changed`;
  /// the others are links to the real ones, as they are large.
  private func copied(
    changing changed: String? = nil, _ body: (ModelStore, URL) throws -> Void
  ) throws {
    let model = try Prepared.languageModelFiles()
    let files = FileManager.default
    try Prepared.inFreshDirectory { folder in
      let copy = folder.appending(path: "copy")
      try files.createDirectory(at: copy, withIntermediateDirectories: true)
      for name in try files.contentsOfDirectory(atPath: model.directory.path) {
        let (source, target) = (model.directory.appending(path: name), copy.appending(path: name))
        try name == changed
          ? files.copyItem(at: source, to: target)
          : files.createSymbolicLink(at: target, withDestinationURL: source)
      }
      try body(ModelStore(directory: folder), copy)
    }
  }

  @Test func isListedAndVerifiedBesideEncoders() throws {
    try copied { store, _ in
      #expect(store.list().isEmpty)
      #expect(
        store.languageModels().map(\.manifest) == [try Prepared.languageModelFiles().manifest])
      try store.verify("copy")
      #expect(throws: ModelError.self) { try store.resolve("copy") }
    }
  }

  @Test func aModelThatDoesNotFitIntoMemoryIsRefusedWithTheSizes() throws {
    let model = try ModelStore(layout: Prepared.layout).resolveLanguageModel(
      ModelStore.defaultLanguageModel)
    let error = try #require(
      #expect(throws: ModelError.self) {
        try model.sequences(fitting: 64 << 20, atMost: 1, contextTokens: 2048)
      })
    #expect(error.kind == .modelTooLarge && error.reason.contains("64 MiB are free"))
    // A long context may not fit where a shorter one does.
    #expect(try model.sequences(fitting: 1 << 30, atMost: 1, contextTokens: 2048) == 1)
    #expect(throws: ModelError.self) {
      try model.sequences(fitting: 1 << 30, atMost: 1, contextTokens: 8192)
    }
  }

  @Test func asManySequencesRunSideBySideAsFit() throws {
    let model = try ModelStore(layout: Prepared.layout).resolveLanguageModel(
      ModelStore.defaultLanguageModel)
    func fitting(_ available: Int?, tokens: Int) throws -> Int {
      try model.sequences(fitting: available, atMost: 16, contextTokens: tokens)
    }
    #expect(try fitting(nil, tokens: 8192) == 16)
    #expect(try fitting(64 << 30, tokens: 8192) == 16)
    #expect(try fitting(4 << 30, tokens: 8192) == 2)
    #expect(try fitting(4 << 30, tokens: 2048) == 8)
    // The model's own limit is 8,192 tokens.
    #expect(try fitting(4 << 30, tokens: 1 << 20) == 2)
  }

  @Test func anEncoderIsRefusedAsALanguageModel() throws {
    let encoder = try Prepared.model.get()
    let store = ModelStore(directory: encoder.directory.deletingLastPathComponent())
    let error = try #require(
      #expect(throws: ModelError.self) { try store.resolveLanguageModel(encoder.name) })
    #expect(error.kind == .modelUnsupported)
  }

  @Test func theErrorForAnUnknownModelHasARemedy() throws {
    try Prepared.inFreshDirectory { folder in
      let store = ModelStore(directory: folder)
      let error = try #require(
        #expect(throws: ModelError.self) {
          try store.resolveLanguageModel(ModelStore.defaultLanguageModel)
        })
      #expect(error.kind == .modelMissing)
      #expect(error.remedy.contains("scripts/quickstart"))
    }
  }

  @Test(arguments: ["body.bin", "head.xml", "tokenizer.xml", "emend-model.json"])
  func aMissingFileIsNamed(name: String) throws {
    try copied { store, folder in
      try FileManager.default.removeItem(at: folder.appending(path: name))
      let error = try #require(
        #expect(throws: ModelError.self) { try store.resolveLanguageModel("copy") })
      #expect(!error.remedy.isEmpty)
      if name != "emend-model.json" { #expect(error.place.hasSuffix(name)) }
    }
  }

  @Test(arguments: ["body.bin", "head.bin", "tokenizer.bin", "body.xml", "vocabulary.bin"])
  func verificationFindsAChangedFile(name: String) throws {
    try copied(changing: name) { store, folder in
      let file = folder.appending(path: name)
      var data = try Data(contentsOf: file)
      data[data.count / 2] ^= 1
      try data.write(to: file)
      let error = try #require(#expect(throws: ModelError.self) { try store.verify("copy") })
      #expect(error.kind == .modelDamaged)
      #expect(error.place.hasSuffix(name))
    }
  }

  @Test(arguments: Tier.arguments(["body", "head", "tokenizer"], quick: 1))
  func aTruncatedGraphIsRefused(name: String) throws {
    try copied(changing: "\(name).xml") { store, folder in
      let file = folder.appending(path: "\(name).xml")
      try Data(contentsOf: file).prefix(500).write(to: file)
      let error = try #require(
        #expect(throws: ModelError.self) {
          try OpenVINOLanguageModel(
            model: try store.resolveLanguageModel("copy"), runtime: try Prepared.openVINO.get(),
            precision: .fp32, threads: 1)
        })
      #expect(error.kind == .runtime)
      #expect(error.remedy.contains("emend model verify"))
    }
  }

  @Test(arguments: [
    "\"width\": 576": "\"width\": 0", "\"beginToken\": 1,": "\"beginToken\": 49152,",
    "\"format\": 1": "\"format\": 2", "\"states\": 60,": "", "\"user\\n{}\"": "\"user\"",
    "    0,\n    2\n": "    0,\n    49152\n",
  ])
  func anImpossibleManifestIsRefused(change: (key: String, value: String)) throws {
    try copied(changing: "emend-model.json") { store, folder in
      let file = folder.appending(path: "emend-model.json")
      let text = try String(contentsOf: file, encoding: .utf8)
      #expect(text.contains(change.key))
      try Data(text.replacing(change.key, with: change.value).utf8).write(to: file)
      let error = try #require(
        #expect(throws: ModelError.self) { try store.resolveLanguageModel("copy") })
      #expect([.modelDamaged, .modelUnsupported].contains(error.kind))
    }
  }

  @Test func aMissingTokenizerLibraryIsNamed() throws {
    try Prepared.inFreshDirectory { folder in
      let home = RuntimeLayout(home: folder)
      try FileManager.default.createDirectory(
        at: home.libraryDirectory, withIntermediateDirectories: true)
      try FileManager.default.createSymbolicLink(
        at: home.libraryDirectory.appending(path: "libopenvino_c.so.0"),
        withDestinationURL: try Prepared.layout.library())
      // The library finds the libraries beside it only in its real folder, so it is loaded from there first.
      _ = try Prepared.openVINO.get()
      let runtime = try OpenVINORuntime(layout: home)
      let error = try #require(
        #expect(throws: ModelError.self) { try runtime.loadTokenizerOperations() })
      #expect(error.kind == .libraryMissing)
      #expect(error.remedy.contains("scripts/setup/prepare"))
    }
  }
}

/// Collects the numbers that several threads report.
private final class Counter: @unchecked Sendable {
  private let lock = NSLock()
  private var seen: [Int] = []

  func note(_ number: Int) { lock.withLock { seen.append(number) } }
  var numbers: [Int] { lock.withLock { seen } }
}
