import Foundation
import ModelInterfaces
import OpenVINOBackend
import Synchronization
import Testing
import Vectors

/// Encodes a text as a direction, by its length, and records the texts that it was given.
private final class CountingEncoder: Encoder {
  let dimension = 2
  let identity: String
  let scale: Float
  let asked = Mutex<[String]>([])
  let releases = Mutex(0)

  init(identity: String = "counting", scale: Float = 1) {
    self.identity = identity
    self.scale = scale
  }

  func releaseMemory() { releases.withLock { $0 += 1 } }

  func encode(_ texts: [String], progress: (@Sendable (Int) -> Void)?) throws -> Encoding {
    asked.withLock { $0 += texts }
    return Encoding(
      embeddings: Matrix(
        rows: texts.count, columns: 2,
        storage: texts.flatMap { text in
          let angle = Double(text.utf8.count)
          return [scale * Float(cos(angle)), scale * Float(sin(angle))]
        }),
      truncated: texts.map { $0.utf8.count > 5 }, encodedCount: texts.count)
  }
}

struct CachingEncoderTests {
  private func segments(_ folder: URL) throws -> [URL] {
    try FileManager.default.subpathsOfDirectory(atPath: folder.path)
      .filter { $0.hasSuffix(".segment") }.map { folder.appending(path: $0) }
  }

  @Test("The encoder behind a cache is let go of, too") func releasing() throws {
    try Prepared.inFreshDirectory { folder in
      let encoder = CountingEncoder()
      CachingEncoder(wrapping: encoder, directory: folder).releaseMemory()
      #expect(encoder.releases.withLock { $0 } == 1)
    }
  }

  @Test func aSecondRunEncodesNothing() throws {
    try Prepared.inFreshDirectory { folder in
      let texts = ["one", "three", "seventeen", "one", "e\u{301}", "\u{e9}"]
      let first = CountingEncoder()
      let cold = try CachingEncoder(wrapping: first, directory: folder)
        .encode(texts, progress: nil)
      // Equal texts are encoded once. Texts that are only canonically equal have different bytes, so they
      // are different texts.
      #expect(cold.encodedCount == 5)
      #expect(first.asked.withLock { $0 } == ["one", "three", "seventeen", "e\u{301}", "\u{e9}"])
      let second = CountingEncoder()
      let warm = try CachingEncoder(wrapping: second, directory: folder)
        .encode(texts.reversed(), progress: nil)
      #expect(warm.encodedCount == 0)
      #expect(second.asked.withLock { $0 }.isEmpty)
      #expect(warm.truncated == cold.truncated.reversed())
      for row in texts.indices {
        #expect(warm.embeddings.row(row) == cold.embeddings.row(texts.count - 1 - row))
      }
    }
  }

  @Test func encodersWithDifferentIdentitiesShareNothing() throws {
    try Prepared.inFreshDirectory { folder in
      _ = try CachingEncoder(wrapping: CountingEncoder(), directory: folder)
        .encode(["a"], progress: nil)
      let other = CountingEncoder(identity: "other")
      let result = try CachingEncoder(wrapping: other, directory: folder)
        .encode(["a"], progress: nil)
      #expect(result.encodedCount == 1)
    }
  }

  /// Every truncation and every changed byte is found, and the texts are encoded again.
  @Test func anIncompleteOrDamagedSegmentIsIgnored() throws {
    try Prepared.inFreshDirectory { folder in
      let texts = ["one", "three", "seventeen"]
      let cold = try CachingEncoder(wrapping: CountingEncoder(), directory: folder)
        .encode(texts, progress: nil)
      let file = try #require(try segments(folder).first)
      let intact = try Data(contentsOf: file)
      var damaged: [Data] = (0..<intact.count).map { intact.prefix($0) }
      for place in intact.indices {
        var changed = intact
        changed[place] ^= 0x10
        damaged.append(changed)
      }
      for data in damaged {
        for old in try segments(folder) { try FileManager.default.removeItem(at: old) }
        try data.write(to: file)
        let again = try CachingEncoder(wrapping: CountingEncoder(), directory: folder)
          .encode(texts, progress: nil)
        #expect(again.encodedCount == 3)
        #expect(again.embeddings == cold.embeddings)
      }
    }
  }

