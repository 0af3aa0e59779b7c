import Digests
import Foundation

/// The decompressed bytes of a dataset, with their digest.
package struct Source: Sendable {
  package enum Compression: String, Sendable {
    case none, gzip, zstd
  }

  /// The file as the user named it, for messages; `-` for standard input.
  package let file: String
  /// The file's name without folder, without the ending of a dataset such as `.jsonl` or `.csv`, and without
  /// `.gz` or `.zst`, in upper or lower case.
  package let name: String
  /// The ending of a dataset that the name has, as it is spelled; empty where it has none.
  package let suffix: String
  package let compression: Compression
  /// The decompressed content.
  package let bytes: [UInt8]
  /// SHA-256 of `bytes`, in lower-case hexadecimal.
  package let digest: String

  /// Takes the bytes of a file, compressed or not.
  ///
  /// It recognises compression by the magic number and never by the name, so that standard input and files
  /// without a telling name work too.
  /// - Parameter limit: the most bytes that compressed content may unpack to; nil for the usual limit.
  /// - Throws: where the content cannot be decompressed, where it unpacks to more bytes than the limit, or
  ///   where the name says that it is compressed and it is not.
  package init(file: String, content: [UInt8], limit: Int? = nil) throws(InputError) {
    let limit = limit ?? Self.unpackedLimit(ofBytes: content.count)
    self.file = file
    (name, suffix) = Self.name(ofFile: file)
    compression = Self.compression(of: content)
    var bytes = content
    var layers = 0
    // Some programs compress what is compressed already.
    unpacking: while layers < Self.mostLayers {
      switch Self.compression(of: bytes) {
      case .none: break unpacking
      case .gzip: bytes = try inflated(bytes, file: file, limit: limit)
      case .zstd: bytes = try zstandardDecompressed(bytes, file: file, limit: limit)
      }
      layers += 1
    }
    self.bytes = bytes
    guard Self.compression(of: bytes) == .none else {
      throw InputError(
        file: file, byte: 0,
        reason: "the file is compressed more than \(Self.mostLayers) times, one inside the other",
        remedy: "Decompress it until the text is left, and name that file.")
    }
    digest = Digest.hexadecimal(of: bytes)
    if compression == .none, let suffix = Self.compressedSuffix(of: file), !content.isEmpty {
      throw InputError(
        file: file, byte: 0,
        reason: "the name ends in \(suffix), and the content is not compressed that way",
        remedy: "Rename the file without \(suffix), or fetch it again if it should be compressed.")
    }
  }

  /// The most bytes that a file of so many compressed bytes may unpack to. A few kilobytes that were made
  /// on purpose unpack to gigabytes and would fill the memory.
  ///
  /// It is `unpackedRatio` times the compressed bytes, but never below `smallestUnpackedLimit` and never
  /// above `largestUnpackedLimit`.
  static func unpackedLimit(ofBytes count: Int) -> Int {
    let (product, overflows) = count.multipliedReportingOverflow(by: unpackedRatio)
    return min(
      max(overflows ? .max : product, smallestUnpackedLimit), largestUnpackedLimit)
  }

  /// Datasets of text pack to a third or a tenth, and those of repetitive records to a fortieth.
  private static let unpackedRatio = 100
  /// So that a small file may pack as well as it likes: this much is no load for any machine.
  private static let smallestUnpackedLimit = 64 << 20
  /// 20 gigabytes.
  private static let largestUnpackedLimit = 20_000_000_000

  /// Reads a file, or standard input where `path` is `-`.
  package static func read(_ path: String) throws(InputError) -> Source {
    try Source(file: path, content: try content(ofFile: path))
  }

  /// The most times that a file is decompressed.
  private static let mostLayers = 3

  package static func name(ofFile file: String) -> (name: String, suffix: String) {
    guard file != "-" else { return ("stdin", "") }
    var name = file.split(separator: "/").last.map(String.init) ?? file
    _ = removeSuffix(from: &name, compressionSuffixes)
    let suffix = removeSuffix(from: &name, datasetSuffixes)
    return (name, suffix)
  }

  private static let compressionSuffixes = [".gz", ".zst"]
  private static let datasetSuffixes = [
    ".jsonl", ".ndjson", ".json", ".csv", ".tsv", ".tab", ".psv",
  ]

  /// Takes one of the suffixes off a name that is longer, and returns it as it was spelled.
  private static func removeSuffix(from name: inout String, _ suffixes: [String]) -> String {
    let lower = name.lowercased()
    guard let suffix = suffixes.first(where: { lower.hasSuffix($0) && lower.count > $0.count })
    else {
      return ""
    }
    let spelled = String(name.suffix(suffix.count))
    name.removeLast(suffix.count)
    return spelled
  }

  private static func compression(of content: [UInt8]) -> Compression {
    if content.starts(with: [0x1F, 0x8B]) { return .gzip }
    if content.starts(with: [0x28, 0xB5, 0x2F, 0xFD]) { return .zstd }
    // A frame that decoders skip, with which pzstd begins its files (RFC 8878, section 3.1.2).
    if let first = content.first, first & 0xF0 == 0x50,
      content.dropFirst().starts(with: [0x2A, 0x4D, 0x18])
    {
      return .zstd
    }
    return .none
  }

  private static func compressedSuffix(of file: String) -> String? {
    compressionSuffixes.first { file.lowercased().hasSuffix($0) }
  }
}
