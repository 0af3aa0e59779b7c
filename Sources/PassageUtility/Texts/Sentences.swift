/// Cuts texts into sentences.
enum Sentences {
  /// Cuts a text at line breaks; after `.`, `!` and `?` (with closing quotes) if a capital, a digit or an
  /// opening quote follows, unless the full stop ends an abbreviation or an initial; and after the full
  /// stops of scripts that write no space after them. A piece of fewer than two words is appended to the
  /// piece before it.
  ///
  /// - Returns: at least one piece; the whole text if there is nowhere to cut.
  /// - Complexity: linear.
  static func of(_ text: String) -> [String] {
    let scalars = Array(text.unicodeScalars)
    var pieces: [ArraySlice<Unicode.Scalar>] = []
    var start = 0
    var index = 0
    while index < scalars.count {
      let scalar = scalars[index]
      var cut: Int?
      if scalar == "\n" || fullStopsWithoutBlank.contains(scalar) {
        cut = index + 1
      } else if enders.contains(scalar) {
        var end = index + 1
        while end < scalars.count, closers.contains(scalars[end]) || enders.contains(scalars[end]) {
          end += 1
        }
        if end < scalars.count, scalars[end].properties.isWhitespace {
          var next = end
          while next < scalars.count, scalars[next].properties.isWhitespace { next += 1 }
          let opens = next == scalars.count || isOpening(scalars[next])
          if opens, scalar != "." || !endsAbbreviation(scalars[start..<index]) { cut = next }
        }
        index = end - 1
      }
      if let cut {
        pieces.append(scalars[start..<cut])
        start = cut
        index = max(index, cut - 1)
      }
      index += 1
    }
    pieces.append(scalars[start...])
    return joined(pieces) ?? [text]
  }

  private static func joined(_ pieces: [ArraySlice<Unicode.Scalar>]) -> [String]? {
    var sentences: [String] = []
    for piece in pieces {
      guard let first = piece.firstIndex(where: { !$0.properties.isWhitespace }),
        let last = piece.lastIndex(where: { !$0.properties.isWhitespace })
      else { continue }
      var view = String.UnicodeScalarView()
      view.append(contentsOf: piece[first...last])
      let sentence = String(view)
      if !sentences.isEmpty, Words.of(sentence).count < 2 {
        sentences[sentences.count - 1] += " " + sentence
      } else {
        sentences.append(sentence)
      }
    }
    return sentences.isEmpty ? nil : sentences
  }

  private static func isOpening(_ scalar: Unicode.Scalar) -> Bool {
    scalar.properties.isUppercase || scalar.properties.generalCategory == .decimalNumber
      || openers.contains(scalar)
  }

  /// Whether the last word before a full stop is an abbreviation or one letter.
  private static func endsAbbreviation(_ before: ArraySlice<Unicode.Scalar>) -> Bool {
    var word = before[
      (before.lastIndex { $0.properties.isWhitespace }.map { $0 + 1 } ?? before.startIndex)...]
    word = word.drop { leading.contains($0) }
    if word.count == 1, let letter = word.first { return letter.properties.isAlphabetic }
    var view = String.UnicodeScalarView()
    view.append(contentsOf: word)
    return abbreviations.contains(String(view).lowercased())
  }

  private static let enders: Set<Unicode.Scalar> = [".", "!", "?"]
  private static let fullStopsWithoutBlank: Set<Unicode.Scalar> = ["。", "！", "？"]
  private static let closers = Set("\"'”’)]»".unicodeScalars)
  private static let openers = Set("\"'“‘[(«`".unicodeScalars)
  private static let leading = Set("(\"'“‘[".unicodeScalars)
  private static let abbreviations = Set(
    """
    mr mrs ms dr prof sr jr st vs etc inc ltd co corp no vol pp ed eds fig gen col lt capt sgt rev hon gov \
    sen rep dept est approx ca cf al jan feb mar apr jun jul aug sep sept oct nov dec u.s u.k u.n e.g i.e \
    a.m p.m b.c a.d ph.d d.c
    """.split(separator: " ").map(String.init))
}
