import Concurrency
import Foundation
import Synchronization
package import Vectors

extension WordFeatures {
  /// The distinct words and neighbouring word pairs of every text, lower case.
  ///
  /// A word is a run of letters, digits, marks and underscores. In scripts that put no spaces between
  /// words (Han, Hiragana, Katakana, Thai and similar ones), every character is a word, so that pairs
  /// of characters do what words do in other scripts. Words are told apart by a 64-bit hash. Features
  /// are numbered in the order in which they first appear.
  ///
  /// - Parameters:
  ///   - texts: one per record.
  ///   - extra: further features per text, each taken as a whole and told apart from words; relations
  ///     pass their entity types and the words between the entities.
  /// - Complexity: O(total length).
  package init(texts: [String], extra: [[String]] = []) {
    var numbers: [UInt64: Int32] = [:]
    var offsets: [Int32] = [0]
    var features: [Int32] = []
    offsets.reserveCapacity(texts.count + 1)
    var own: [Int32] = []
    func add(_ hash: UInt64) {
      let next = Int32(numbers.count)
      let number = numbers[hash, default: next]
      if number == next { numbers[hash] = next }
      own.append(number)
    }
    for (row, text) in texts.enumerated() {
      own.removeAll(keepingCapacity: true)
      var previous: UInt64?
      forEachWord(in: text) { hash in
        add(hash)
        if let previous { add(combined(previous, hash)) }
        previous = hash
      }
      if row < extra.count {
        for feature in extra[row] { add(combined(extraSalt, hashed(feature))) }
      }
      own.sort()
      var last: Int32 = -1
      for number in own where number != last {
        features.append(number)
        last = number
      }
      offsets.append(Int32(features.count))
    }
    self.init(offsets: offsets, features: features, featureCount: numbers.count)
  }
}

private let hashSeed: UInt64 = 0xCBF2_9CE4_8422_2325
private let hashPrime: UInt64 = 0x100_0000_01B3
/// Makes the hash of an extra feature differ from that of a word with the same spelling.
private let extraSalt: UInt64 = 0x5EED_0F_E47A

/// FNV-1a with one Unicode scalar per step instead of one byte, which is enough to tell words apart.
private func extended(_ hash: UInt64, by value: UInt32) -> UInt64 {
  (hash ^ UInt64(value)) &* hashPrime
}

private func hashed(_ text: String) -> UInt64 {
  text.unicodeScalars.reduce(hashSeed) { extended($0, by: $1.value) }
}

private func combined(_ first: UInt64, _ second: UInt64) -> UInt64 {
  var mixed = first &* 0x9E37_79B9_7F4A_7C15 ^ second
  mixed = (mixed ^ (mixed >> 29)) &* 0xBF58_476D_1CE4_E5B9
  return mixed ^ (mixed >> 32)
}

/// Calls `body` with the hash of every word, in order and in lower case.
private func forEachWord(in text: String, _ body: (UInt64) -> Void) {
  forEachWordScalars(in: text) { scalars in
    body(scalars.reduce(hashSeed) { extended($0, by: $1) })
  }
}

/// Calls `body` with the scalars of every word, in order and in lower case.
private func forEachWordScalars(in text: String, _ body: ([UInt32]) -> Void) {
  var word: [UInt32] = []
  var isInside = false
  func end() {
    if isInside { body(word) }
    word.removeAll(keepingCapacity: true)
    isInside = false
  }
  for scalar in text.unicodeScalars {
    let value = scalar.value
    if value < 0x80 {
      switch UInt8(value) {
      case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "0")...UInt8(ascii: "9"),
        UInt8(ascii: "_"):
        word.append(value)
        isInside = true
      case UInt8(ascii: "A")...UInt8(ascii: "Z"):
        word.append(value | 0x20)
        isInside = true
      default: end()
      }
    } else if isUnspaced(value) {
      end()
      body([value])
    } else if scalar.properties.isAlphabetic || scalar.properties.numericType != nil
      || scalar.properties.generalCategory == .nonspacingMark
    {
      for lower in scalar.properties.lowercaseMapping.unicodeScalars { word.append(lower.value) }
      isInside = true
    } else {
      end()
    }
  }
  end()
}

/// Whether a scalar is of a script that is written without spaces between words.
private func isUnspaced(_ value: UInt32) -> Bool {
  switch value {
  case 0x0E00...0x0EFF, 0x1000...0x109F, 0x1780...0x17FF, 0x3040...0x30FF, 0x3400...0x4DBF,
    0x4E00...0x9FFF, 0xF900...0xFAFF, 0x20000...0x3FFFF:
    true
  default: false
  }
}

