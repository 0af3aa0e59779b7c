/// An inner loop, with a way to make what it works on.
struct Kernel: Sendable {
  /// Lower case, with hyphens: the key under which its instructions are kept.
  let name: String
  /// What a round does, in a few words.
  let work: String
  /// Makes the input, which is not counted, and gives one round of the work. Each round does the same, and returns a
  /// number of its result, so that the compiler cannot leave the work out.
  let prepared: @Sendable () throws -> () throws -> Double

  init(
    _ name: String, _ work: String,
    _ prepared: @escaping @Sendable () throws -> () throws -> Double
  ) {
    self.name = name
    self.work = work
    self.prepared = prepared
  }

  static let all = ofVectors + ofLabels + ofTexts
}

/// Why a kernel would not do what its name says.
enum UnusableInput: Error {
  case searchedExactly
  case withoutEvidence
  case rejectedLines(Int)
}
