import Assessments

/// Something unusual about a line that is usable all the same.
enum Remark: Hashable {
  case emptyLabel, mentionDiffers, ignoredVector
  case emptyPassage, repeatedPassage, repeatedPassageID, unjudgedPassage, ignoredQueryLabel,
    ignoredQueryAnnotations,
    ignoredQueryVector
  case editedLabel, repeatedID, skippedItems, skippedTexts
}

/// Collects remarks: for each, on which lines it was made.
struct Remarks {
  private var order: [Remark] = []
  private var found: [Remark: (lines: [Int], count: Int)] = [:]

  mutating func add(_ remark: Remark, _ line: Int) {
    if found[remark] == nil { order.append(remark) }
    var entry = found[remark] ?? ([], 0)
    entry.count += 1
    if entry.lines.count < Finding.mostLines { entry.lines.append(line) }
    found[remark] = entry
  }

  var findings: [Finding] {
    order.compactMap { remark in
      found[remark].map { lines, count in
        Finding(remark.code, remark.words, lines: lines, count: count)
      }
    }
  }
}

extension Remark {
  var code: FindingCode {
    switch self {
    case .emptyLabel: .placeholder
    case .mentionDiffers: .mentionDiffers
    case .ignoredVector: .ignoredVector
    case .emptyPassage: .emptyPassage
    case .repeatedPassage: .repeatedPassage
    case .repeatedPassageID: .repeatedPassageID
    case .unjudgedPassage: .unjudgedPassage
    case .ignoredQueryLabel, .ignoredQueryAnnotations, .ignoredQueryVector: .ignoredQueryMember
    case .editedLabel: .editedLabel
    case .repeatedID: .repeatedID
    case .skippedItems, .skippedTexts: .unreadItems
    }
  }

  var words: String {
    switch self {
    case .emptyLabel: "the label is an empty string, which is read as no label"
    case .mentionDiffers: "an entity's text is not what its span covers; the span counts"
    case .ignoredVector: "the vector is not used, as most records have none"
    case .emptyPassage: "a passage's text is empty"
    case .repeatedPassage: "the same passage is there again, with the same id"
    case .repeatedPassageID:
      "passages of one query have the same id and different texts; results call the later one ID#PLACE"
    case .unjudgedPassage: "a passage's label is below 0, which is read as no label"
    case .ignoredQueryLabel: "the label beside a query is not used; label the passages"
    case .ignoredQueryAnnotations: "the annotations beside a query are not used; label the passages"
    case .ignoredQueryVector: "the vector beside a query is not used"
    case .editedLabel: "was edited after an earlier run; the edit is kept"
    case .repeatedID: "has the id of an earlier record"
    case .skippedTexts:
      "the text is one item of a list with others before it, such as earlier turns, which are not read"
    case .skippedItems:
      "the label is one item of a list that has more; the others are not read"
    }
  }
}
