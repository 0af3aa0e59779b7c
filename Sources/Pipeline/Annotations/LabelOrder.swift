import Assessments
import LabelQuality
import Records

extension AnnotatedRecords {
  /// The place of each label in the order that rules give, from 0; nil for labels that it does not name. Empty
  /// where there is no order, or none that tells two labels apart, and for lists of labels.
  func ranks(_ order: [String]) -> [Int?] {
    guard !order.isEmpty, !targets.isMultiLabel else { return [] }
    let places = Dictionary(
      order.enumerated().map { ($0.element, $0.offset) }, uniquingKeysWith: { first, _ in first })
    let ranks = labels.map { places[$0.name] }
    return ranks.count { $0 != nil } > 1 ? ranks : []
  }
}

extension AnnotationTranslation {
  /// Names that a sentence lists.
  private static let mostOfOrder = 5

  /// What the order of the labels tells about the flagged ones, and where it does not fit the file.
  func orderNotes(_ order: [String]) -> [String] {
    guard !order.isEmpty, !records.isEmpty else { return [] }
    guard !annotated.targets.isMultiLabel else {
      return ["the order of the labels was not used, as records have lists of labels"]
    }
    func list(_ names: [String]) -> String {
      names.prefix(Self.mostOfOrder).joined(separator: ", ")
        + (names.count > Self.mostOfOrder ? ", …" : "")
    }
    var notes: [String] = []
    let known = Set(annotated.labels.map(\.name))
    let unused = order.filter { !known.contains($0) }
    if !unused.isEmpty {
      notes.append("no record has these labels of the order in the rules: \(list(unused))")
    }
    let places = Set(order)
    let outside = annotated.labels.map(\.name).filter { !places.contains($0) }
    if !outside.isEmpty {
      notes.append("these labels have no place in the order of the rules: \(list(outside))")
    }
    guard !annotated.ranks(order).isEmpty else { return notes }
    let steps = records.indices.filter { outcome($0).isSuspect }
      .compactMap { reviewed?.results[$0].steps ?? assessed.assessments[$0].steps }
    if !steps.isEmpty {
      notes.append(
        "of the flagged labels \(steps.count { $0 > 0 }) are probably too low and \(steps.count { $0 < 0 }) too high"
      )
    }
    return notes
  }
}
