import Concurrency
@testable import Mining
import ModelInterfaces
import Records
import Vectors

/// A file with this content.
func source(_ text: String, file: String = "data") throws -> Source {
  try Source(file: file, content: Array(text.utf8))
}

/// The ids and texts of a corpus.
func corpus(_ text: String, file: String = "data") throws -> Corpus {
  var corpus = Corpus()
  try CollectionReader().read(source(text, file: file), into: &corpus)
  return corpus
}

/// A corpus of texts that are called d0, d1, ….
func corpus(texts: [String]) -> Corpus {
  var corpus = Corpus()
  for (place, text) in texts.enumerated() { corpus.add(id: "d\(place)", title: nil, text: text) }
  return corpus
}

/// Queries that are called q0, q1, ….
func queries(_ texts: String...) throws -> QueryList {
  var list = QueryList()
  for (place, text) in texts.enumerated() {
    _ = try list.add(SoughtQuery(id: "q\(place)", text: text))
  }
  return list
}

/// The message of an error that `body` throws; nil where it throws none.
func message(_ body: () throws -> Void) -> String? {
  do {
    try body()
    return nil
  } catch {
    return "\(error)"
  }
}

/// An encoder in which each of the letters a to h is a direction, and a text the sum of its letters.
struct LetterEncoder: Encoder {
  var dimension: Int { 8 }
  var identity: String { "letters" }

  func encode(_ texts: [String], progress: (@Sendable (Int) -> Void)?) -> Encoding {
    var matrix = Matrix(rows: texts.count, columns: dimension)
    for (row, text) in texts.enumerated() {
      for byte in text.utf8 where (0x61...0x68).contains(byte) {
        matrix[row, Int(byte) - 0x61] += 1
      }
    }
    return Encoding(
      embeddings: matrix.normalised(), truncated: texts.map { _ in false },
      encodedCount: texts.count)
  }
}
