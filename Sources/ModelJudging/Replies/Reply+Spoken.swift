import ModelInterfaces

extension Reply {
  /// What the model says after it has thought aloud, without white space around it; nil where it never
  /// came to an end with thinking.
  package var spoken: String? {
    var rest = text[...]
    for (opening, closing) in Self.thoughtMarkers {
      if let end = rest.lastRange(of: closing) {
        rest = rest[end.upperBound...]
      } else if rest.lastRange(of: opening) != nil {
        return nil
      }
    }
    let tail = rest.drop(while: \.isWhitespace).reversed().drop(while: \.isWhitespace)
    return String(tail.reversed())
  }

  /// How families of models mark thoughts.
  private static let thoughtMarkers = [
    ("<think>", "</think>"), ("<thinking>", "</thinking>"), ("[THINK]", "[/THINK]"),
    ("<|channel|>analysis", "<|channel|>final<|message|>"),
  ]
}

extension Substring {
  /// Where `text` begins for the last time; compares bytes.
  fileprivate func lastRange(of text: String) -> Range<Index>? {
    let needle = Array(text.utf8)
    var start = utf8.endIndex
    while true {
      if utf8[start...].starts(with: needle) {
        return start..<utf8.index(start, offsetBy: needle.count)
      }
      guard start > utf8.startIndex else { return nil }
      start = utf8.index(before: start)
    }
  }
}
