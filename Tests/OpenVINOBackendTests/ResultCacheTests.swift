import Foundation
import Synchronization
import TestSupport
import Testing

@testable import ModelInterfaces
@testable import ModelCatalogue
@testable import OpenVINOBackend

struct ResultCacheTests {
  private func segments(in root: URL) throws -> [URL] {
    let folders = (try? FileManager.default.contentsOfDirectory(atPath: root.path)) ?? []
    return try folders.filter { !$0.hasPrefix(".") }.flatMap { folder in
      try FileManager.default.contentsOfDirectory(
        at: root.appending(path: folder), includingPropertiesForKeys: nil)
    }.filter { $0.pathExtension == "segment" }.sorted { $0.path < $1.path }
  }

  private func data(_ text: String) -> Data { Data(text.utf8) }

  @Test func resultsThatCouldNotBeWrittenAreWrittenByTheNextFlush() throws {
    try Prepared.inFreshDirectory { root in
      let folder = root.appending(path: "cache")
      // A file in the place of the cache's folder: nothing can be written there.
      try data("in the way").write(to: folder)
      let cache = ResultCache(directory: folder, identity: "m")
      cache.store(data("1"), for: data("a"))
      cache.flush()
      try FileManager.default.removeItem(at: folder)
      cache.store(data("2"), for: data("b"))
      cache.flush()
      let second = ResultCache(directory: folder, identity: "m")
      #expect(second.value(for: data("a")) == data("1"))
      #expect(second.value(for: data("b")) == data("2"))
    }
  }

  /// As after a kill: the first generator is still there, and never comes to an end.
  @Test("a reply is on disk as soon as it is given, with its tokens") func repliesAreKeptAtOnce()
    throws
  {
    final class Counting: TextGenerator {
      let asked = Mutex(0)
      let identity = "counting"
      let concurrency = 1
      func reply(to conversation: Conversation) throws(GenerationError) -> Reply {
        asked.withLock { $0 += 1 }
        return Reply(
          text: conversation.user, meanLogProbability: -1, wasCut: conversation.user == "cut",
          usage: conversation.user == "bare" ? nil : TokenUsage(prompt: 300, reply: 70_000))
      }
    }
    try Prepared.inFreshDirectory { root in
      let model = Counting()
      let first = CachingTextGenerator(wrapping: model, directory: root)
      let conversations = ["a", "cut", "bare"].map { Conversation(user: $0, maximumTokens: 5) }
      let replies = try conversations.map { try first.reply(to: $0) }
      let second = CachingTextGenerator(wrapping: model, directory: root)
      #expect(try conversations.map { try second.reply(to: $0) } == replies)
      #expect(replies[0].usage == TokenUsage(prompt: 300, reply: 70_000))
      #expect(replies[1].wasCut && replies[2].usage == nil)
      #expect(model.asked.withLock { $0 } == 3)
    }
  }

  @Test func anotherProcessFindsWhatWasFlushed() throws {
    try Prepared.inFreshDirectory { root in
      let first = ResultCache(directory: root, identity: "m")
      #expect(first.value(for: data("a")) == nil)
      first.store(data("1"), for: data("a"))
      first.store(Data(), for: data("empty"))
      #expect(first.value(for: data("a")) == data("1"))
      first.flush()
      let second = ResultCache(directory: root, identity: "m")
      #expect(second.value(for: data("a")) == data("1"))
      #expect(second.value(for: data("empty")) == Data())
      #expect(second.value(for: data("b")) == nil)
      #expect(ResultCache(directory: root, identity: "n").value(for: data("a")) == nil)
    }
  }

