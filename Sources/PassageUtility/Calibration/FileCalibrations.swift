import Digests

/// The calibration of each query of a file: the shipped one, or one that was fitted to the file's labels.
///
/// A query's labels never have a part in its own utility, which is to judge them: labelled queries are in
/// folds, and each fold gets what was fitted to the others.
struct FileCalibrations {
  /// One per query.
  let calibrations: [Calibration]
  let sources: [CalibrationSource]

  /// Below that, a fit to the labels may be worse than none: docs/METHODS.md, section 4.
  static let leastQueries = 20
  static let folds = 5

  /// - Parameters:
  ///   - queries: all of the file.
  ///   - scores: combined ones, per query and passage.
  ///   - cases: one per query.
  /// - Complexity: O(folds · labels · rounds).
  init(_ queries: [CandidateQuery], scores: [[Double]], cases: [CalibrationCase]) {
    var calibrations = cases.map(\.shipped)
    var sources = cases.map { _ in CalibrationSource.shipped }
    for kind in CalibrationCase.allCases {
      let members = queries.indices.filter { cases[$0] == kind }
      let labelled = Self.labelled(queries, scores, among: members)
      guard let last = labelled.last, last.group + 1 >= Self.leastQueries else { continue }
      func fit(_ rows: [LabelledQuery]) -> Calibration? {
        CalibrationFit(rows.map(\.scores)).calibration(near: kind.shipped)
      }
      let whole = fit(labelled)
      let byFold = (0..<Self.folds).map { fold in
        fit(labelled.filter { $0.group % Self.folds != fold })
      }
      let foldOf = Dictionary(
        uniqueKeysWithValues: labelled.map { ($0.index, $0.group % Self.folds) })
      for index in members {
        if let fold = foldOf[index] {
          guard let fitted = byFold[fold] else { continue }
          calibrations[index] = fitted
          sources[index] = .refittedOutOfFold
        } else if let whole {
          calibrations[index] = whole
          sources[index] = .refitted
        }
      }
    }
    self.calibrations = calibrations
    self.sources = sources
  }

  private struct LabelledQuery {
    /// Among the file's queries.
    let index: Int
    /// Queries of the same wording are in one, and so in one fold.
    var group: Int
    let scores: LabelledScores
  }

  /// Queries of which every passage with a text is labelled: which ones people label otherwise is seldom
  /// chance, and where only the good ones were, a fit would call everything good.
  ///
  /// In an order that is theirs, not the file's, so that neither folds nor sums depend on it.
  private static func labelled(
    _ queries: [CandidateQuery], _ scores: [[Double]], among members: [Int]
  ) -> [LabelledQuery] {
    var found: [(wording: ContentDigest, whole: ContentDigest, query: LabelledQuery)] = []
    for index in members {
      let query = queries[index]
      let places = query.passages.indices.filter { !query.isBlank($0) }
      let labels = places.compactMap { query.isLabelledUseful[$0] }
      guard !labels.isEmpty, labels.count == places.count else { continue }
      let labelled = LabelledScores(
        scores: places.map { scores[index][$0] },
        mean: scores[index].reduce(0, +) / Double(scores[index].count),
        labels: labels, isTrusted: query.isTrusted)
      found.append(
        (
          ContentDigest([query.text]),
          ContentDigest(
            [query.text] + query.passages + query.answers + labels.map { $0 ? "1" : "0" }),
          LabelledQuery(index: index, group: 0, scores: labelled)
        ))
    }
    found.sort { ($0.wording, $0.whole) < ($1.wording, $1.whole) }
    for place in found.indices.dropFirst() {
      let isSame = found[place].wording == found[place - 1].wording
      found[place].query.group = found[place - 1].query.group + (isSame ? 0 : 1)
    }
    return found.map(\.query)
  }
}
