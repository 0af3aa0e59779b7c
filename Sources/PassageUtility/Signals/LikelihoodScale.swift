/// How much a file's likelihoods differ within a query.
///
/// A model reads only some passages of a query, often two that are much alike. Their own standard deviation would
/// make any difference between them a large one. So likelihoods are measured by the standard deviation within all
/// queries of the file.
package struct LikelihoodScale: Sendable, Equatable {
  /// The standard deviation of one kind of likelihood within queries.
  struct Deviation: Sendable, Equatable {
    let value: Double

    /// - Parameter queries: the values of each query's passages, nil for a passage that was not read.
    init(_ queries: [[Double?]]) {
      var squares = 0.0
      var freedom = 0
      for values in queries {
        let known = values.compactMap(\.self)
        guard known.count > 1 else { continue }
        let mean = known.reduce(0, +) / Double(known.count)
        squares += known.reduce(0) { $0 + ($1 - mean) * ($1 - mean) }
        freedom += known.count - 1
      }
      value = freedom > 0 ? (squares / Double(freedom)).squareRoot() : 0
    }

    /// Each value minus the mean of its query's, in deviations; 0 if all values of the file are equal within
    /// their queries, nil for a missing value.
    func standardised(_ values: [Double?]) -> [Double?] {
      let known = values.compactMap(\.self)
      let mean = known.reduce(0, +) / Double(max(1, known.count))
      return values.map { raw in
        raw.map { value > Self.least ? ($0 - mean) / value : 0 }
      }
    }

    private static let least = 1e-6
  }

  let query: Deviation
  let answerGain: Deviation

  /// - Parameter likelihoods: of all queries of a file.
  package init(_ likelihoods: [Likelihoods]) {
    // A query with answers is judged by what they gain, so its own likelihoods do not count.
    query = Deviation(likelihoods.filter(\.answerGain.isEmpty).map(\.query))
    answerGain = Deviation(likelihoods.map(\.answerGain))
  }
}
