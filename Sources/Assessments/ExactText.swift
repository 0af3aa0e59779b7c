/// A text as the key of a dictionary or a set, equal to another where both have the same bytes.
///
/// `String` compares by Unicode's canonical equivalence, so that a composed and a decomposed `é` are equal.
/// Ids and names of annotators are what the user wrote, byte for byte, and must not merge by that.
package struct ExactText: Sendable, Hashable {
  package let text: String

  package init(_ text: String) { self.text = text }

  package static func == (left: Self, right: Self) -> Bool {
    left.text.utf8.elementsEqual(right.text.utf8)
  }

  package func hash(into hasher: inout Hasher) {
    var text = text
    text.withUTF8 { hasher.combine(bytes: UnsafeRawBufferPointer($0)) }
    // So that two texts in one key cannot exchange bytes.
    hasher.combine(0xFF as UInt8)
  }
}
