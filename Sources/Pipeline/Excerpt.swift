import Records

/// Shortens texts for the report.
enum Excerpt {
  /// How many characters of a text the report shows at most.
  static let length = 160

  static func of(_ content: Content) -> String {
    let entities = content.entities.map(\.text).joined(separator: " / ")
    let texts = content.texts.joined(separator: " | ")
    return of(entities.isEmpty ? texts : "\(entities): \(texts)")
  }

  static func of(_ text: String) -> String {
    // Looks at the beginning alone, because a text may have megabytes.
    let beginning = text.prefix(length * 4)
    let line = beginning.split(whereSeparator: \.isWhitespace).joined(separator: " ")
    return line.count > length || beginning.endIndex < text.endIndex
      ? line.prefix(length - 1) + "…" : line
  }
}
