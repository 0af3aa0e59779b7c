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
  /// What the order of the labels tells about the flagged ones. Where it does not fit the file, a finding says so.
  func orderNotes(_ order: [String]) -> [String] {
    guard !order.isEmpty, !records.isEmpty else { return [] }
    guard !annotated.targets.isMultiLabel else {
      return ["the order of the labels was not used, as records have lists of labels"]
    }
    var notes: [String] = []
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
