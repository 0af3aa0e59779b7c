import Digests
package import Foundation
package import ModelInterfaces
import Records
import Vectors

/// Gives the vectors of texts that `emend stage encode` wrote, and runs no model.
///
/// A row has the first half of the text's SHA-256 digest, how many tokens the text has, how many of them the
/// encoder does not know, 1 where the text was cut, 0, and the vector. So rows may come in any order.
///
/// Vectors are in single precision: a pair's vectors are joined and scaled before they are kept in half precision,
/// so nothing less gives the bytes of a run on one machine.
package struct StoredEncoder: Encoder {
  /// What identifies a text: 16 bytes.
  struct Key: Hashable, Sendable {
    let high: UInt64
    let low: UInt64

    init(_ text: String) { self.init(Digest.bytes(of: Array(text.utf8))[...]) }

    init(_ bytes: ArraySlice<UInt8>) {
      high = bytes.prefix(8).reduce(0) { $0 << 8 | UInt64($1) }
      low = bytes.dropFirst(8).prefix(8).reduce(0) { $0 << 8 | UInt64($1) }
    }
  }

  static let prefixBytes = 32

  package let dimension: Int
  package let identity: String
  private let file: String
  private let hasTokenCounts: Bool
  /// The file, of which only what is read is in memory.
  private let content: Data
  private let places: [Key: Int]

  /// - Parameter content: the file; memory-mapped, so that it takes no memory.
  /// - Throws: `InputError` where the file is damaged, empty, or of several encoders.
  package init(file: String, content: Data) throws {
    var offset = content.startIndex
    var reader = StageReader(file: file, kind: .vectors) { count in
      let end = min(content.endIndex, offset + count)
      defer { offset = end }
      return content[offset..<end]
    }
    var first: StagePart.Header?
    var places: [Key: Int] = [:]
    while let part = try reader.next() {
      let header = part.header
      if let first {
        guard first.encoder == header.encoder, first.columns == header.columns,
          first.hasTokenCounts == header.hasTokenCounts
        else {
          throw InputError(
            file: file,
            reason:
              "the vectors are of several encoders (\(first.encoder ?? "none"); \(header.encoder ?? "none"))",
            remedy:
              "Encode all texts with one model, on machines with the same kind of processor.")
        }
      } else {
        first = header
      }
      let start = reader.offset - StagePart.digestBytes - part.payload.count
      for row in 0..<header.rows {
        let place = row * header.rowBytes
        places[Key(part.payload[place..<place + 16])] = start + place
      }
    }
    guard let first, let identity = first.encoder else {
      throw InputError(
        file: file, reason: "there are no vectors in it",
        remedy: "Name the file that emend stage encode wrote.")
    }
    self.file = file
    self.identity = identity
    dimension = first.columns
    hasTokenCounts = first.hasTokenCounts == true
    self.content = content
    self.places = places
  }

  package func encode(
    _ texts: [String], progress: (@Sendable (Int) -> Void)?
  ) throws -> Encoding {
    var storage: [Float] = []
    storage.reserveCapacity(texts.count * dimension)
    var truncated: [Bool] = []
    for text in texts {
      let place = try place(of: text)
      truncated.append(number(at: place + 24) == 1)
      StageNumbers.read(
        content, at: place + Self.prefixBytes, count: dimension, into: &storage)
    }
    progress?(texts.count)
    return Encoding(
      embeddings: Matrix(rows: texts.count, columns: dimension, storage: storage),
      truncated: truncated, encodedCount: 0)
  }

  package func tokenCounts(of texts: [String]) throws -> [TokenCount]? {
    guard hasTokenCounts else { return nil }
    return try texts.map { text in
      let place = try place(of: text)
      return TokenCount(all: number(at: place + 16), unknown: number(at: place + 20))
    }
  }

  /// Where a text's row begins.
  private func place(of text: String) throws(InputError) -> Int {
    guard let place = places[Key(text)] else {
      throw InputError(
        file: file, reason: "there is no vector for the text \"\(Excerpt.of(text))\"",
        remedy: "Encode all lines that emend stage texts writes for this file and these rules.")
    }
    return place
  }

  private func number(at offset: Int) -> Int {
    let start = content.startIndex + offset
    return content[start..<start + 4].reversed().reduce(0) { $0 << 8 | Int($1) }
  }

  /// The vectors of some texts as a part.
  ///
  /// - Throws: what the encoder throws.
  package static func part(
    _ texts: [String], by encoder: any Encoder, progress: (@Sendable (Int) -> Void)? = nil
  ) throws -> StagePart {
    let counts = try encoder.tokenCounts(of: texts)
    let encoding = try encoder.encode(texts, progress: progress)
    let columns = encoding.embeddings.columns
    let rowBytes = StagePart.rowBytes(.vectors, columns: columns, k: 0)
    var payload: [UInt8] = []
    payload.reserveCapacity(texts.count * rowBytes)
    for (row, text) in texts.enumerated() {
      payload += Digest.bytes(of: Array(text.utf8)).prefix(16)
      StageNumbers.append(Int32(clamping: counts?[row].all ?? 0), to: &payload)
      StageNumbers.append(Int32(clamping: counts?[row].unknown ?? 0), to: &payload)
      StageNumbers.append(Int32(encoding.truncated[row] ? 1 : 0), to: &payload)
      StageNumbers.append(Int32(0), to: &payload)
      StageNumbers.append(encoding.embeddings.row(row), to: &payload)
    }
    return StagePart(
      header: StagePart.Header(
        emend: .vectors, version: StagePart.version(of: .vectors), rows: texts.count,
        rowBytes: rowBytes, columns: columns,
        of: texts.count, encoder: encoder.identity, hasTokenCounts: counts != nil),
      payload: payload)
  }
}
