import Digests

/// The calibration of each query of a file: the shipped one, or one that was fitted to the file's labels.
///
/// A query's labels never influence its own utility, because that utility assesses those labels. So the
/// labelled queries are divided into folds, and each fold gets the fit to the other folds.
struct FileCalibrations {
  /// One per query.
  let calibrations: [Calibration]
  let sources: [CalibrationSource]

  /// With fewer labelled queries, a fit to the labels may be worse than none: docs/METHODS.md,
  /// section 4.
  static let leastQueries = 20
  static let folds = 5

  /// Fits a calibration for each case that has enough labelled queries.
  ///
  /// - Parameters:
  ///   - queries: all queries of the file.
  ///   - scores: the combined scores, per query and passage.
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
        CalibrationFit(rows.map(\.scores)).calibration(near: kind.labelled)
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
    /// Place among the file's queries.
    let index: Int
    /// Queries of the same wording have the same group, and so they are in the same fold.
    var group: Int
    let scores: LabelledScores
  }

  /// Queries of which every passage with a text is labelled. If people label only some passages, they
  /// seldom choose them at random; if they labelled only the good ones, a fit would make all passages
  /// useful.
  ///
  /// The order depends on the queries' contents and not on their places in the file, so that folds and
  /// sums do not depend on the order of the lines.
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