  /// The test calls no flush: the cache writes by itself.
  @Test func aResultIsWrittenSoon() throws {
    let root = FileManager.default.temporaryDirectory.appending(path: UUID().uuidString)
    defer { try? FileManager.default.removeItem(at: root) }
    let cache = ResultCache(directory: root, identity: "m")
    cache.store(data("1"), for: data("a"))
    #expect(try waits { try !segments(in: root).isEmpty })
    #expect(
      ResultCache(directory: root, identity: "m").value(for: data("a")) == data("1"))
    // The cache still exists, so it was not its deinitialiser that wrote.
    #expect(cache.value(for: data("a")) == data("1"))
  }

  @Test func writesWhenManyResultsWaitAndWhenItIsReleased() throws {
    try Prepared.inFreshDirectory { root in
      do {
        let cache = ResultCache(directory: root, identity: "m")
        for number in 0..<ResultCache.flushCount + 3 {
          cache.store(data("v\(number)"), for: data("\(number)"))
        }
        let written = try segments(in: root)
        #expect(!written.isEmpty)
      }
      let cache = ResultCache(directory: root, identity: "m")
      for number in 0..<ResultCache.flushCount + 3 {
        #expect(cache.value(for: data("\(number)")) == data("v\(number)"))
      }
    }
  }

  /// Whichever byte of a segment is changed and wherever it ends, its rows are missing and those of the other
  /// segment are not.
  @Test func damagedSegmentsAreIgnored() throws {
    try Prepared.inFreshDirectory { root in
      let cache = ResultCache(directory: root, identity: "m")
      cache.store(data("11"), for: data("a"))
      cache.flush()
      let damaged = try #require(segments(in: root).first)
      let whole = try Data(contentsOf: damaged)
      cache.store(data("22"), for: data("b"))
      cache.flush()
      for place in whole.indices {
        var changed = whole
        changed[place] ^= 0x41
        for wrong in [changed, whole.prefix(place)] {
          try wrong.write(to: damaged)
          let read = ResultCache(directory: root, identity: "m")
          #expect(read.value(for: data("a")) == nil, "byte \(place)")
          #expect(read.value(for: data("b")) == data("22"))
        }
      }
    }
  }

  @Test func resultsUnderAnotherKeyAreNotUsed() throws {
    try Prepared.inFreshDirectory { root in
      let cache = ResultCache(directory: root, identity: "m")
      cache.store(data("1"), for: data("a"))
      cache.flush()
      try Data(repeating: 7, count: 32).write(to: root.appending(path: ".key"))
      #expect(ResultCache(directory: root, identity: "m").value(for: data("a")) == nil)
    }
  }

  @Test func smallSegmentsAreMerged() throws {
    try Prepared.inFreshDirectory { root in
      let writer = ResultCache(directory: root, identity: "m")
      let other = ResultCache(directory: root, identity: "m")
      other.store(data("x"), for: data("other"))
      other.flush()
      for number in 0..<ResultCache.mergeCount {
        writer.store(data("v\(number)"), for: data("\(number)"))
        writer.flush()
      }
      let count = try segments(in: root).count
      #expect(count == 2)
      // The segments of other processes are merged when the cache is opened next.
      for number in 0..<ResultCache.mergeCount {
        let short = ResultCache(directory: root, identity: "m")
        short.store(data("w\(number)"), for: data("short \(number)"))
        short.flush()
      }
      let last = ResultCache(directory: root, identity: "m")
      let left = try segments(in: root).count
      #expect(left < 5)
      for number in 0..<ResultCache.mergeCount {
        #expect(last.value(for: data("\(number)")) == data("v\(number)"))
        #expect(last.value(for: data("short \(number)")) == data("w\(number)"))
      }
      #expect(last.value(for: data("other")) == data("x"))
    }
  }

  @Test func severalCachesWriteAtOnce() throws {
    try Prepared.inFreshDirectory { root in
      let shared = ResultCache(directory: root, identity: "m")
      DispatchQueue.concurrentPerform(iterations: 8) { worker in
        let own = ResultCache(directory: root, identity: "m")
        for number in 0..<200 {
          for cache in [own, shared] {
            cache.store(data("v\(worker) \(number)"), for: data("\(worker) \(number)"))
          }
          if number % 50 == 49 { own.flush() }
        }
      }
      shared.flush()
      let read = ResultCache(directory: root, identity: "m")
      for worker in 0..<8 {
        for number in 0..<200 {
          #expect(read.value(for: data("\(worker) \(number)")) == data("v\(worker) \(number)"))
        }
      }
    }
  }

  @Test func aFullCacheKeepsTheSegmentsUsedLast() throws {
    try Prepared.inFreshDirectory { root in
      let value = Data(repeating: 7, count: 1000)
      for number in 0..<4 {
        let cache = ResultCache(directory: root, identity: "m", byteLimit: 1 << 20)
        cache.store(value, for: data("\(number)"))
        cache.flush()
      }
      for segment in try segments(in: root) {
        try FileManager.default.setAttributes(
          [.modificationDate: Date(timeIntervalSinceNow: -100)], ofItemAtPath: segment.path)
      }
      let small = ResultCache(directory: root, identity: "m", byteLimit: 2500)
      #expect(small.value(for: data("2")) == value)
      small.store(value, for: data("new"))
      small.flush()
      let read = ResultCache(directory: root, identity: "m")
      #expect(read.value(for: data("2")) == value)
      #expect(read.value(for: data("new")) == value)
      let count = try segments(in: root).count
      #expect(count == 2)
    }
  }

  @Test func aFolderThatCannotBeWrittenIsNotAnError() throws {
    try Prepared.inFreshDirectory { root in
      let file = root.appending(path: "file")
      try data("in the way").write(to: file)
      let cache = ResultCache(directory: file, identity: "m")
      cache.store(data("1"), for: data("a"))
      cache.flush()
      #expect(cache.value(for: data("a")) == data("1"))
    }
  }
}

