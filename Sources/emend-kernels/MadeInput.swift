import Concurrency
import Vectors

/// Input that is like that of a run, and the same each time.
enum MadeInput {
  /// Numbers that depend on `stream` alone.
  static func numbers(_ stream: Int) -> SplitMix64 { SplitMix64(seed: UInt64(stream)) }

  /// Unit rows around as many middles as there are labels, as the texts of a dataset lie.
  static func vectors(_ rows: Int, columns: Int) -> Matrix {
    var generator = numbers(1)
    let middles = (0..<labelCount * columns).map { _ in Float(generator.gaussian()) }
    var matrix = Matrix(rows: rows, columns: columns)
    for row in 0..<rows {
      let middle = label(ofRecord: row) * columns
      for column in 0..<columns {
        matrix[row, column] = middles[middle + column] + 0.6 * Float(generator.gaussian())
      }
    }
    return matrix.normalised()
  }

  static let labelCount = 12

  /// The right label of a record.
  static func label(ofRecord record: Int) -> Int {
    var generator = numbers(1_000 + record)
    return Int(generator.next() % UInt64(labelCount))
  }

  /// The given labels, of which one in ten is wrong.
  static func givenLabels(_ count: Int) -> [[Int32]?] {
    var generator = numbers(2)
    return (0..<count).map { record in
      let isWrong = generator.uniform() < 0.1
      let other = Int(generator.next() % UInt64(labelCount))
      return [Int32(isWrong ? other : label(ofRecord: record))]
    }
  }

  /// Sentences of common and rare words, some of which are those of the record's label. One in twenty has words
  /// outside of ASCII.
  static func texts(_ count: Int, words: Int) -> [String] {
    var generator = numbers(3)
    return (0..<count).map { record in
      var text: [String] = []
      for place in 0..<words {
        let draw = generator.uniform()
        let number =
          draw < 0.3
          ? 1_000 + 20 * label(ofRecord: record) + Int(generator.next() % 20)
          // A few words are in most texts, and most words in few.
          : Int(1_000 * generator.uniform() * generator.uniform() * generator.uniform())
        let own = word(number)
        text.append(place == 0 ? own.prefix(1).uppercased() + own.dropFirst() : own)
      }
      if record % 20 == 0 { text.append("naïve Übung 東京") }
      return text.joined(separator: " ") + "."
    }
  }

  /// The word with this number: two to four syllables.
  static func word(_ number: Int) -> String {
    var generator = numbers(4_000 + number)
    let syllables = 2 + Int(generator.next() % 3)
    return (0..<syllables).map { _ in
      consonants[Int(generator.next() % UInt64(consonants.count))]
        + vowels[Int(generator.next() % UInt64(vowels.count))]
    }.joined()
  }

  private static let consonants = "b c d f g l m n p r s t v st tr".split(separator: " ").map(
    String.init)
  private static let vowels = "a e i o u ea ou".split(separator: " ").map(String.init)
}
