import ModelCatalogue
import ModelInterfaces
import Foundation

/// The bytes that each token of a language model stands for, read from `vocabulary.bin`.
///
/// The file holds, one after another, the number of tokens, the bounds of each token's bytes, and the
/// bytes of all tokens. Numbers are little-endian `UInt32`; there is one more bound than tokens.
struct TokenPieces: Sendable {
  private let bounds: [Int]
  private let bytes: [UInt8]

  init(model: InstalledLanguageModel) throws(ModelError) {
    let file = model.vocabularyFile
    let damaged = ModelError(
      .modelDamaged, at: file.path, "it is not the vocabulary of this model",
      remedy: ModelFolder.languageModelRemedy)
    guard let data = try? Data(contentsOf: file) else { throw damaged }
    let count = model.manifest.vocabularySize
    let head = 4 * (count + 2)
    guard data.count >= head else { throw damaged }
    let numbers = data.withUnsafeBytes { bytes in
      (0..<count + 2).map {
        Int(UInt32(littleEndian: bytes.loadUnaligned(fromByteOffset: 4 * $0, as: UInt32.self)))
      }
    }
    bounds = Array(numbers.dropFirst())
    bytes = Array(data.dropFirst(head))
    guard numbers[0] == count, bounds[0] == 0, bounds.last == bytes.count,
      zip(bounds, bounds.dropFirst()).allSatisfy(<=)
    else { throw damaged }
  }

  /// The text that tokens stand for. A character may take several tokens: one whose last bytes are
  /// missing at the end of the text is left out, and other bytes that are not UTF-8 become U+FFFD.
  func text(of tokens: [Int32]) -> String {
    var text = tokens.flatMap { bytes[bounds[Int($0)]..<bounds[Int($0) + 1]] }
    // A character has at most four bytes, so at most three can stand at the end without the last.
    let start = text.indices.suffix(3).last { text[$0] >= 0xC0 }
    if let start, text.count - start < Self.length(of: text[start]) {
      text.removeSubrange(start...)
    }
    return String(decoding: text, as: UTF8.self)
  }

  /// The number of bytes of the character whose first byte is `lead`.
  private static func length(of lead: UInt8) -> Int {
    lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : 2
  }
}
