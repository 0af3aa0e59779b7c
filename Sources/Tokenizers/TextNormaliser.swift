/// BERT's normaliser. It cleans a text, separates ideographs, removes accents and lower-cases, in the order
/// of the reference (`BertNormalizer` of Hugging Face's `tokenizers`).
struct TextNormaliser: Sendable, Equatable {
  /// Whether control characters are removed and every kind of space becomes a plain one.
  var cleans = true
  /// Whether spaces are put around ideographs.
  var separatesIdeographs = true
  /// Whether the text is decomposed canonically and non-spacing marks are then removed.
  var stripsAccents = true
  var lowercases = true

  /// Appends the normal form of `scalars` to `output`.
  func normalise(
    _ scalars: some Sequence<Unicode.Scalar>, into output: inout [UInt32]
  ) {
    let classes = ScalarClasses.shared
    // The start of the current run of marks that may have to be reordered.
    var runStart = output.count
    for unicodeScalar in scalars {
      let scalar = unicodeScalar.value
      if scalar < 0x80 {
        var byte = scalar
        if cleans {
          if byte < 0x20 || byte == 0x7F {
            guard byte == 9 || byte == 10 || byte == 13 else { continue }
            byte = 0x20
          }
        }
        if lowercases, byte >= 0x41, byte <= 0x5A { byte += 0x20 }
        output.append(byte)
        runStart = output.count
        continue
      }
      var current = scalar
      let traits = classes.traits(of: scalar)
      if cleans {
        if traits.contains(.removed) { continue }
        if traits.contains(.space) { current = 0x20 }
      }
      if separatesIdeographs, traits.contains(.ideograph) {
        output.append(0x20)
        runStart = output.count
        appendStripped(current, classes, &output, &runStart)
        output.append(0x20)
        runStart = output.count
      } else {
        appendStripped(current, classes, &output, &runStart)
      }
    }
  }

  private func appendStripped(
    _ scalar: UInt32, _ classes: ScalarClasses, _ output: inout [UInt32], _ runStart: inout Int
  ) {
    guard stripsAccents else { return appendLowered(scalar, classes, &output) }
    if let parts = classes.decomposition(of: scalar) {
      for part in parts { appendInOrder(part, classes, &output, &runStart) }
    } else {
      appendInOrder(scalar, classes, &output, &runStart)
    }
  }

  /// Appends a decomposed scalar. Marks that are not removed are sorted by combining class.
  private func appendInOrder(
    _ scalar: UInt32, _ classes: ScalarClasses, _ output: inout [UInt32], _ runStart: inout Int
  ) {
    let traits = classes.traits(of: scalar)
    if traits.contains(.stripped) {
      if traits.contains(.barrier) { runStart = output.count }
      return
    }
    let rank = classes.combiningRank(of: scalar)
    guard rank > 0 else {
      appendLowered(scalar, classes, &output)
      runStart = output.count
      return
    }
    var place = output.count
    while place > runStart, classes.combiningRank(of: output[place - 1]) > rank { place -= 1 }
    output.insert(scalar, at: place)
  }

  private func appendLowered(
    _ scalar: UInt32, _ classes: ScalarClasses, _ output: inout [UInt32]
  ) {
    if lowercases, let parts = classes.lowercase(scalar) {
      output.append(contentsOf: parts)
    } else {
      output.append(scalar)
    }
  }
}
