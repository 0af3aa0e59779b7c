/// What BERT's normaliser and pre-tokenizer do to each Unicode scalar.
///
/// The tables were generated from the reference itself (see `UnicodeTables`). Its libraries follow several
/// old versions of Unicode, so neither Swift's properties nor the data of any one version would agree.
struct ScalarClasses: Sendable {
  /// The properties of a scalar.
  struct Traits: OptionSet, Sendable {
    let rawValue: UInt8
    static let removed = Traits(rawValue: 1)
    static let space = Traits(rawValue: 2)
    static let ideograph = Traits(rawValue: 4)
    static let stripped = Traits(rawValue: 8)
    static let barrier = Traits(rawValue: 16)
    static let punctuation = Traits(rawValue: 32)
    static let wordBreak = Traits(rawValue: 64)
    /// The scalar has an entry in one of the mappings.
    static let mapped = Traits(rawValue: 128)
  }

  static let shared = ScalarClasses()

  /// The raw traits, one entry per scalar.
  private let traits: [UInt8]
  /// Canonical decompositions without accents; those of Hangul are computed instead.
  private let decomposed: [UInt32: [UInt32]]
  private let lowered: [UInt32: [UInt32]]
  /// The rank of the combining class of scalars that are not removed as accents.
  private let order: [UInt32: UInt32]

  private init() {
    var traits = [UInt8](repeating: 0, count: 0x110000)
    let classes: [(String, Traits)] = [
      (UnicodeTables.removed, .removed), (UnicodeTables.spaces, .space),
      (UnicodeTables.ideographs, .ideograph), (UnicodeTables.stripped, .stripped),
      (UnicodeTables.barriers, .barrier), (UnicodeTables.punctuation, .punctuation),
      (UnicodeTables.breaks, .wordBreak),
    ]
    for (text, trait) in classes {
      for range in text.split(separator: " ") {
        let ends = range.split(separator: "-").compactMap { UInt32($0, radix: 16) }
        guard let first = ends.first, let last = ends.last else { continue }
        for scalar in first...last { traits[Int(scalar)] |= trait.rawValue }
      }
    }
    decomposed = Self.mapping(UnicodeTables.decomposed)
    lowered = Self.mapping(UnicodeTables.lowered)
    order = Self.mapping(UnicodeTables.ordered).compactMapValues(\.first)
    for key in decomposed.keys { traits[Int(key)] |= Traits.mapped.rawValue }
    for key in lowered.keys { traits[Int(key)] |= Traits.mapped.rawValue }
    for key in order.keys { traits[Int(key)] |= Traits.mapped.rawValue }
    self.traits = traits
  }

  private static func mapping(_ text: String) -> [UInt32: [UInt32]] {
    var found: [UInt32: [UInt32]] = [:]
    for entry in text.split(separator: " ") {
      let sides = entry.split(separator: "=")
      guard sides.count == 2, let key = UInt32(sides[0], radix: 16) else { continue }
      found[key] = sides[1].split(separator: "+").compactMap { UInt32($0, radix: 16) }
    }
    return found
  }

  func traits(of scalar: UInt32) -> Traits { Traits(rawValue: traits[Int(scalar)]) }

  /// The lower-case form of a scalar, without regard to its context: a final sigma becomes an ordinary one.
  func lowercase(_ scalar: UInt32) -> [UInt32]? {
    traits(of: scalar).contains(.mapped) ? lowered[scalar] : nil
  }

  /// The canonical decomposition without accents; nil where the scalar stays as it is.
  func decomposition(of scalar: UInt32) -> [UInt32]? {
    if (0xAC00...0xD7A3).contains(scalar) {
      // Hangul syllables, Unicode 3.12.
      let index = scalar - 0xAC00
      let final = index % 28
      let pair = [0x1100 + index / 588, 0x1161 + index % 588 / 28]
      return final == 0 ? pair : pair + [0x11A7 + final]
    }
    return traits(of: scalar).contains(.mapped) ? decomposed[scalar] : nil
  }

  /// The rank of a scalar's combining class; 0 for scalars that are never reordered.
  func combiningRank(of scalar: UInt32) -> UInt32 {
    traits(of: scalar).contains(.mapped) ? order[scalar] ?? 0 : 0
  }
}
