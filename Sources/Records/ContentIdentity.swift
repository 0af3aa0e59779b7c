import Digests
import Foundation

extension Content {
  /// What two records must have in common to have the same content; nil if there is no text.
  ///
  /// White space is folded. `String` compares by canonical equivalence (Unicode 15, section 3.7), so composed
  /// and decomposed spellings are equal; nothing else is ignored.
  package var comparedTexts: [String]? {
    guard !texts.isEmpty else { return nil }
    // The place and the type of an entity are part of what a relation says.
    let places = entities.flatMap {
      ["\($0.span.lowerBound) \($0.span.upperBound)", $0.type ?? ""]
    }
    return (texts + places).map { $0.split(whereSeparator: \.isWhitespace).joined(separator: " ") }
  }
}

extension Content {
  /// Whether there are texts, and all of them are white space. Two such records have nothing in common.
  package var isBlank: Bool {
    !texts.isEmpty
      && texts.allSatisfy { $0.unicodeScalars.allSatisfy(\.properties.isWhitespace) }
  }
}

extension Record {
  /// SHA-256, in hexadecimal, of what the label is about: the compared texts in Unicode's form C, each after
  /// its length in bytes, and a ready vector, which may describe more than the text. Id, label and line do
  /// not count, so that the same text in another file has the same digest.
  package var contentDigest: String {
    var bytes: [UInt8] = []
    for text in content.comparedTexts ?? [] {
      let composed = text.precomposedStringWithCanonicalMapping
      bytes += "\(composed.utf8.count):".utf8
      bytes += composed.utf8
    }
    if let vector {
      bytes += "vector:".utf8
      for value in vector {
        // Zero and minus zero are one number.
        let bits = (value == 0 ? 0 : value).bitPattern
        for shift in stride(from: 0, to: 32, by: 8) { bytes.append(UInt8(bits >> shift & 0xFF)) }
      }
    }
    return Digest.hexadecimal(of: bytes)
  }

  /// The digest of a record that has one text and nothing else.
  package static func contentDigest(ofText text: String) -> String {
    Record(
      line: 0, id: "", content: .text(text), labels: [], isMultiLabel: false, votes: [], vector: nil
    ).contentDigest
  }
}
