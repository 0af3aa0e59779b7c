import Digests

/// The name of an audit, which each of its lines bears: `a120-q60-` and a digest of its records.
struct AuditName {
  /// How many records were decided before it, so that a later audit can be told from an earlier one.
  let decided: Int
  /// How many of the most suspect records it has, so that these are known where not all were decided.
  let suspects: Int
  let text: String

  /// - Parameter records: what tells the records of the audit from others, in their order.
  init(decided: Int, suspects: Int, records: [String]) {
    var digest = RunningDigest()
    for record in records { digest.update(Array("\(record)\n".utf8)) }
    let end = String(hexadecimal: digest.bytes).prefix(Self.digits)
    self.decided = decided
    self.suspects = suspects
    // It begins with a letter, since a spreadsheet program may take numbers with hyphens for a date.
    text = "a\(decided)-q\(suspects)-\(end)"
  }

  /// Reads a name; nil where it is not one that emend has made.
  init?(_ text: String) {
    let parts = text.split(separator: "-")
    guard parts.count == 3, parts[0].hasPrefix("a"), parts[1].hasPrefix("q"),
      let decided = Int(parts[0].dropFirst()), let suspects = Int(parts[1].dropFirst()),
      decided >= 0, suspects >= 0
    else { return nil }
    self.decided = decided
    self.suspects = suspects
    self.text = text
  }

  /// Enough that two audits of one file hardly have the same name.
  private static let digits = 12
}
