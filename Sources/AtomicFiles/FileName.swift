package import SystemPackage
import Digests
import Foundation

/// A file's name as the file system stores it: any bytes but `/` and NUL, not always valid UTF-8.
package struct FileName: Hashable, Sendable, CustomStringConvertible {
  package let bytes: [UInt8]

  package init(bytes: [UInt8]) { self.bytes = bytes }

  package init(_ text: String) { bytes = Array(text.utf8) }

  /// The name for people, always one readable line: control characters, backslashes and bytes that
  /// are not UTF-8 are escaped.
  package var description: String {
    guard let text = String(validating: bytes, as: UTF8.self) else {
      return bytes.map { byte in
        byte >= 0x20 && byte < 0x7F && byte != 0x5C
          ? String(UnicodeScalar(byte)) : "\\x" + String(hexadecimal: [byte])
      }.joined()
    }
    var escaped = ""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "\n": escaped += "\\n"
      case "\t": escaped += "\\t"
      case "\r": escaped += "\\r"
      case "\\": escaped += "\\\\"
      default:
        escaped +=
          Self.isUnreadable(scalar) ? "\\u{\(String(scalar.value, radix: 16))}" : String(scalar)
      }
    }
    return escaped
  }

  /// Whether a terminal would obey a character, or nobody would see it. The two joiners are part of
  /// ordinary words and pictures.
  private static func isUnreadable(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar.properties.generalCategory {
    case .control, .lineSeparator, .paragraphSeparator: true
    case .format: scalar.value != 0x200C && scalar.value != 0x200D
    default: false
    }
  }

  // MARK: - Kinds of file

  /// Endings of a dataset's name, before a suffix of compression.
  package static let datasetSuffixes = [
    ".jsonl", ".ndjson", ".json", ".csv", ".tsv", ".tab", ".psv",
  ]
  package static let compressionSuffixes = [".gz", ".zst"]
  /// Endings that programs give to a file that they have not finished.
  package static let unfinishedSuffixes = [".tmp", ".part", ".crdownload", "~"]
  /// Ending of a marker: the file `NAME.done` tells that the file `NAME` is complete.
  package static let markerSuffix = ".done"

  package var isHidden: Bool { bytes.first == UInt8(ascii: ".") }

  package var isUnfinished: Bool { Self.unfinishedSuffixes.contains { hasSuffix($0) } }

  /// Whether this is a dataset's name, compressed or not.
  package var isDataset: Bool {
    let bare = self.bare
    return Self.datasetSuffixes.contains { bare.hasEnding($0) && bare.bytes.count > $0.utf8.count }
  }

  /// The dataset whose completeness this file marks; nil if the name is not a marker's.
  package var markedDataset: FileName? {
    guard hasSuffix(Self.markerSuffix) else { return nil }
    let name = FileName(bytes: Array(bytes.dropLast(Self.markerSuffix.utf8.count)))
    return name.isDataset ? name : nil
  }

  /// The name of the marker for this file.
  package var marker: FileName { appending(Self.markerSuffix) }

  /// The name without the suffixes of compression and of a dataset. The names of the results begin
  /// with it.
  package var stem: FileName {
    let bare = self.bare
    let suffix = Self.datasetSuffixes.first {
      bare.hasEnding($0) && bare.bytes.count > $0.utf8.count
    }
    return FileName(bytes: Array(bare.bytes.dropLast(suffix?.utf8.count ?? 0)))
  }

  /// The name without the suffix of compression.
  private var bare: FileName {
    let suffix = Self.compressionSuffixes.first {
      hasEnding($0) && bytes.count > $0.utf8.count
    }
    return FileName(bytes: Array(bytes.dropLast(suffix?.utf8.count ?? 0)))
  }

  package func hasSuffix(_ suffix: String) -> Bool {
    bytes.count >= suffix.utf8.count && bytes.suffix(suffix.utf8.count).elementsEqual(suffix.utf8)
  }

  /// Whether the name ends in a suffix, in upper or lower case.
  private func hasEnding(_ suffix: String) -> Bool {
    let end = bytes.suffix(suffix.utf8.count)
    return end.count == suffix.utf8.count
      && zip(end, suffix.utf8).allSatisfy {
        $0 == $1 || $0 | 0x20 == $1 && (0x41...0x5A).contains($0)
      }
  }

  package func appending(_ suffix: String) -> FileName { FileName(bytes: bytes + suffix.utf8) }

  // MARK: - Names that exist already or are too long

  /// The longest name that Linux file systems allow, in bytes.
  package static let lengthLimit = 255

  /// The name with a number before its suffixes: `a-2.jsonl` for `a.jsonl` and 2; the name itself
  /// for 1. The stem is cut if the result would be too long.
  package func numbered(_ number: Int) -> FileName {
    number > 1 ? marked("-\(number)") : self
  }

  /// The name with a text before its suffixes. The stem is cut if the result would be too long.
  package func marked(_ mark: String) -> FileName {
    let stem = self.stem
    let extensions = Array(bytes.dropFirst(stem.bytes.count))
    let tail = Array(mark.utf8) + extensions
    return FileName(bytes: stem.fitted(leaving: tail.count).bytes + tail)
  }

  /// Whether the bytes can be the name of an entry of a folder. A name that a person gives may be a
  /// path, which could lead out of the folder.
  package var isEntry: Bool {
    !bytes.isEmpty && !bytes.contains(UInt8(ascii: "/")) && !bytes.contains(0)
      && self != FileName(".") && self != FileName("..")
  }

  /// The name, cut if `count` more bytes would make it longer than `lengthLimit`. A cut name ends
  /// with `~` and the first four bytes of the whole name's SHA-256, so that names with the same
  /// beginning stay different.
  package func fitted(leaving count: Int) -> FileName {
    guard bytes.count + count > Self.lengthLimit else { return self }
    let mark = Array(("~" + String(hexadecimal: Digest.bytes(of: bytes).prefix(4))).utf8)
    var kept = bytes.prefix(max(0, Self.lengthLimit - count - mark.count))
    // A valid name stays valid UTF-8: it is not cut within a character.
    if String(validating: bytes, as: UTF8.self) != nil {
      while !kept.isEmpty, String(validating: kept, as: UTF8.self) == nil { kept.removeLast() }
    }
    return FileName(bytes: kept + mark)
  }
}

extension FileName: Codable {
  package init(from decoder: any Decoder) throws {
    bytes = try decoder.singleValueContainer().decode([UInt8].self)
  }

  package func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    try container.encode(bytes)
  }
}

extension FilePath {
  /// Makes a path from its bytes, which have no NUL at the end.
  package init(bytes: [UInt8]) {
    self.init(platformString: bytes.map { CChar(bitPattern: $0) } + [0])
  }

  package var bytes: [UInt8] {
    withPlatformString { start in
      Array(UnsafeRawBufferPointer(start: start, count: strlen(start)))
    }
  }

  /// The path of a file in this folder.
  package func file(_ name: FileName) -> FilePath {
    // Built from bytes: a `String` would replace those that are not valid UTF-8.
    var whole = bytes
    if whole.last != UInt8(ascii: "/") { whole.append(UInt8(ascii: "/")) }
    return FilePath(bytes: whole + name.bytes)
  }

  package func file(_ name: String) -> FilePath { file(FileName(name)) }
}