  /// Another member of the group, or a backup, can write files of the right layout but not with this key.
  @Test func vectorsUnderAnotherKeyAreNotUsed() throws {
    try Prepared.inFreshDirectory { folder in
      func encodedCount() throws -> Int {
        try CachingEncoder(wrapping: CountingEncoder(), directory: folder)
          .encode(["one", "three"], progress: nil).encodedCount
      }
      #expect(try encodedCount() == 2)
      #expect(try encodedCount() == 0)
      let key = folder.appending(path: ".key")
      try Data(repeating: 7, count: 32).write(to: key)
      #expect(try encodedCount() == 2)
      // A key that others can read is replaced, and so is one that was cut short.
      try FileManager.default.setAttributes([.posixPermissions: 0o644], ofItemAtPath: key.path)
      #expect(try encodedCount() == 2)
      try Data(repeating: 7, count: 31).write(to: key)
      #expect(try encodedCount() == 2)
      #expect(try encodedCount() == 0)
      let modes = try [folder, key].map {
        try FileManager.default.attributesOfItem(atPath: $0.path)[.posixPermissions] as? Int
      }
      #expect(modes == [0o700, 0o600])
    }
  }

  @Test("vectors that are not of unit length are not used", arguments: [2, 0, .nan, .infinity])
  func vectorsThatAreNotOfUnitLengthAreNotUsed(scale: Float) throws {
    try Prepared.inFreshDirectory { folder in
      for _ in 0..<2 {
        let encoding = try CachingEncoder(
          wrapping: CountingEncoder(scale: scale), directory: folder
        ).encode(["one"], progress: nil)
        #expect(encoding.encodedCount == 1)
      }
    }
  }

  @Test func aFolderIntoWhichOthersCanWriteIsNotUsed() throws {
    try Prepared.inFreshDirectory { folder in
      for mode in [0o777, 0o720] {
        try FileManager.default.setAttributes([.posixPermissions: mode], ofItemAtPath: folder.path)
        for _ in 0..<2 {
          #expect(
            try CachingEncoder(wrapping: CountingEncoder(), directory: folder)
              .encode(["one"], progress: nil).encodedCount == 1)
        }
        #expect(try segments(folder).isEmpty)
      }
    }
  }

  @Test func textsAreEncodedWithoutAWritableCache() throws {
    try Prepared.inFreshDirectory { folder in
      // A file in place of the folder makes every write fail, even for root.
      let place = folder.appending(path: "cache")
      try Data().write(to: place)
      let result = try CachingEncoder(wrapping: CountingEncoder(), directory: place)
        .encode(["a", "b"], progress: nil)
      #expect(result.encodedCount == 2)
      #expect(result.embeddings.rows == 2)
    }
  }

  @Test func aFullCacheRemovesTheOldestSegmentsFirst() throws {
    try Prepared.inFreshDirectory { folder in
      func encode(_ text: String) throws -> Int {
        try CachingEncoder(wrapping: CountingEncoder(), directory: folder, byteLimit: 300)
          .encode([text], progress: nil).encodedCount
      }
      // A segment of one text has 80 + 33 + 8 bytes: two fit.
      for (age, text) in ["a", "b"].enumerated() {
        #expect(try encode(text) == 1)
        for file in try segments(folder) {
          let date = try file.resourceValues(forKeys: [.contentModificationDateKey])
            .contentModificationDate
          let known = try #require(date)
          try FileManager.default.setAttributes(
            [.modificationDate: known.addingTimeInterval(-1000 + Double(age) * 10)],
            ofItemAtPath: file.path)
        }
      }
      #expect(try encode("c") == 1)
      #expect(try segments(folder).count == 2)
      #expect(try encode("c") == 0)
      #expect(try encode("a") == 1)
    }
  }
}
