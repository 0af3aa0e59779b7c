import Records

/// Shortens texts for the report.
enum Excerpt {
  /// How many characters of a text the report shows at most.
  static let length = 160
  /// How many bytes of a text the report shows at most for each of its characters: one character can have
  /// megabytes of accents.
  private static let bytesPerCharacter = 4

  /// - Parameter length: the most characters that are kept.
  static func of(_ content: Content, length: Int = length) -> String {
    let entities = content.entities.map(\.text).joined(separator: " / ")
    let texts = content.texts.joined(separator: " | ")
    return of(entities.isEmpty ? texts : "\(entities): \(texts)", length: length)
  }

  static func of(_ text: String, length: Int = length) -> String {
    let byteCount = bytesPerCharacter * length
    // Looks at the beginning alone, because a text may have megabytes.
    let scalars = text.unicodeScalars
    let beginning = scalars.prefix(length * 4)
    let line = beginning.split { $0.properties.isWhitespace }.map {
      String(String.UnicodeScalarView($0))
    }
    .joined(separator: " ")
    let isCut = line.utf8.count > byteCount || line.count > length
    guard isCut || beginning.endIndex < scalars.endIndex else { return line }
    var short = String.UnicodeScalarView()
    var bytes = 0
    for scalar in line.unicodeScalars.prefix(length - 1) {
      bytes += UTF8.width(scalar)
      if bytes > byteCount { break }
      short.append(scalar)
    }
    return String(short) + "…"
  }
}
