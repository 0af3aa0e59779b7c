package import ModelInterfaces
package import Foundation

/// The pieces of a WordPiece model, found by their UTF-8 bytes.
///
/// A hash table with open addressing over one flat buffer, so that a look-up allocates nothing.
/// - Complexity: O(1) per look-up once the hash is known.
package struct Vocabulary: Sendable {
  /// The prefix of a piece that continues a word.
  static let continuation: [UInt8] = Array("##".utf8)

  /// The vocabularies of known encoders have up to 5 MB.
  private static let largestFile = 64 << 20

  package let count: Int
  /// The length of the longest piece in bytes, without the prefix of a continuing piece.
  let longestPiece: Int
  private let bytes: [UInt8]
  /// Where each piece starts in `bytes`, and the end of the last one.
  private let starts: [Int32]
  /// Two hash tables of identifiers, with −1 for an empty slot: the first for pieces that start a word, the
  /// second for pieces that continue one.
  private let slots: [[Int32]]
  private let mask: Int

  /// Reads `vocab.txt`, which has one piece a line. A piece's identifier is its line number, from 0.
  package init(file: URL) throws(ModelError) {
    guard let data = try? Data(contentsOf: file) else {
      throw ModelError(
        .modelDamaged, at: file.path, "it is missing or cannot be read",
        remedy: "import the model again")
    }
    guard data.count <= Self.largestFile else {
      throw ModelError(
        .modelDamaged, at: file.path,
        "it has \(data.count) bytes, and a vocabulary has at most \(Self.largestFile)",
        remedy: "import the model again")
    }
    var lines = data.split(separator: 10, omittingEmptySubsequences: false)
    if lines.last?.isEmpty == true { lines.removeLast() }
    self.init(
      pieces: lines.map { line in
        line.last == 13 ? Array(line.dropLast()) : Array(line)
      })
  }

  /// Builds the tables. Of two equal pieces the later one counts, as in the reference's loader.
  init(pieces: [[UInt8]]) {
    count = pieces.count
    var capacity = 16
    while capacity < pieces.count * 2 { capacity *= 2 }
    mask = capacity - 1
    var bytes: [UInt8] = []
    var starts: [Int32] = [0]
    var slots = [[Int32]](repeating: [Int32](repeating: -1, count: capacity), count: 2)
    var longest = 0
    for (id, piece) in pieces.enumerated() {
      let continues = piece.count > 2 && piece.starts(with: Self.continuation)
      let body = continues ? piece.dropFirst(2) : piece[...]
      bytes.append(contentsOf: body)
      starts.append(Int32(bytes.count))
      longest = max(longest, body.count)
      let table = continues ? 1 : 0
      var slot = Int(truncatingIfNeeded: Self.hash(body)) & (capacity - 1)
      while slots[table][slot] >= 0 {
        let other = Int(slots[table][slot])
        if bytes[Int(starts[other])..<Int(starts[other + 1])].elementsEqual(body) { break }
        slot = (slot + 1) & (capacity - 1)
      }
      slots[table][slot] = Int32(id)
    }
    self.bytes = bytes
    self.starts = starts
    self.slots = slots
    longestPiece = longest
  }

  /// The start value of the FNV-1a hash.
  static let hashSeed: UInt64 = 0xcbf2_9ce4_8422_2325
  /// Adds a byte to an FNV-1a hash.
  static func extend(_ hash: UInt64, with byte: UInt8) -> UInt64 {
    (hash ^ UInt64(byte)) &* 0x100_0000_01b3
  }
  private static func hash(_ piece: some Sequence<UInt8>) -> UInt64 {
    mixed(piece.reduce(hashSeed) { extend($0, with: $1) })
  }
  /// Mixes upper bits into the lower ones, since the low bits of FNV alone spread short pieces badly.
  static func mixed(_ hash: UInt64) -> UInt64 { hash ^ (hash >> 29) }

  /// The identifier of a piece; nil where the vocabulary does not have it.
  /// - Parameters:
  ///   - piece: its bytes, without the prefix of a continuing piece.
  ///   - hash: the hash of these bytes (see `extend`).
  ///   - continuing: whether the piece continues a word.
  func identifier(of piece: ArraySlice<UInt8>, hash: UInt64, continuing: Bool) -> Int32? {
    let table = continuing ? 1 : 0
    var slot = Int(truncatingIfNeeded: Self.mixed(hash)) & mask
    while true {
      let id = slots[table][slot]
      if id < 0 { return nil }
      let range = Int(starts[Int(id)])..<Int(starts[Int(id) + 1])
      if range.count == piece.count, bytes[range].elementsEqual(piece) { return id }
      slot = (slot + 1) & mask
    }
  }

  /// The identifier of a piece that starts a word, such as `[CLS]`.
  func identifier(of piece: String) -> Int32? {
    let utf8 = Array(piece.utf8)
    return identifier(
      of: utf8[...], hash: utf8.reduce(Self.hashSeed) { Self.extend($0, with: $1) },
      continuing: false)
  }
}
