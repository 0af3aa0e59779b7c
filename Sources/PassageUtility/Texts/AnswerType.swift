/// The kind of word that a question asks for.
enum AnswerType: Sendable {
  case name, date, number

  /// The kind that the first question word of a query asks for; nil if there is no such word, or if it
  /// does not determine the kind.
  init?(query words: [String]) {
    for (index, word) in words.enumerated() {
      let next = index + 1 < words.count ? words[index + 1] : ""
      switch word {
      case "who", "whom", "whose", "where":
        self = .name
        return
      case "when":
        self = .date
        return
      case "how" where Self.measures.contains(next):
        self = .number
        return
      case "in" where Self.times.contains(next):
        self = .date
        return
      case "what", "which":
        if Self.times.contains(next) {
          self = .date
        } else if Self.amounts.contains(next) {
          self = .number
        } else if Self.named.contains(next) {
          self = .name
        } else {
          return nil
        }
        return
      default: continue
      }
    }
    return nil
  }

  /// Whether a sentence has a word of this kind that is not in the query.
  func isFound(in sentence: String, besides query: Set<String>) -> Bool {
    var isFirst = true
    for word in sentence.split(whereSeparator: { !$0.unicodeScalars.allSatisfy(Words.isPart) }) {
      defer { isFirst = false }
      let folded = Words.fold(String(word))
      guard !query.contains(folded) else { continue }
      let isCapital = word.first?.isUppercase == true
      switch self {
      case .date:
        if Self.months.contains(folded), isCapital { return true }
        if folded.count == 4, let year = Int(folded), Self.years.contains(year) { return true }
      case .number:
        if folded.first?.isNumber == true || Self.numbers.contains(folded) { return true }
      case .name:
        // The first word of a sentence always has a capital.
        if !isFirst, isCapital, folded.count > 1, !Words.stopWords.contains(folded) { return true }
      }
    }
    return false
  }

  private static func list(_ words: String) -> Set<String> {
    Set(words.split(separator: " ").map(String.init))
  }
  private static let years = 1000...2100
  private static let times = list("year years date month day century decade")
  private static let measures = list(
    "many much long old far tall big large high fast often deep wide")
  private static let amounts = list(
    "number percentage percent amount age population distance temperature")
  private static let named = list(
    """
    city country state town person actor actress singer company band team place county river island \
    president king queen author artist director university school
    """)
  private static let months = list(
    """
    january february march april may june july august september october november december
    """)
  private static let numbers = list(
    """
    one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen \
    seventeen eighteen nineteen twenty thirty forty fifty sixty seventy eighty ninety hundred hundreds \
    thousand thousands million millions billion billions half dozen twice percent per
    """)
}
