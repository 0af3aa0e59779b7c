import ModelInterfaces

extension Reply {
  /// The text after the model's reasoning, without white space around it; nil if the reply ends within
  /// the reasoning.
  package var finalText: String? {
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

  /// The markers around the reasoning, by family of models.
  private static let thoughtMarkers = [
    ("<think>", "</think>"), ("<thinking>", "</thinking>"), ("[THINK]", "[/THINK]"),
    ("<|channel|>analysis", "<|channel|>final<|message|>"),
  ]
}

extension Substring {
  /// The last occurrence of `text`; compares bytes.
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
