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

let hashSeed: UInt64 = 0xCBF2_9CE4_8422_2325
private let hashPrime: UInt64 = 0x100_0000_01B3
/// Makes the hash of an extra feature differ from that of a word with the same spelling.
let extraSalt: UInt64 = 0x5EED_0F_E47A

/// FNV-1a with one Unicode scalar per step instead of one byte, which is enough to tell words apart.
func extended(_ hash: UInt64, by value: UInt32) -> UInt64 {
  (hash ^ UInt64(value)) &* hashPrime
}

func hashed(_ text: String) -> UInt64 {
  text.unicodeScalars.reduce(hashSeed) { extended($0, by: $1.value) }
}

func combined(_ first: UInt64, _ second: UInt64) -> UInt64 {
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
func forEachWordScalars(in text: String, _ body: ([UInt32]) -> Void) {
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
