import Foundation
import LabelQuality
import Vectors

/// Ninety records with known noise, and the numbers that an independent implementation computes for
/// them.
struct Reference: Decodable {
  let dimension: Int
  let labelCount: Int
  let vectors: [Float]
  let texts: [String]
  let labels: [Int32]
  let names: [Float]
  let signals: [String: [Double]]
  let disagreement: Double
  let fused: [Double]
  let posteriorGiven: [Double]
  let margin: [Double]
  let informativeness: Double
  let rightShare: Double
  let changes: [Int32]
  let changesByNames: [Int32]
  let isOpen: Bool
  let drawn: [Int32]
  let suspicion: [Double]
  let logOdds: [Double]
  let corruptedShare: Double
  let wrong: [Double]
  let cautiousShut: [Double]
  let asymmetry: Double
  /// Estimate, lower and upper end.
  let errorRate: [Double]
  let flagged: [Int]
  let soft: [Double]

  /// Reads the fixture.
  static func load() throws -> Reference {
    guard let url = Bundle.module.url(forResource: "Fixtures/reference", withExtension: "json")
    else { throw CocoaError(.fileNoSuchFile) }
    let decoder = JSONDecoder()
    decoder.keyDecodingStrategy = .convertFromSnakeCase
    return try decoder.decode(Reference.self, from: Data(contentsOf: url))
  }

  var count: Int { labels.count }
  var matrix: Matrix { Matrix(rows: count, columns: dimension, storage: vectors) }
  var targets: Targets {
    Targets(given: labels.map { [$0] }, labelCount: labelCount, isMultiLabel: false)
  }
  var meanings: LabelMeanings {
    LabelMeanings(
      records: matrix, names: Matrix(rows: labelCount, columns: dimension, storage: names))
  }

  /// The records with the given changes.
  ///
  /// - Parameter targets: nil for the labels of the fixture.
  func data(
    targets: Targets? = nil, trusted: Set<Int> = [],
    votes: [Int: [(label: Int32, count: Int)]] = [:], contents: [Int32]? = nil,
    hasMeanings: Bool = true
  ) -> AnnotatedSet {
    AnnotatedSet(
      vectors: matrix, targets: targets ?? self.targets, words: WordFeatures(texts: texts),
      trusted: (0..<count).map(trusted.contains), votes: votes,
      meanings: hasMeanings ? meanings : nil, contents: contents)
  }
}

/// Searches the neighbours, and assesses every label.
func assessLabels(
  _ data: AnnotatedSet, options: AssessmentOptions, search: any NeighbourSearch
) throws -> AssessedLabels {
  let evidence = try Evidence(of: data, search: search, threads: options.threads)
  return LabelAssessor.assess(data, by: evidence, options: options)
}

/// Finds neighbours by sorting all other rows: slow, and so simple that it is surely right.
struct PlainSearch: NeighbourSearch {
  func neighbours(of rows: any VectorRows, k: Int) -> NeighbourGraph {
    let vectors = rows.matrix
    let width = min(k, max(vectors.rows - 1, 0))
    var indices: [Int32] = []
    var similarities: [Float] = []
    for row in 0..<vectors.rows {
      let others = (0..<vectors.rows).filter { $0 != row }
        .map { (similarity: vectors.dotProduct(row, $0), index: $0) }
        .sorted { ($0.similarity, $1.index) > ($1.similarity, $0.index) }
      for other in others.prefix(width) {
        indices.append(Int32(other.index))
        similarities.append(other.similarity)
      }
    }
    return NeighbourGraph(
      count: vectors.rows, k: width, indices: indices, similarities: similarities)
  }
}
