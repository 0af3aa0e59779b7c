/// Turns label names into plain words.
enum LabelWording {
  /// The words of a name: `Component-Whole(e2,e1)` is "component whole", `bookFlight_v2` is "book flight
  /// v2".
  ///
  /// docs/METHODS.md, section 2: names cleaned of underscores, camel case and direction marks.
  static func plain(_ name: String) -> String {
    var text = name
    for mark in ["(e1,e2)", "(e2,e1)"] { text = text.replacing(mark, with: "") }
    var words = ""
    var previous: Character?
    for character in text {
      if "_-/.:".contains(character) {
        words.append(" ")
      } else {
        if character.isUppercase, let previous, previous.isLowercase || previous.isNumber {
          words.append(" ")
        }
        words.append(character)
      }
      previous = character
    }
    return words.split(whereSeparator: \.isWhitespace).joined(separator: " ").lowercased()
  }

  /// The texts whose vectors are added to give the label's meaning: two texts, or more if the rules give
  /// several examples.
  ///
  /// docs/METHODS.md, section 2: e(name) + e("This text is about name"); if rules describe the label,
  /// e(about) + e(example). Without an example, e(about) counts twice; with examples but no description,
  /// they are added to the first form.
  static func texts(name: String, about: String?, examples: [String]) -> [String] {
    guard let about, !about.isEmpty else {
      let plain = plain(name)
      let texts = [plain, "This text is about \(plain)"]
      return examples.isEmpty ? texts : texts + examples
    }
    return [about] + (examples.isEmpty ? [about] : examples)
  }
}
