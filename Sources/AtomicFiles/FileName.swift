package import SystemPackage
import Digests
import Foundation

/// A file's name as the file system has it: any bytes but `/` and NUL, no text unless it happens to
/// be some.
package struct FileName: Hashable, Sendable, CustomStringConvertible {
  package let bytes: [UInt8]

  package init(bytes: [UInt8]) { self.bytes = bytes }

  package init(_ text: String) { bytes = Array(text.utf8) }

  /// For people: escaped where the name is no plain text, so that it is always one readable line.
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
        let isControl = scalar.properties.generalCategory == .control
        escaped += isControl ? "\\u{\(String(scalar.value, radix: 16))}" : String(scalar)
      }
    }
    return escaped
  }

  // MARK: - What may be taken

  /// Names of datasets; compressed or not.
  package static let datasetSuffixes = [".jsonl", ".ndjson", ".json"]
  package static let compressionSuffixes = [".gz", ".zst"]
  /// What programs call a file that they have not finished.
  package static let unfinishedSuffixes = [".tmp", ".part", ".crdownload", "~"]
  /// Ends the name of the file that says that another one is complete.
  package static let markerSuffix = ".done"

  package var isHidden: Bool { bytes.first == UInt8(ascii: ".") }

  package var isUnfinished: Bool { Self.unfinishedSuffixes.contains { hasSuffix($0) } }

  /// Whether the name is one of a dataset.
  package var isDataset: Bool {
    let bare = self.bare
    return Self.datasetSuffixes.contains { bare.hasSuffix($0) && bare.bytes.count > $0.utf8.count }
  }

  /// The dataset that this file says is complete; nil where it is no marker.
  package var markedDataset: FileName? {
    guard hasSuffix(Self.markerSuffix) else { return nil }
    let name = FileName(bytes: Array(bytes.dropLast(Self.markerSuffix.utf8.count)))
    return name.isDataset ? name : nil
  }

  package var marker: FileName { appending(Self.markerSuffix) }

  /// Without the suffixes of compression and of a dataset: what the results are called.
  package var stem: FileName {
    let bare = self.bare
    let suffix = Self.datasetSuffixes.first {
      bare.hasSuffix($0) && bare.bytes.count > $0.utf8.count
    }
    return FileName(bytes: Array(bare.bytes.dropLast(suffix?.utf8.count ?? 0)))
  }

  /// Without the suffix of compression.
  private var bare: FileName {
    let suffix = Self.compressionSuffixes.first {
      hasSuffix($0) && bytes.count > $0.utf8.count
    }
    return FileName(bytes: Array(bytes.dropLast(suffix?.utf8.count ?? 0)))
  }

  package func hasSuffix(_ suffix: String) -> Bool {
    bytes.count >= suffix.utf8.count && bytes.suffix(suffix.utf8.count).elementsEqual(suffix.utf8)
  }

  package func appending(_ suffix: String) -> FileName { FileName(bytes: bytes + suffix.utf8) }

  // MARK: - Names that are taken or too long

  /// The longest name that Linux file systems allow, in bytes.
  package static let lengthLimit = 255

  /// `a-2.jsonl` for `a.jsonl` and 2; the name itself for 1. Cut where it would be too long.
  package func numbered(_ number: Int) -> FileName {
    guard number > 1 else { return self }
    let stem = self.stem
    let extensions = Array(bytes.dropFirst(stem.bytes.count))
    let tail = Array("-\(number)".utf8) + extensions
    return FileName(bytes: stem.fitted(leaving: tail.count).bytes + tail)
  }

  /// The name, cut where `count` more bytes would make it too long; what was cut is told apart from
  /// its like by a digest of the whole.
  package func fitted(leaving count: Int) -> FileName {
    guard bytes.count + count > Self.lengthLimit else { return self }
    let mark = Array(("~" + String(hexadecimal: Digest.bytes(of: bytes).prefix(4))).utf8)
    var kept = bytes.prefix(max(0, Self.lengthLimit - count - mark.count))
    // Not in the middle of a letter.
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
  /// A path from its bytes, without a NUL.
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
    // The path is built from bytes: a name need not be text, and a `String` would mend it.
    var whole = bytes
    if whole.last != UInt8(ascii: "/") { whole.append(UInt8(ascii: "/")) }
    return FilePath(bytes: whole + name.bytes)
  }

  package func file(_ name: String) -> FilePath { file(FileName(name)) }
}
