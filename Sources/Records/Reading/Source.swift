import Digests
import Foundation

/// The decompressed bytes of a dataset, with their digest.
package struct Source: Sendable {
  package enum Compression: String, Sendable {
    case none, gzip, zstd
  }

  /// The file as the user named it, for messages; `-` for standard input.
  package let file: String
  /// The file's name without folder and without `.jsonl`, `.ndjson`, `.json`, `.gz`, `.zst`.
  package let name: String
  package let compression: Compression
  /// The decompressed content.
  package let bytes: [UInt8]
  /// SHA-256 of `bytes`, in lower-case hexadecimal.
  package let digest: String

  /// Takes the bytes of a file, compressed or not.
  ///
  /// It recognises compression by the magic number and never by the name, so that standard input and files
  /// without a telling name work too.
  /// - Throws: where the content cannot be decompressed, or where the name says that it is compressed and
  ///   it is not.
  package init(file: String, content: [UInt8]) throws(InputError) {
    self.file = file
    name = Self.name(ofFile: file)
    compression = Self.compression(of: content)
    switch compression {
    case .none: bytes = content
    case .gzip: bytes = try inflated(content, file: file)
    case .zstd: bytes = try zstandardDecompressed(content, file: file)
    }
    digest = Digest.hexadecimal(of: bytes)
    if compression == .none, let suffix = Self.compressedSuffix(of: file), !content.isEmpty {
      throw InputError(
        file: file, byte: 0,
        reason: "the name ends in \(suffix), and the content is not compressed that way",
        remedy: "Rename the file without \(suffix), or fetch it again if it should be compressed.")
    }
  }

  /// Reads a file, or standard input where `path` is `-`.
  package static func read(_ path: String) throws(InputError) -> Source {
    try Source(file: path, content: try content(ofFile: path))
  }

  static func name(ofFile file: String) -> String {
    guard file != "-" else { return "stdin" }
    var name = file.split(separator: "/").last.map(String.init) ?? file
    for suffixes in [[".gz", ".zst"], [".jsonl", ".ndjson", ".json"]] {
      for suffix in suffixes where name.hasSuffix(suffix) && name.count > suffix.count {
        name.removeLast(suffix.count)
        break
      }
    }
    return name
  }

  private static func compression(of content: [UInt8]) -> Compression {
    if content.starts(with: [0x1F, 0x8B]) { return .gzip }
    if content.starts(with: [0x28, 0xB5, 0x2F, 0xFD]) { return .zstd }
    return .none
  }

  private static func compressedSuffix(of file: String) -> String? {
    [".gz", ".zst"].first { file.hasSuffix($0) }
  }
}
