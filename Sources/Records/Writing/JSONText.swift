/// Writes texts and numbers as JSON.
package enum JSONText {
  private static let digits = Array("0123456789abcdef".utf8)

  /// `text` as a JSON string, in double quotes.
  package static func quoted(_ text: String) -> String {
    var output: [UInt8] = []
    append(text, to: &output)
    return String(decoding: output, as: UTF8.self)
  }

  /// Whether a text is a JSON number, true or false, so that it can be written without quotes.
  package static func isBare(_ text: String) -> Bool {
    var scanner = LineScanner()
    guard (try? scanner.scan(Array(text.utf8).span)) != nil else { return false }
    return [.number, .true_, .false_].contains(scanner.kind)
  }

  /// Appends `text` in double quotes, and escapes only the characters that JSON requires to be escaped.
  package static func append(_ text: String, to output: inout [UInt8]) {
    output.append(UInt8(ascii: "\""))
    if !text.utf8.contains(where: needsEscape) {
      output += text.utf8
      output.append(UInt8(ascii: "\""))
      return
    }
    for byte in text.utf8 {
      switch byte {
      case UInt8(ascii: "\""), UInt8(ascii: "\\"):
        output.append(UInt8(ascii: "\\"))
        output.append(byte)
      case 0x0A: output += [UInt8(ascii: "\\"), UInt8(ascii: "n")]
      case 0x0D: output += [UInt8(ascii: "\\"), UInt8(ascii: "r")]
      case 0x09: output += [UInt8(ascii: "\\"), UInt8(ascii: "t")]
      case 0..<0x20:
        output += "\\u00".utf8
        output.append(digits[Int(byte >> 4)])
        output.append(digits[Int(byte & 15)])
      default: output.append(byte)
      }
    }
    output.append(UInt8(ascii: "\""))
  }

  private static func needsEscape(_ byte: UInt8) -> Bool {
    byte < 0x20 || byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\\")
  }

  /// The number of decimals of printed probabilities and similarities.
  static let decimals = 4
  /// The number of printed steps in one unit, 10 to the power of ``decimals``.
  package static let scale = 10_000

  /// Appends `units / scale` with exactly ``decimals`` decimals.
  package static func append(units: Int, to output: inout [UInt8]) {
    if units < 0 { output.append(UInt8(ascii: "-")) }
    let (whole, fraction) = units.magnitude.quotientAndRemainder(dividingBy: UInt(scale))
    if whole < 10 { output.append(digits[Int(whole)]) } else { output += String(whole).utf8 }
    output.append(UInt8(ascii: "."))
    var divisor = UInt(scale / 10)
    while divisor > 0 {
      output.append(digits[Int(fraction / divisor % 10)])
      divisor /= 10
    }
  }

  /// Appends a number rounded to ``decimals`` decimals, half away from zero.
  ///
  /// - Precondition: `value` is finite and below 10¹² in magnitude. Any other score is a bug in emend.
  static func append(_ value: Double, to output: inout [UInt8]) {
    append(units: units(of: value), to: &output)
  }

  private static func units(of value: Double) -> Int {
    precondition(value.isFinite && abs(value) < 1e12, "a score is not a number")
    return Int((value * Double(scale)).rounded())
  }

  /// Appends an object of shares, in steps of `1 / scale`. Shares that print as 0 are left out.
  static func append(
    shares: some Sequence<(name: String, units: Int)>, to output: inout [UInt8]
  ) {
    append(members: shares.lazy.filter { $0.units > 0 }, to: &output)
  }

  /// Appends an object of numbers, each rounded as ``append(_:to:)-(Double,_)`` does.
  static func append(
    numbers: some Sequence<(name: String, value: Double)>, to output: inout [UInt8]
  ) {
    append(members: numbers.lazy.map { ($0.name, units(of: $0.value)) }, to: &output)
  }

  private static func append(
    members: some Sequence<(name: String, units: Int)>, to output: inout [UInt8]
  ) {
    output.append(UInt8(ascii: "{"))
    var isFirst = true
    for (name, units) in members {
      if !isFirst { output += ", ".utf8 }
      isFirst = false
      append(name, to: &output)
      output += ": ".utf8
      append(units: units, to: &output)
    }
    output.append(UInt8(ascii: "}"))
  }

  /// Appends a probability by which records are ranked, with eight decimals. With four, many records would
  /// have the same value in a file in which hardly any label is doubtful. Nil is `null`.
  ///
  /// - Precondition: `value` lies in 0…1.
  static func append(rank value: Double?, to output: inout [UInt8]) {
    guard let value else {
      output += "null".utf8
      return
    }
    precondition((0...1).contains(value), "a credibility is a probability")
    let units = UInt((value * 100_000_000).rounded())
    output.append(digits[Int(units / 100_000_000)])
    output.append(UInt8(ascii: "."))
    var divisor: UInt = 10_000_000
    while divisor > 0 {
      output.append(digits[Int(units / divisor % 10)])
      divisor /= 10
    }
  }

  /// Rounds probabilities to whole steps of `1 / scale` that sum to exactly 1, by largest remainder; of
  /// equal remainders the earlier one is rounded up.
  ///
  /// Probabilities that do not sum to 1 are scaled first. Where their sum is not positive, all steps are 0.
  package static func units(summingToOne probabilities: [Double]) -> [Int] {
    let total = probabilities.reduce(0, +)
    guard total > 0, total.isFinite else { return probabilities.map { _ in 0 } }
    let exact = probabilities.map { max($0, 0) / total * Double(scale) }
    var units = exact.map { Int($0) }
    let missing = scale - units.reduce(0, +)
    guard missing > 0 else { return units }
    let order = exact.indices.sorted {
      let (left, right) = (exact[$0] - Double(units[$0]), exact[$1] - Double(units[$1]))
      return left != right ? left > right : $0 < $1
    }
    for index in order.prefix(missing) { units[index] += 1 }
    return units
  }
}
