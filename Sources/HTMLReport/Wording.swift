import Report

/// Numbers as people read them.
enum Wording {
  /// A whole number with commas between thousands: `22,500`.
  static func grouped(_ value: Int) -> String {
    let digits = Array(String(abs(value)))
    var text = value < 0 ? "−" : ""
    for (place, digit) in digits.enumerated() {
      if place > 0, (digits.count - place).isMultiple(of: 3) { text.append(",") }
      text.append(digit)
    }
    return text
  }

  /// A count with its noun: `1 record`, `2,000 records`.
  static func counted(_ count: Int, _ noun: String, many: String? = nil) -> String {
    String(counting: count, noun, many: many, digits: grouped)
  }

  /// A share, 0…1, in per cent: with one decimal below 10 %, else with none. Its blank does not break a line.
  static func percent(_ share: Double) -> String {
    let tenths = Int((share * 1000).rounded())
    if share > 0, tenths == 0 { return "under 0.1\u{A0}%" }
    if tenths > 0, tenths < 100 { return "\(tenths / 10).\(tenths % 10)\u{A0}%" }
    return "\(Int((share * 100).rounded()))\u{A0}%"
  }

  /// A range of shares, 0…1, in per cent.
  static func range(_ low: Double, _ high: Double) -> String {
    percent(low) == percent(high) ? percent(low) : "\(percent(low)) to \(percent(high))"
  }

  /// A number with two decimals and no zero before the point: `.25`, `1.00`, `−.50`.
  static func decimal(_ value: Double) -> String {
    let units = Int((abs(value) * 100).rounded())
    let sign = value < 0 && units > 0 ? "−" : ""
    let fraction = units % 100 < 10 ? "0\(units % 100)" : "\(units % 100)"
    return sign + (units >= 100 ? "\(units / 100)" : "") + ".\(fraction)"
  }

  /// A probability with two decimals; a small one is not called 0.
  static func probability(_ value: Double) -> String {
    value > 0 && value < 0.005 ? "under .01" : decimal(value)
  }

  /// A size in bytes, with the unit that fits.
  static func size(_ bytes: Int) -> String {
    switch bytes {
    case ..<10_000: "\(grouped(bytes)) bytes"
    case ..<1_000_000: "\(bytes / 1000) kB"
    case ..<10_000_000: "\(bytes / 1_000_000).\(bytes / 100_000 % 10) MB"
    default: "\(grouped(bytes / 1_000_000)) MB"
    }
  }
}
