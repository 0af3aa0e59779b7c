/// Something unusual about a line that is usable all the same.
enum Remark: Hashable {
  case emptyLabel, missingLabel, abstention, mentionDiffers, ignoredVector
  case emptyPassage, ignoredQueryLabel, ignoredQueryAnnotations, ignoredQueryVector
}

/// Collects remarks: for each wording, how often it was made and on which line first.
struct Remarks {
  private var order: [String] = []
  private var found: [String: (first: Int, count: Int)] = [:]

  mutating func add(_ words: String, _ line: Int) {
    if found[words] == nil { order.append(words) }
    found[words] = (found[words]?.first ?? line, (found[words]?.count ?? 0) + 1)
  }

  var notes: [Reading.Note] {
    order.compactMap { words in
      found[words].map { first, count in
        let others = count > 1 ? " (and \(count - 1) more)" : ""
        return Reading.Note(line: first, text: "line \(first)\(others): \(words)")
      }
    }
  }
}

extension Remark {
  var words: String {
    switch self {
    case .emptyLabel: "the label is an empty string, which is read as no label"
    case .missingLabel:
      "the label -1 is read as no label, as all other labels are whole numbers from 0 on; where it is "
        + "a class, name it in rules (labels: [{name: …, aliases: [\"-1\"]}])"
    case .abstention:
      "the vote -1 is read as an abstention, as all other votes are whole numbers from 0 on; where it "
        + "is a class, name it in rules (labels: [{name: …, aliases: [\"-1\"]}])"
    case .mentionDiffers: "an entity's text is not what its span covers; the span counts"
    case .ignoredVector: "the vector is not used, as most records have none"
    case .emptyPassage: "a passage's text is empty"
    case .ignoredQueryLabel: "the label beside a query is not used; label the passages"
    case .ignoredQueryAnnotations: "the annotations beside a query are not used; label the passages"
    case .ignoredQueryVector: "the vector beside a query is not used"
    }
  }
}