// MARK: - Spelling

extension SparseMatrix {
  /// How often each text has words, pairs of words, and runs of three to five characters of words, as
  /// weights (1 + ln count)·(ln((1 + n)/(1 + texts)) + 1), rows of unit length.
  ///
  /// Runs of characters relate the forms of a word and its misspellings, and see what an encoder that
  /// was trained on other languages does not. The beginning and the end of a word count as characters;
  /// the first word and the first pair of a text are features of their own. Only what at least two texts
  /// have is counted, and of that the commonest `limit`.
  ///
  /// - Parameters:
  ///   - extra: further features per text, as in `WordFeatures`.
  /// - Complexity: O(total length · log).
  package init(spellingOf texts: [String], extra: [[String]], limit: Int = 40_000, threads: Int) {
    let chunk = 256
    let parts = Mutex([[(hash: UInt64, count: Int32)]](repeating: [], count: texts.count))
    Parallel.chunks(of: texts.count, chunk: chunk, threads: threads) { rows in
      var own: [[(hash: UInt64, count: Int32)]] = []
      for row in rows {
        var hashes = spellingHashes(of: texts[row])
        if row < extra.count { hashes += extra[row].map { combined(extraSalt, hashed($0)) } }
        hashes.sort()
        var counted: [(hash: UInt64, count: Int32)] = []
        for hash in hashes {
          if counted.last?.hash == hash {
            counted[counted.count - 1].count += 1
          } else {
            counted.append((hash, 1))
          }
        }
        own.append(counted)
      }
      let counted = own
      parts.withLock { $0.replaceSubrange(rows, with: counted) }
    }
    let counted = parts.withLock { $0 }
    var frequencies: [UInt64: Int32] = [:]
    for row in counted { for entry in row { frequencies[entry.hash, default: 0] += 1 } }
    let kept = frequencies.filter { $0.value >= 2 }
      .sorted { ($0.value, $1.key) > ($1.value, $0.key) }.prefix(limit)
    var numbers: [UInt64: Int32] = [:]
    var rarity: [Float] = []
    for (number, entry) in kept.enumerated() {
      numbers[entry.key] = Int32(number)
      rarity.append(logf(Float(1 + texts.count) / Float(1 + entry.value)) + 1)
    }
    var offsets = [0]
    var places: [Int32] = []
    var values: [Float] = []
    for row in counted {
      var own: [(place: Int32, value: Float)] = []
      for entry in row {
        guard let number = numbers[entry.hash] else { continue }
        own.append((number, (1 + logf(Float(entry.count))) * rarity[Int(number)]))
      }
      own.sort { $0.place < $1.place }
      var square: Float = 0
      for entry in own { square += entry.value * entry.value }
      let scale = square > 0 ? 1 / square.squareRoot() : 0
      for entry in own {
        places.append(entry.place)
        values.append(entry.value * scale)
      }
      offsets.append(places.count)
    }
    self.init(
      rows: texts.count, columns: numbers.count, offsets: offsets, places: places, values: values)
  }
}

private let runSalt: UInt64 = 0x5EED_0F_0A5E
private let pairSalt: UInt64 = 0x5EED_0F_9A14
private let wordSalt: UInt64 = 0x5EED_0F_3047
private let firstSalt: UInt64 = 0x5EED_0F_F125

/// The features of a text, with repeats.
private func spellingHashes(of text: String) -> [UInt64] {
  var hashes: [UInt64] = []
  var previous: UInt64?
  var number = 0
  forEachWordScalars(in: text) { scalars in
    let word = scalars.reduce(hashSeed) { extended($0, by: $1) }
    hashes.append(combined(wordSalt, word))
    if number == 0 { hashes.append(combined(firstSalt, word)) }
    if let previous {
      let pair = combined(previous, word)
      hashes.append(combined(pairSalt, pair))
      if number == 1 { hashes.append(combined(firstSalt, pair)) }
    }
    previous = word
    number += 1
    // < and > stand for the ends of the word.
    let marked = [0x3C] + scalars + [0x3E]
    for length in 3...5 where marked.count >= length {
      for start in 0...marked.count - length {
        let run = marked[start..<start + length].reduce(hashSeed) { extended($0, by: $1) }
        hashes.append(combined(runSalt &+ UInt64(length), run))
      }
    }
  }
  return hashes
}
