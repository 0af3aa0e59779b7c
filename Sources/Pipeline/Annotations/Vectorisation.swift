import ModelInterfaces
import Records
import LabelQuality
import Rules
import Vectors

/// The vectors of records, and the meanings of the label names in the same vector space.
struct Vectorisation {
  /// `n × d`, rows of unit length.
  let vectors: Matrix
  let meanings: LabelMeanings?
  let words: WordFeatures?
  /// How often the texts have words and runs of characters; nil where no record has a text.
  let spelling: SparseMatrix?
  /// Whether a record's text was cut at the model's limit.
  let truncated: [Bool]
  /// The share of each record's tokens that the encoder does not know, 0…1; nil where that is not known, or
  /// where there are vectors in place of texts.
  let unknownShares: [Float]?
  /// Whether the encoder knows enough of each record's text; nil where it knows all of them.
  let isLegible: [Bool]?
  let encoderIdentity: String?
  /// How many texts the model really encoded; the vectors of the others were in the cache.
  let encodedCount: Int

  /// Takes the ready vectors of the records.
  init(ready records: [Record], threads: Int) {
    let dimension = records.first?.vector?.count ?? 0
    var matrix = Matrix(rows: records.count, columns: dimension)
    for (row, record) in records.enumerated() {
      for (column, value) in (record.vector ?? []).enumerated() { matrix[row, column] = value }
    }
    vectors = matrix.normalised()
    meanings = nil
    // Records with ready vectors may have texts too, and then have words.
    let texts = records.map { Representation($0.content).words }
    let hasTexts = texts.contains { !$0.isEmpty }
    words = hasTexts ? WordFeatures(texts: texts) : nil
    spelling = hasTexts ? SparseMatrix(spellingOf: texts, extra: [], threads: threads) : nil
    truncated = [Bool](repeating: false, count: records.count)
    unknownShares = nil
    isLegible = nil
    encoderIdentity = nil
    encodedCount = 0
  }

  /// Encodes the records' texts and the label names.
  ///
  /// In a file of mixed kinds, the components that a record's kind does not have are zero.
  init(
    encoding records: [Record], labels: [Label], rules: RuleSet, encoder: any Encoder,
    threads: Int,
    progress: (@Sendable (_ done: Int, _ total: Int) -> Void)?
  ) throws {
    let representations = records.map { Representation($0.content) }
    var texts: [String] = []
    var starts: [Int] = []
    for representation in representations {
      starts.append(texts.count)
      texts += representation.texts
    }
    starts.append(texts.count)
    let descriptions = Dictionary(
      rules.labels.map { ($0.name, $0) }, uniquingKeysWith: { first, _ in first })
    var meaningStarts: [Int] = []
    for label in labels {
      meaningStarts.append(texts.count)
      let rule = descriptions[label.name]
      texts += LabelWording.texts(
        name: label.name, about: rule?.about, examples: rule?.examples ?? [])
    }
    meaningStarts.append(texts.count)

    let shares = try Self.unknownShares(
      of: records.indices.map { row in
        starts[row] < starts[row + 1] ? texts[starts[row]] : ""
      }, encoder)
    let total = texts.count
    let report: @Sendable (Int) -> Void = { done in progress?(done, total) }
    let encoding = try encoder.encode(texts, progress: report)
    let dimension = encoder.dimension
    let width = max(representations.map(\.joining.width).max() ?? 1, 1)
    var joined = Matrix(rows: records.count, columns: width * dimension)
    // Label names are compared with the vector of the first text alone. Plain texts have only this one.
    var first = width == 1 ? nil : Matrix(rows: records.count, columns: dimension)
    var cut = [Bool](repeating: false, count: records.count)
    for (row, representation) in representations.enumerated() {
      let own = starts[row]..<starts[row + 1]
      guard let leading = own.first else { continue }
      let place = row * joined.columns
      representation.joining.write(
        own.map { encoding.embeddings.row($0) }, into: &joined.storage, at: place)
      first?.storage.replaceSubrange(
        row * dimension..<(row + 1) * dimension, with: encoding.embeddings.row(leading))
      cut[row] = own.contains { encoding.truncated[$0] }
    }
    var names = Matrix(rows: labels.count, columns: dimension)
    for label in labels.indices {
      for text in meaningStarts[label]..<meaningStarts[label + 1] {
        for column in 0..<dimension { names[label, column] += encoding.embeddings[text, column] }
      }
    }
    vectors = width == 1 ? joined : joined.normalised()
    meanings = LabelMeanings(records: first ?? joined, names: names.normalised())
    words = WordFeatures(
      texts: representations.map(\.words), extra: representations.map(\.extraFeatures))
    spelling = SparseMatrix(
      spellingOf: representations.map(\.words), extra: representations.map(\.extraFeatures),
      threads: threads)
    truncated = cut
    unknownShares = shares
    let isLegible = shares?.map { $0 < Self.leastUnknown }
    self.isLegible = isLegible?.contains(false) == true ? isLegible : nil
    encoderIdentity = encoder.identity
    encodedCount = encoding.encodedCount
  }
}

extension Vectorisation {
  /// From this share of unknown tokens on, 0…1, a text's vector says more about how many tokens it has than
  /// about its content: texts that differ only in unknown words have the same vector.
  static let leastUnknown: Float = 0.5

  /// The share of unknown tokens of each text; nil where the encoder cannot tell.
  static func unknownShares(
    of texts: [String], _ encoder: any Encoder
  ) throws -> [Float]? {
    guard let counts = try encoder.tokenCounts(of: texts) else { return nil }
    return counts.map { $0.all > 0 ? Float($0.unknown) / Float($0.all) : 0 }
  }
}

extension Representation.Joining {
  /// Writes the joined vector of one record, `width × d` numbers, from `offset` on.
  ///
  /// - Parameter vectors: one vector of d numbers per text.
  func write(_ vectors: [ArraySlice<Float>], into storage: inout [Float], at offset: Int) {
    switch self {
    case .alone, .sideBySide:
      var place = offset
      for vector in vectors {
        storage.replaceSubrange(place..<place + vector.count, with: vector)
        place += vector.count
      }
    case .pair:
      let (whole, first, second) = (vectors[0], vectors[1], vectors[2])
      let dimension = whole.count
      for column in 0..<dimension {
        let u = first[first.startIndex + column]
        let v = second[second.startIndex + column]
        storage[offset + column] = whole[whole.startIndex + column]
        storage[offset + dimension + column] = Self.contrast * (u - v)
        storage[offset + 2 * dimension + column] = 0.5 * (u + v)
      }
    }
  }

  /// √2: the weight of the difference of the two texts in `pair`; docs/METHODS.md, section 1.
  private static let contrast = Float(2).squareRoot()
}
