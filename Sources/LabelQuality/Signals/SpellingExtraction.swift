import Concurrency
import Foundation
import Synchronization
package import Vectors

/// How often each text has words, pairs of words, and runs of three to five characters of words, as
/// weights (1 + ln count)·(ln((1 + n)/(1 + texts)) + 1), rows of unit length.
///
/// Runs of characters relate the forms of a word and its misspellings, and see what an encoder that
/// was trained on other languages does not. The beginning and the end of a word count as characters;
/// the first word and the first pair of a text are features of their own. Only what at least two texts
/// have is counted, and of that the commonest `limit`. Which these are, and how rare each is, is learned
/// from at most `learningLimit` texts, evenly spread.
package struct SpellingRows: SparseRows {
  private let spelling: Spelling
  private let numbers: [UInt64: Int32]
  private let rarity: [Float]

  package static let learningLimit = 50_000

  package var rows: Int { spelling.texts.count }
  package var columns: Int { numbers.count }

  /// - Parameter extra: further features per text, as in `WordFeatures`.
  /// - Complexity: O(total length · log). Features are hashed anew each time rather than kept: a text has
  ///   about three for each character.
  package init(_ texts: [String], extra: [[String]], limit: Int = 40_000, threads: Int) {
    let spelling = Spelling(texts: texts, extra: extra, threads: threads)
    let learned = evenlySpread(Array(0..<Int32(texts.count)), limit: Self.learningLimit)
    // About three features for each character.
    var seen = RepeatFilter(expecting: learned.reduce(0) { $0 + 3 * texts[Int($1)].utf8.count })
    spelling.forEachText(learned) { for feature in $0 { seen.insert(feature.hash) } }
    var frequencies: [UInt64: Int32] = [:]
    spelling.forEachText(learned) { features in
      for feature in features where seen.isRepeated(feature.hash) {
        frequencies[feature.hash, default: 0] += 1
      }
    }
    let kept = frequencies.filter { $0.value >= 2 }
      .sorted { ($0.value, $1.key) > ($1.value, $0.key) }.prefix(limit)
    frequencies = [:]
    var numbers: [UInt64: Int32] = [:]
    var rarity: [Float] = []
    for (number, entry) in kept.enumerated() {
      numbers[entry.key] = Int32(number)
      rarity.append(logf(Float(1 + learned.count) / Float(1 + entry.value)) + 1)
    }
    self.spelling = spelling
    self.numbers = numbers
    self.rarity = rarity
  }

  package func selecting(_ wanted: [Int32]) -> SparseMatrix {
    var rows = Rows()
    for number in wanted { append(spelling.features(of: Int(number)), to: &rows) }
    return rows.matrix(columns: columns)
  }

  /// All rows.
  package func matrix(threads: Int) -> SparseMatrix {
    var rows = Rows()
    spelling.forEachText(Array(0..<Int32(self.rows))) { append($0, to: &rows) }
    return rows.matrix(columns: columns)
  }

  private struct Rows {
    var offsets = [0]
    var places: [Int32] = []
    var values: [Float] = []

    func matrix(columns: Int) -> SparseMatrix {
      SparseMatrix(
        rows: offsets.count - 1, columns: columns, offsets: offsets, places: places, values: values)
    }
  }

  private func append(_ features: [(hash: UInt64, count: Int32)], to rows: inout Rows) {
    var own: [(place: Int32, value: Float)] = []
    for feature in features {
      guard let number = numbers[feature.hash] else { continue }
      own.append((number, (1 + logf(Float(feature.count))) * rarity[Int(number)]))
    }
    own.sort { $0.place < $1.place }
    var square: Float = 0
    for entry in own { square += entry.value * entry.value }
    let scale = square > 0 ? 1 / square.squareRoot() : 0
    for entry in own {
      rows.places.append(entry.place)
      rows.values.append(entry.value * scale)
    }
    rows.offsets.append(rows.places.count)
  }
}

extension SparseMatrix {
  /// All rows of `SpellingRows`.
  package init(spellingOf texts: [String], extra: [[String]], limit: Int = 40_000, threads: Int) {
    self = SpellingRows(texts, extra: extra, limit: limit, threads: threads)
      .matrix(threads: threads)
  }
}

/// The hashes of what the texts are spelt with.
private struct Spelling {
  let texts: [String]
  let extra: [[String]]
  let threads: Int

  /// So many texts are hashed at once.
  private static let block = 2048
  private static let chunk = 64

  /// Calls `body` with the distinct features of each of these texts, ascending, and how often it has them.
  func forEachText(_ wanted: [Int32], _ body: ([(hash: UInt64, count: Int32)]) -> Void) {
    for start in stride(from: 0, to: wanted.count, by: Self.block) {
      let count = min(Self.block, wanted.count - start)
      let found = Mutex([[(hash: UInt64, count: Int32)]](repeating: [], count: count))
      Parallel.chunks(of: count, chunk: Self.chunk, threads: threads) { rows in
        let own = rows.map { features(of: Int(wanted[start + $0])) }
        found.withLock { $0.replaceSubrange(rows, with: own) }
      }
      for features in found.withLock({ $0 }) { body(features) }
    }
  }

  func features(of row: Int) -> [(hash: UInt64, count: Int32)] {
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
    return counted
  }
}

/// Tells most features that only one text has, in memory that does not grow.
///
/// Two bits stand for all hashes with the same remainder: seen once, and seen again. So a feature of two
/// texts is always repeated here; one of a single text is too where another shares its bits.
private struct RepeatFilter {
  private let bits: UInt64
  private var once: [UInt64]
  private var again: [UInt64]

  /// - Parameter features: about how many there will be.
  init(expecting features: Int) {
    // Four bits for each keep most from sharing; 2 × 16 MiB are enough to read any file in bounded memory.
    bits = UInt64(min(max(4 * features, 1 << 12), 1 << 27) / 64 * 64)
    once = [UInt64](repeating: 0, count: Int(bits / 64))
    again = once
  }

  mutating func insert(_ hash: UInt64) {
    let (word, bit) = place(hash)
    if once[word] & bit == 0 { once[word] |= bit } else { again[word] |= bit }
  }

  func isRepeated(_ hash: UInt64) -> Bool {
    let (word, bit) = place(hash)
    return again[word] & bit != 0
  }

  private func place(_ hash: UInt64) -> (word: Int, bit: UInt64) {
    let place = hash % bits
    return (Int(place / 64), 1 << (place % 64))
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
