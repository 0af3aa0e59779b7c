import ModelInterfaces
import Records
import LabelQuality
import Rules
import Vectors

/// The vectors of records, and the meanings of the label names in the same vector space.
struct Vectorisation {
  /// `n × d`, rows of unit length.
  let vectors: any VectorRows
  let meanings: LabelMeanings?
  private(set) var words: WordFeatures?
  /// How often the texts have words and runs of characters; nil where no record has a text.
  private(set) var spelling: (any SparseRows)?
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

  /// Lets go of what was taken from the texts beside their vectors.
  mutating func releaseTexts() {
    words = nil
    spelling = nil
  }

  /// Takes the ready vectors of the records.
  init(ready records: [Record], threads: Int) {
    let dimension = records.first?.vector?.count ?? 0
    var matrix = Matrix(rows: records.count, columns: dimension)
    for (row, record) in records.enumerated() {
      for (column, value) in (record.vector ?? []).enumerated() { matrix[row, column] = value }
    }
    vectors = Self.kept(matrix.normalised(), threads: threads)
    meanings = nil
    // Records with ready vectors may have texts too, and then have words.
    let texts = records.map { Representation($0.content).words }
    let hasTexts = texts.contains { !$0.isEmpty }
    words = hasTexts ? WordFeatures(texts: texts) : nil
    spelling = hasTexts ? Self.spelling(texts, extra: [], threads: threads) : nil
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
    let dimension = encoder.dimension
    let width = max(records.map { Representation.width(of: $0.content) }.max() ?? 1, 1)
    let meaningTexts = Self.meaningTexts(of: labels, rules)
    let total =
      records.reduce(0) { $0 + Representation.textCount(of: $1.content) }
      + meaningTexts.reduce(0) { $0 + $1.count }
    let table = EncodedTable(
      count: records.count, columns: width * dimension, leading: width == 1 ? nil : dimension)
    var cut = [Bool](repeating: false, count: records.count)
    var shares: [Float]? = []
    var wordTexts: [String] = []
    var extraFeatures: [[String]] = []
    var names = Matrix(rows: labels.count, columns: dimension)
    var done = 0
    var encoded = 0
    // Vectors of many records in single precision would not fit into memory, so these are encoded part by
    // part.
    let step = records.count > Evidence.largestInMemory ? Self.recordsAtOnce : max(records.count, 1)
    for start in stride(from: 0, to: max(records.count, 1), by: step) {
      let rows = start..<min(records.count, start + step)
      let representations = records[rows].map { Representation($0.content) }
      var texts: [String] = []
      var starts: [Int] = []
      for representation in representations {
        starts.append(texts.count)
        texts += representation.texts
      }
      starts.append(texts.count)
      let isLast = rows.upperBound == records.count
      let firstMeaning = texts.count
      if isLast { texts += meaningTexts.joined() }
      if let known = try Self.unknownShares(
        of: representations.indices.map { row in
          starts[row] < starts[row + 1] ? texts[starts[row]] : ""
        }, encoder)
      {
        shares? += known
      } else {
        shares = nil
      }
      let before = done
      let report: @Sendable (Int) -> Void = { progress?(before + $0, total) }
      let encoding = try encoder.encode(texts, progress: report)
      done += texts.count
      encoded += encoding.encodedCount
      table.write(rows, representations, encoding, starts: starts)
      for row in representations.indices {
        cut[start + row] = (starts[row]..<starts[row + 1]).contains { encoding.truncated[$0] }
      }
      if isLast {
        var text = firstMeaning
        for label in labels.indices {
          for _ in meaningTexts[label] {
            for column in 0..<dimension {
              names[label, column] += encoding.embeddings[text, column]
            }
            text += 1
          }
        }
      }
      wordTexts += representations.map(\.words)
      extraFeatures += representations.map(\.extraFeatures)
    }
    vectors = table.vectors
    meanings = LabelMeanings(records: table.leading ?? table.vectors, names: names.normalised())
    words = WordFeatures(texts: wordTexts, extra: extraFeatures)
    spelling = Self.spelling(wordTexts, extra: extraFeatures, threads: threads)
    truncated = cut
    unknownShares = shares
    let isLegible = shares?.map { $0 < Self.leastUnknown }
    self.isLegible = isLegible?.contains(false) == true ? isLegible : nil
    encoderIdentity = encoder.identity
    encodedCount = encoded
  }

  /// So many records are encoded at once where there are very many.
  private static let recordsAtOnce = 32_768

  /// The texts that the encoder is asked for, for these records and labels.
  static func texts(of records: [Record], labels: [Label], _ rules: RuleSet) -> [String] {
    // A record without a text counts as one with an empty text when tokens are counted.
    let own = records.map { Representation($0.content).texts }
    return own.flatMap { $0.isEmpty ? [""] : $0 } + meaningTexts(of: labels, rules).joined()
  }

  /// The texts whose mean vector is the meaning of each label.
  private static func meaningTexts(of labels: [Label], _ rules: RuleSet) -> [[String]] {
    let descriptions = Dictionary(
      rules.labels.map { ($0.name, $0) }, uniquingKeysWith: { first, _ in first })
    return labels.map { label in
      let rule = descriptions[label.name]
      return LabelWording.texts(
        name: label.name, about: rule?.about, examples: rule?.examples ?? [])
    }
  }

  /// The vectors as they are kept: in half precision where there are very many.
  private static func kept(_ vectors: Matrix, threads: Int) -> any VectorRows {
    vectors.rows > Evidence.largestInMemory ? HalfMatrix(vectors, threads: threads) : vectors
  }

  private static func spelling(
    _ texts: [String], extra: [[String]], threads: Int
  ) -> any SparseRows {
    let rows = SpellingRows(texts, extra: extra, threads: threads)
    return texts.count > Evidence.largestInMemory ? rows : rows.matrix(threads: threads)
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
