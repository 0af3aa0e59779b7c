import Digests
package import Foundation
import Records

/// A part of a file that one stage writes and another one reads: a header, which is a line of JSON, then rows of a
/// fixed size, then the SHA-256 digest of both. A file is any number of parts, so that files are joined by
/// writing one behind the other. Numbers are little-endian. docs/SCALE.md, "Stages".
package struct StagePart: Sendable, Equatable {
  /// What the rows are.
  package enum Kind: String, Codable, Sendable {
    /// Vectors of texts; see `StoredEncoder`.
    case vectors
    /// Records in a space in which neighbours are searched; see `SpaceRecorder`.
    case space
    /// Lists of neighbours; see `StoredNeighbours`.
    case neighbours
  }

  package struct Header: Codable, Sendable, Equatable {
    package var emend: Kind
    /// The version of the format, `StagePart.version(of:)`.
    package var version: Int
    package var rows: Int
    package var rowBytes: Int
    /// Numbers in single precision of a vector; 0 for neighbours.
    package var columns = 0
    /// The number of the first row, from 0.
    package var first = 0
    /// The number of all rows of the file.
    package var of = 0
    /// Neighbours per row.
    package var k = 0
    /// Of vectors: the encoder's identity.
    package var encoder: String?
    /// Of vectors: whether the encoder counts tokens.
    package var hasTokenCounts: Bool?
    /// Of a space and of neighbours: the digest of the numbers of the rows that can be neighbours of others;
    /// see `SpaceRecorder.digest`.
    package var candidates: String?
    /// Of neighbours: the ranges of rows that were searched, as first row and the one after the last.
    package var searched: [[Int]]?
  }

  /// The version of the format of a kind. Spaces and neighbours of version 1 did not say which rows could be
  /// neighbours, so that they could be used after labels had moved from some records to others.
  package static func version(of kind: Kind) -> Int {
    switch kind {
    case .vectors: 1
    case .space, .neighbours: 2
    }
  }
  /// The bytes of the digest at the end.
  package static let digestBytes = 32

  package let header: Header
  package let payload: [UInt8]

  package init(header: Header, payload: [UInt8]) {
    precondition(payload.count == header.rows * header.rowBytes)
    self.header = header
    self.payload = payload
  }

  /// The part as it is written.
  package var bytes: [UInt8] {
    get throws {
      let encoder = JSONEncoder()
      encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
      var bytes = Array(try encoder.encode(header))
      bytes.append(UInt8(ascii: "\n"))
      bytes += payload
      return bytes + Digest.bytes(of: bytes)
    }
  }

  /// The bytes of one row of such a part.
  static func rowBytes(_ kind: Kind, columns: Int, k: Int) -> Int {
    switch kind {
    case .vectors: StoredEncoder.prefixBytes + 4 * columns
    case .space: SpaceRecorder.prefixBytes + 4 * columns
    case .neighbours: 8 * k
    }
  }
}

/// Reads the parts of a file or of standard input, one after the other, and checks each.
package struct StageReader {
  /// The file as the user named it, for messages.
  package let file: String
  private let kind: StagePart.Kind
  private let read: (Int) throws -> Data
  private var number = 0
  /// The place in the file behind the part that was read last.
  package private(set) var offset = 0

  /// - Parameter read: returns the next bytes, at most so many; none at the end.
  package init(
    file: String, kind: StagePart.Kind, read: @escaping (_ count: Int) throws -> Data
  ) {
    self.file = file
    self.kind = kind
    self.read = read
  }

  /// Longer than any header.
  private static let longestHeader = 1 << 20
  private static let pieceBytes = 4 << 20
  /// More rows than a neighbour graph can number.
  private static let mostRows = Int(Int32.max)

  /// - Returns: the next part; nil at the end of the file.
  /// - Throws: `InputError` where the file is damaged, cut short, or of another kind.
  package mutating func next() throws -> StagePart? {
    number += 1
    guard let line = try headerLine() else { return nil }
    let decoder = JSONDecoder()
    guard let header = try? decoder.decode(StagePart.Header.self, from: Data(line)) else {
      throw damage("part \(number) does not begin with a header of emend stage")
    }
    guard header.emend == kind else {
      throw InputError(
        file: file,
        reason: "part \(number) holds \(header.emend.rawValue), and \(kind.rawValue) are read here",
        remedy: "Name the file that \(Self.maker(of: kind)) wrote.")
    }
    guard header.version == StagePart.version(of: kind) else {
      throw InputError(
        file: file,
        reason:
          "part \(number) has version \(header.version) of the format, and this program reads version "
          + "\(StagePart.version(of: kind))",
        remedy:
          "Write it again\(Self.makersFromStart(of: kind)), with one version of emend for all stages."
      )
    }
    guard (0...Self.mostRows).contains(header.rows), (0...Self.mostRows).contains(header.of),
      (0...Self.mostRows).contains(header.first), header.first <= Self.mostRows - header.rows,
      (0...1_000_000).contains(header.columns), (0...1_000_000).contains(header.k),
      kind == .vectors || header.first + header.rows <= header.of && header.candidates != nil,
      header.rowBytes
        == StagePart.rowBytes(header.emend, columns: header.columns, k: header.k)
    else { throw damage("the header of part \(number) contradicts itself") }
    let payload = try bytes(header.rows * header.rowBytes)
    let digest = try bytes(StagePart.digestBytes)
    var running = RunningDigest()
    running.update(line + [UInt8(ascii: "\n")])
    running.update(payload)
    guard running.bytes == digest else {
      throw damage("the bytes of part \(number) are not those that were written")
    }
    return StagePart(header: header, payload: payload)
  }

  /// The stage that writes a kind.
  private static func maker(of kind: StagePart.Kind) -> String {
    switch kind {
    case .vectors: "emend stage encode"
    case .space: "emend stage fit"
    case .neighbours: "emend stage search"
    }
  }

  /// From which stage on a file of another version is written again. Vectors of this version can still be used.
  private static func makersFromStart(of kind: StagePart.Kind) -> String {
    switch kind {
    case .vectors: " with emend stage encode"
    case .space: " with emend stage fit"
    case .neighbours: " with emend stage fit and search"
    }
  }

  private func damage(_ reason: String) -> InputError {
    InputError(
      file: file, reason: reason,
      remedy: "Run \(Self.maker(of: kind)) again; the file is damaged or was cut short.")
  }

  /// The bytes up to a line feed, which is left out; nil at the end of the file.
  private mutating func headerLine() throws -> [UInt8]? {
    var line: [UInt8] = []
    while line.count < Self.longestHeader {
      guard let byte = try read(1).first else {
        guard line.isEmpty else { throw damage("part \(number) ends in its header") }
        return nil
      }
      offset += 1
      if byte == UInt8(ascii: "\n") { return line }
      line.append(byte)
    }
    throw damage("part \(number) does not begin with a header of emend stage")
  }

  private mutating func bytes(_ count: Int) throws -> [UInt8] {
    var bytes: [UInt8] = []
    while bytes.count < count {
      let piece = try read(min(count - bytes.count, Self.pieceBytes))
      guard !piece.isEmpty else {
        throw damage("part \(number) ends after \(bytes.count) of \(count) bytes")
      }
      bytes += piece
    }
    offset += count
    return bytes
  }
}
