/// Seeded random numbers that equal those of `numpy.random.default_rng`, so that ties are broken as the
/// reference implementation breaks them.
///
/// The generator is PCG64 (O'Neill, "PCG: A Family of Simple Fast Space-Efficient Statistically Good
/// Algorithms for Random Number Generation", 2014; output XSL-RR). Its state is made from the seed by
/// NumPy's class SeedSequence.
struct PCG64 {
  private static let multiplier = UInt128(0x2360_ED05_1FC6_5DA4) << 64 | 0x4385_DF64_9FCC_F645
  private var state: UInt128 = 0
  private let increment: UInt128

  init(seed: UInt32) {
    let words = Self.words(seed)
    func number(_ index: Int) -> UInt128 {
      UInt128(words[index + 1]) << 96 | UInt128(words[index]) << 64
        | UInt128(words[index + 3]) << 32 | UInt128(words[index + 2])
    }
    increment = number(4) << 1 | 1
    step()
    state &+= number(0)
    step()
  }

  /// A number in 0..<1, in steps of 2⁻⁵³.
  mutating func nextUnit() -> Double {
    step()
    let folded = UInt64(truncatingIfNeeded: state >> 64) ^ UInt64(truncatingIfNeeded: state)
    let turn = UInt64(state >> 122)
    let output = folded >> turn | folded << ((64 - turn) & 63)
    return Double(output >> 11) * 0x1p-53
  }

  private mutating func step() { state = state &* Self.multiplier &+ increment }

  /// The eight words that NumPy's SeedSequence generates from one word of entropy.
  private static func words(_ seed: UInt32) -> [UInt32] {
    var constant: UInt32 = 0x43b0_d7e5
    func folded(_ value: UInt32) -> UInt32 { value ^ value >> 16 }
    func hash(_ value: UInt32) -> UInt32 {
      let mixed = value ^ constant
      constant = constant &* 0x931e_8875
      return folded(mixed &* constant)
    }
    var pool = [seed, 0, 0, 0].map(hash)
    for source in 0..<4 {
      for target in 0..<4 where source != target {
        pool[target] = folded(
          0xca01_f9dd &* pool[target] &- 0x4973_f715 &* hash(pool[source]))
      }
    }
    var final: UInt32 = 0x8b51_f9dd
    return (0..<8).map { index in
      let mixed = pool[index % 4] ^ final
      final = final &* 0x58f3_8ded
      return folded(mixed &* final)
    }
  }
}
