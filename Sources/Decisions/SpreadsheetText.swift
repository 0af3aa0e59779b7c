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

  /// The text without the apostrophes that `neutralised` has put into it.
  ///
  /// - Complexity: O(n).
  package static func restored(_ text: String) -> String {
    edited(text) { mark, field in field.starts(with: mark) ? field.dropFirst() : field }
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
