/// Whether the labels of a table are numbers. A cell has no type, so the whole column has to show it.
struct LabelNumbers {
  /// Whether all labels are numbers, so that `7` and `7.0` are one class, as they are in JSON: programs write a
  /// column of whole numbers with fractions where a cell is empty.
  let areNumbers: Bool
  /// Whether the numbers have a decimal comma, as they do in tables with semicolons; elsewhere a comma may stand
  /// between two labels, unless that is impossible.
  let hasDecimalCommas: Bool

  /// - Complexity: linear in the column's spellings.
  init(_ column: LabelColumn, _ container: ContainerKind, options: ReadingOptions) {
    let noLabel = Set((options.noLabel ?? []).map(Spelling.cleaned))
    let texts = column.tallies.map { Spelling.cleaned($0.spelling.text) }.filter {
      !$0.isEmpty && !noLabel.contains($0)
        && (options.noLabel != nil || !Self.isPlaceholder($0.lowercased()))
    }
    let commas = texts.filter { $0.utf8.contains(UInt8(ascii: ",")) }
    hasDecimalCommas =
      !commas.isEmpty && texts.allSatisfy { Self.isNumber(Self.withPoint($0)) }
      && (container == .table(separator: UInt8(ascii: ";"))
        || commas.contains(where: Self.isNoList))
    let numbers = hasDecimalCommas ? texts.map(Self.withPoint) : texts
    // Where rules name 1 and 1.0, they are different labels.
    let named = options.labelNames.compactMap { Spelling.wholePart(of: Spelling.cleaned($0)) }
    areNumbers =
      container.isTable && !numbers.isEmpty && numbers.allSatisfy(Self.isNumber)
      && Set(named).count == named.count
  }

  /// The number as JSON would write it, where the column has decimal commas.
  func withPoint(_ text: String) -> String { hasDecimalCommas ? Self.withPoint(text) : text }

  private static func withPoint(_ text: String) -> String {
    text.count { $0 == "," } == 1 && !text.utf8.contains(UInt8(ascii: "."))
      ? text.replacing(",", with: ".") : text
  }

  private static func isPlaceholder(_ lower: String) -> Bool {
    Placeholders.words.contains(lower) || Placeholders.doubtfulWords.contains(lower)
  }

  /// Whether two numbers with a comma between cannot be two labels: they are the same, or the second one begins
  /// with needless zeros.
  private static func isNoList(_ text: String) -> Bool {
    let parts = text.split(separator: ",", omittingEmptySubsequences: false)
    guard parts.count == 2 else { return false }
    return parts[0] == parts[1] || parts[1].count > 1 && parts[1].hasPrefix("0")
  }

  private static func isNumber(_ text: String) -> Bool {
    let digits = text.utf8.first == UInt8(ascii: "-") ? text.utf8.dropFirst() : text.utf8[...]
    let parts = digits.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
    return (1...2).contains(parts.count)
      && parts.allSatisfy { part in
        !part.isEmpty && part.allSatisfy { (0x30...0x39).contains($0) }
      }
  }
}
