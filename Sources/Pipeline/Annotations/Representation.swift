import Records

/// The texts that represent one record in the vector space.
///
/// A record may have several texts, whose vectors are joined into one. The vector of the first text alone
/// is compared with the meanings of label names. docs/METHODS.md, section 1, "Representation".
struct Representation {
  /// How the vectors of `texts` are joined into one.
  enum Joining: Sendable {
    /// The vector of the only text.
    case alone
    /// All vectors side by side.
    case sideBySide
    /// For three texts (both texts together, the first u, the second v): the vector of both together,
    /// √2·(u − v) and (u + v)/2, side by side. The difference of the texts has the highest weight, and
    /// their common subject the lowest.
    case pair

    /// Length of the joined vector, divided by the length of one vector.
    var width: Int {
      switch self {
      case .alone: 1
      case .sideBySide: 2
      case .pair: 3
      }
    }
  }

  /// Texts to encode: one, two or three, as `joining` says.
  let texts: [String]
  let joining: Joining
  /// The text whose words the lexical signal counts.
  let words: String
  /// Features of the lexical signal that are not words of the text.
  let extraFeatures: [String]

  init(_ content: Content) {
    switch content {
    case .text(let text):
      self.init(texts: [text], words: text)
    case .pair(let first, let second):
      self.init(
        texts: ["\(first) \(second)", first, second], joining: .pair,
        words: Self.contrasted(first, second))
    case .relation(let relation):
      self.init(relation)
    case .retrieval(let retrieval):
      self.init(texts: [retrieval.query], words: retrieval.query)
    case .none:
      self.init(texts: [], words: "")
    }
  }

  private init(
    texts: [String], joining: Joining = .alone, words: String, extraFeatures: [String] = []
  ) {
    self.texts = texts
    self.joining = joining
    self.words = words
    self.extraFeatures = extraFeatures
  }
}

extension Representation {
  /// How many texts represent such a record.
  static func textCount(of content: Content) -> Int {
    switch content {
    case .none: 0
    case .text, .retrieval: 1
    case .relation: 2
    case .pair: 3
    }
  }

  /// `Joining.width` of such a record.
  static func width(of content: Content) -> Int { max(textCount(of: content), 1) }

  /// The words of both texts. A word that only one text has gets the prefix `a_` or `b_`, because the
  /// label of a pair depends on the difference of its texts.
  private static func contrasted(_ first: String, _ second: String) -> String {
    let (left, right) = (words(first), words(second))
    let (inLeft, inRight) = (Set(left), Set(right))
    return
      (left.map { inRight.contains($0) ? $0 : "a_\($0)" }
      + right.map { inLeft.contains($0) ? $0 : "b_\($0)" }).joined(separator: " ")
  }

  private static func words(_ text: String) -> [String] {
    text.lowercased().split { !($0.isLetter || $0.isNumber || $0 == "_") }.map(String.init)
  }
}

// docs/METHODS.md, section 1, "Representation". Of the templates that were tried for relations, these two
// together were best.
extension Representation {
  /// How many words are kept before the first and after the second entity.
  static let wordsOutside = 4
  /// How many words are kept between the entities; of more words, the first and the last ones are kept.
  static let wordsBetween = 25

  private init(_ relation: Relation) {
    let words = RelationWords(relation)
    let named = { (entity: Entity) in
      entity.type.map { "\(entity.text) (\($0))" } ?? entity.text
    }
    self.init(
      texts: [
        "\(named(relation.head)) and \(named(relation.tail)): \(relation.text)",
        words.window,
      ],
      joining: .sideBySide, words: words.window,
      extraFeatures: words.between.map { "between \($0)" } + [
        words.headComesFirst ? "head first" : "tail first",
        "head \(relation.head.type ?? "")", "tail \(relation.tail.type ?? "")",
      ])
  }
}

/// The words of a relation's sentence before, between and after its entities.
private struct RelationWords {
  let before: [String]
  let between: [String]
  let after: [String]
  let headComesFirst: Bool
  private let first: [String]
  private let second: [String]

  init(_ relation: Relation) {
    let head = relation.head
    let tail = relation.tail
    headComesFirst = (head.span.lowerBound, 0) <= (tail.span.lowerBound, 1)
    let (one, two) = headComesFirst ? (head, tail) : (tail, head)
    let scalars = Array(relation.text.unicodeScalars)
    func words(_ lower: Int, _ upper: Int) -> [String] {
      let low = min(max(lower, 0), scalars.count)
      let high = min(max(upper, low), scalars.count)
      var text = String.UnicodeScalarView()
      text.append(contentsOf: scalars[low..<high])
      return String(text).split(whereSeparator: \.isWhitespace).map(String.init)
    }
    let reach = max(one.span.upperBound, two.span.upperBound)
    before = words(0, one.span.lowerBound)
    between = words(one.span.upperBound, two.span.lowerBound)
    after = words(reach, scalars.count)
    let slot = { (mark: String, entity: Entity) in
      [mark] + (entity.type.map { [$0] } ?? []) + [entity.text]
    }
    first = slot(headComesFirst ? "X" : "Y", one)
    second = slot(headComesFirst ? "Y" : "X", two)
  }

  /// The words around the entities, with slots and types: "… X type mention … Y type mention …".
  var window: String {
    var middle = between
    if middle.count > Representation.wordsBetween {
      let front = (Representation.wordsBetween + 1) / 2
      middle = Array(
        middle.prefix(front) + middle.suffix(Representation.wordsBetween - front))
    }
    let left = Array(before.suffix(Representation.wordsOutside))
    let right = Array(after.prefix(Representation.wordsOutside))
    return (left + first + middle + second + right).joined(separator: " ")
  }
}