struct CachingLanguageModelTests {
  /// Scores a continuation by its length, and records the continuations that it scored. Fails at one text.
  private final class Fake: LanguageModel {
    let identity: String
    let contextTokens = 100
    let asked = Mutex<[Continuation]>([])
    let failingText: String

    init(identity: String = "fake", failingText: String = "failing") {
      self.identity = identity
      self.failingText = failingText
    }

    func tokens(of text: String) -> [Int32] { text.utf8.map { Int32($0) } }

    func scores(
      of continuations: [Continuation], each: (@Sendable (Int, [LogLikelihood]) -> Void)?
    ) throws -> [[LogLikelihood]] {
      try continuations.enumerated().map { index, continuation in
        if continuation.prefix.text == failingText {
          throw ModelError(
            .unusableText, at: "continuation \(index + 1)", "it must fail", remedy: "none")
        }
        asked.withLock { $0.append(continuation) }
        let scores = continuation.segments.filter(\.isScored).map { segment in
          LogLikelihood(
            sum: -Double(segment.text.utf8.count) / 3, tokens: segment.text.utf8.count,
            cutPrefixTokens: continuation.prefix.text.utf8.count, cutTokens: index % 2)
        }
        each?(index, scores)
        return scores
      }
    }
  }

  private let continuations = [
    Continuation(" one", after: Prefix("a", ending: "b")),
    Continuation(" one", after: Prefix("ab")),
    Continuation([.scored("x"), .unscored("y"), .scored("zz")], after: Prefix("a")),
    Continuation([.scored("x"), .scored("y"), .scored("zz")], after: Prefix("a")),
    Continuation([.scored("xy"), .scored("zz")], after: Prefix("a")),
    Continuation(" one", after: Prefix("a", ending: "b")),
  ]

