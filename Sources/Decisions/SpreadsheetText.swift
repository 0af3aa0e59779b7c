/// Texts in the cells of a table that a spreadsheet program opens.
///
/// A program takes a cell for a formula by its first character. Which character ends a cell depends on the user's
/// country: a table with commas may be cut at semicolons, also within quotes. So a text is looked at where it
/// starts and behind everything at which some program may cut it.
package enum SpreadsheetText {
  /// The text, with an apostrophe before each place where a spreadsheet program would see a formula.
  ///
  /// - Complexity: O(n).
  package static func neutralised(_ text: String) -> String {
    edited(text) { mark, field in mark + field }
  }

  /// The text as `neutralised` has it, with one more apostrophe where a spreadsheet program may take the whole for a
  /// number, a date or a truth value and write it in another form: `007`, `1.0`, `1e5`, `3/4`, `May 5`, `TRUE`.
  ///
  /// - Complexity: O(n).
  package static func guarded(_ text: String) -> String {
    let text = neutralised(text)
    return isConverted(text) ? "'" + text : text
  }

  /// The text without the apostrophes that `neutralised` or `guarded` has put into it.
  ///
  /// - Complexity: O(n).
  package static func restored(_ text: String) -> String {
    // By bytes: an apostrophe and a mark behind it are one character.
    let rest = String(decoding: text.utf8.dropFirst(), as: UTF8.self)
    let isGuarded = text.utf8.first == apostrophe && isConverted(rest)
    return edited(isGuarded ? rest : text) { mark, field in
      field.starts(with: mark) ? field.dropFirst() : field
    }
  }

  private typealias Field = ArraySlice<UInt8>

  /// Replaces each field that needs a mark, or has one.
  private static func edited(_ text: String, _ edit: (_ mark: [UInt8], Field) -> Field) -> String {
    let bytes = Array(text.utf8)
    var output: [UInt8] = []
    var start = 0
    while start <= bytes.count {
      let end = bytes[start...].firstIndex(where: separators.contains) ?? bytes.count
      // At the very start, a separator counts as a sign, and the text as one number or none.
      let field = bytes[start..<end]
      let isFormula = start == 0 ? isFormula(bytes[...], isStart: true) : isFormula(field)
      output += isFormula ? edit([apostrophe], field) : field
      guard end < bytes.count else { break }
      output.append(bytes[end])
      start = end + 1
    }
    return String(decoding: output, as: UTF8.self)
  }

  /// Whether a program may take the field for a formula, or for one that was made harmless. Numbers are none.
  private static func isFormula(_ field: Field, isStart: Bool = false) -> Bool {
    let content = field.drop { $0 == apostrophe }
    guard signs.contains(where: { content.starts(with: $0) }) || isStart && startsWithBlank(content)
    else { return false }
    return Double(String(decoding: content, as: UTF8.self)) == nil
  }

  /// Whether a program may take the text, or one that was guarded, for a value of another form.
  private static func isConverted(_ text: String) -> Bool {
    let content = ArraySlice(text.utf8).drop { $0 == apostrophe }
    let plain = String(decoding: content, as: UTF8.self).lowercased()
    if plain == "true" || plain == "false" { return true }
    guard content.count <= longestValue, plain.contains(where: \.isNumber), !isFormula(content)
    else { return false }
    // A whole number of up to 15 digits stays as it is.
    if let number = Int(plain), String(number) == plain, plain.utf8.count <= 15 { return false }
    return plain.split { !$0.isLetter }.allSatisfy { word in
      let follows =
        word.startIndex > plain.startIndex && plain[plain.index(before: word.startIndex)].isNumber
      return follows && marksOfValues.contains(word) || halvesOfDay.contains(word)
        || months.contains(word.prefix(3))
    }
  }

  /// Longer than any date or number with its unit.
  private static let longestValue = 40
  /// Behind a digit: an exponent, the sign between date and time, and the one of universal time.
  private static let marksOfValues: Set<Substring> = ["e", "t", "z"]
  private static let halvesOfDay: Set<Substring> = ["am", "pm"]
  /// How months and days of the week begin in the languages of most spreadsheet programs' users.
  private static let months: Set<Substring> = [
    "jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec", "mon",
    "tue",
    "wed", "thu", "fri", "sat", "sun", "mär", "mai", "okt", "dez", "fév", "avr", "jui", "aoû",
    "déc",
    "ene", "abr", "ago", "dic", "gen", "mag", "giu", "lug", "set", "ott", "mrt", "maa", "mei",
    "fev",
    "out",
  ]

  private static func startsWithBlank(_ field: Field) -> Bool {
    field.first.map { $0 == UInt8(ascii: "\t") || $0 == 0x0A || $0 == 0x0D } ?? false
  }

  private static let apostrophe = UInt8(ascii: "'")
  /// Where programs cut lines into cells in some country, and what may stand around a cell.
  private static let separators = Set(",;|\t\r\n\"".utf8)
  /// With the wide forms, which programs take for the same in East Asia.
  private static let signs = ["=", "+", "-", "@", "\u{FF1D}", "\u{FF0B}", "\u{FF0D}", "\u{FF20}"]
    .map { Array($0.utf8) }
}
