import Foundation

/// Cuts texts into words, and reduces words to the terms that are counted.
package enum Words {
  /// The words of a text: folded runs of letters, digits and marks. In a script without spaces, a run
  /// becomes its overlapping pairs of characters.
  /// - Complexity: linear.
  package static func of(_ text: String) -> [String] {
    var words: [String] = []
    var run: [Unicode.Scalar] = []
    var isUnspaced = false
    func end() {
      guard !run.isEmpty else { return }
      if isUnspaced, run.count > 1 {
        for index in 0..<run.count - 1 { words.append(string(run[index...index + 1])) }
      } else {
        words.append(string(run[...]))
      }
      run.removeAll(keepingCapacity: true)
    }
    for scalar in fold(text).unicodeScalars {
      guard isPart(scalar) else {
        end()
        continue
      }
      let unspaced = isWrittenWithoutBlanks(scalar)
      if unspaced != isUnspaced { end() }
      isUnspaced = unspaced
      run.append(scalar)
    }
    end()
    return words
  }

  /// A text in compatibility decomposition, without accents, in lower case.
  static func fold(_ text: String) -> String {
    if text.utf8.allSatisfy({ $0 < 0x80 }) { return text.lowercased() }
    var folded = String.UnicodeScalarView()
    for scalar in text.decomposedStringWithCompatibilityMapping.unicodeScalars
    where scalar.properties.canonicalCombiningClass == .notReordered {
      folded.append(scalar)
    }
    return String(folded).lowercased()
  }

  static func isPart(_ scalar: Unicode.Scalar) -> Bool {
    if scalar.isASCII {
      return (0x30...0x39).contains(scalar.value) || (0x41...0x5A).contains(scalar.value)
        || (0x61...0x7A).contains(scalar.value)
    }
    switch scalar.properties.generalCategory {
    case .uppercaseLetter, .lowercaseLetter, .titlecaseLetter, .modifierLetter, .otherLetter,
      .decimalNumber, .letterNumber, .otherNumber, .nonspacingMark, .spacingMark:
      return true
    default: return false
    }
  }

  /// Han, kana, Thai, Lao, Khmer and Burmese.
  private static func isWrittenWithoutBlanks(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar.value {
    case 0x0E00...0x0EFF, 0x1000...0x109F, 0x1780...0x17FF, 0x3040...0x30FF, 0x3400...0x4DBF,
      0x4E00...0x9FFF, 0xF900...0xFAFF, 0x20000...0x3FFFF:
      true
    default: false
    }
  }

  private static func string(_ scalars: ArraySlice<Unicode.Scalar>) -> String {
    var view = String.UnicodeScalarView()
    view.append(contentsOf: scalars)
    return String(view)
  }

  /// A word without its English endings; words of other languages are seldom changed. The stemmer is
  /// lighter than Porter's, which gives the same stem to words whose difference matters in answers.
  package static func stem(_ word: String) -> String {
    var letters = Array(word.utf8)
    guard letters.count > 3, letters.allSatisfy({ (0x61...0x7A).contains($0) }) else { return word }
    func ends(_ ending: String) -> Bool {
      letters.suffix(ending.utf8.count) == Array(ending.utf8)[...]
    }
    if ends("ies"), letters.count > 4 {
      letters.replaceSubrange(letters.count - 3..<letters.count, with: "y".utf8)
    } else if ends("sses") {
      letters.removeLast(2)
    } else if ends("s"), !ends("ss"), !ends("us"), !ends("is") {
      letters.removeLast()
    }
    for ending in ["ing", "ed"] where ends(ending) {
      let rest = letters.dropLast(ending.utf8.count)
      guard rest.count >= 3, rest.contains(where: { vowels.contains($0) }) else { continue }
      letters = Array(rest)
      let last = letters[letters.count - 1]
      if last == letters[letters.count - 2], !keptDouble.contains(last) { letters.removeLast() }
      break
    }
    if letters.count > 4, ends("ly") { letters.removeLast(2) }
    if letters.count > 3, ends("e") { letters.removeLast() }
    return String(decoding: letters, as: UTF8.self)
  }

  private static let vowels = Set("aeiouy".utf8)
  private static let keptDouble = Set("lsz".utf8)

  /// English words that do not show what a text is about; question words are among them.
  package static let stopWords = Set(
    """
    a an the of in on at to for from by with and or but not is are was were be been being am do does did \
    done has have had having that this these those it its he she they them his her their him i you we us \
    our your my me as so than then there here what which who whom whose when where why how many much long \
    old far often will would can could shall should may might must if into about over under between after \
    before during through no nor only also such both each any some all s t
    """.split(separator: " ").map(String.init))
}