  @Test func aSecondRunComputesNothing() throws {
    try Prepared.inFreshDirectory { root in
      let bare = try Fake().scores(of: Array(continuations.dropLast()))
      let fake = Fake()
      let first = try CachingLanguageModel(wrapping: fake, directory: root)
        .scores(of: continuations)
      #expect(first == bare + [bare[0]])
      #expect(fake.asked.withLock { $0.count } == 5)
      let idle = Fake()
      let seen = Mutex<[Int]>([])
      let second = try CachingLanguageModel(wrapping: idle, directory: root)
        .scores(of: continuations) { index, scores in
          #expect(scores == first[index])
          seen.withLock { $0.append(index) }
        }
      #expect(second == first)
      #expect(idle.asked.withLock { $0.isEmpty })
      #expect(seen.withLock { $0.sorted() } == Array(continuations.indices))
      let other = Fake(identity: "other")
      _ = try CachingLanguageModel(wrapping: other, directory: root).scores(of: continuations)
      #expect(other.asked.withLock { $0.count } == 5)
    }
  }

  /// Scores that were computed before a failure are not computed again, and the error names the continuation
  /// that failed.
  @Test func aRunAfterAFailureContinuesWhereItStopped() throws {
    try Prepared.inFreshDirectory { root in
      let known = [continuations[0], continuations[1]]
      _ = try CachingLanguageModel(wrapping: Fake(), directory: root).scores(of: known)
      let bad = Continuation("x", after: Prefix("failing"))
      let error = try #require(
        #expect(throws: ModelError.self) {
          try CachingLanguageModel(wrapping: Fake(), directory: root)
            .scores(of: known + [continuations[2], bad, continuations[3]])
        })
      #expect(error.place == "continuation 4")
      let fake = Fake(failingText: "none")
      _ = try CachingLanguageModel(wrapping: fake, directory: root)
        .scores(of: known + [continuations[2], bad, continuations[3]])
      #expect(fake.asked.withLock { $0 } == [bad, continuations[3]])
    }
  }

  @Test func aRealModelGivesTheSameBytes() throws {
    try Prepared.inFreshDirectory { root in
      let model = try Prepared.languageModel(.auto, threads: 2)
      let bare = try model.scores(of: Array(continuations.prefix(3)))
      let fresh = CachingLanguageModel(wrapping: model, directory: root)
      #expect(try fresh.scores(of: Array(continuations.prefix(2))) == Array(bare.prefix(2)))
      let half = CachingLanguageModel(wrapping: model, directory: root)
      #expect(try half.scores(of: Array(continuations.prefix(3))) == bare)
    }
  }
}

struct AvailableMemoryTests {
  /// The available memory by files such as Linux has, in a folder of the test's own.
  private func available(_ files: [String: String]) throws -> Int? {
    try Prepared.inFreshDirectory { root in
      for (name, text) in files {
        let file = root.appending(path: name)
        try FileManager.default.createDirectory(
          at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
        try Data(text.utf8).write(to: file)
      }
      return AvailableMemory.bytes(
        proc: root.appending(path: "proc"), groups: root.appending(path: "groups"))
    }
  }

  private let machine = [
    "proc/meminfo": "MemTotal:       2000 kB\nMemAvailable:    1000 kB\n",
    "proc/self/cgroup": "0::/a/b\n",
  ]

  @Test func isWhatTheMachineHasLeft() throws {
    #expect(try available(machine) == 1000 * 1024)
    #expect(try available([:]) == nil)
  }

  @Test func aControlGroupAboveLimitsIt() throws {
    let groups = [
      "groups/a/memory.max": "900000\n", "groups/a/memory.current": "500000\n",
      "groups/a/memory.stat": "anon 400000\ninactive_file 60000\nactive_file 5\n",
      "groups/a/b/memory.max": "max\n", "groups/a/b/memory.current": "1\n",
    ]
    #expect(try available(machine.merging(groups) { $1 }) == 460_000)
  }

  @Test func aGroupAboveItsLimitHasNothingLeft() throws {
    let groups = ["groups/a/b/memory.max": "10\n", "groups/a/b/memory.current": "20\n"]
    #expect(try available(machine.merging(groups) { $1 }) == 0)
  }
}
