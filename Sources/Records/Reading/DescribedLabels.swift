import Foundation

/// The names of classes that a file describes beside its records: the `features` of the library datasets, in which a
/// field of classes has a name for each number.
package enum DescribedLabels {
  /// The names of a field's classes, from 0 on; empty where the file describes none.
  ///
  /// - Parameter field: the name of the label's member, or the path to it, whose last name counts.
  /// - Complexity: linear in bytes where the file is one object, else in those of its first line.
  package static func names(in source: Source, field: String) -> [String] {
    let bytes = source.bytes
    let start = bytes.starts(with: byteOrderMark) ? byteOrderMark.count : 0
    var scanner = LineScanner()
    guard let first = bytes[start...].firstIndex(where: { !isSpace($0) }),
      bytes[first] == UInt8(ascii: "{"),
      let end = try? scanner.scanValue(bytes.span, from: first),
      !bytes[end...].contains(where: { !isSpace($0) }),
      let features = scanner.member(Array("features".utf8), in: bytes.span, decoder: TextDecoder()),
      features.kind == .object || features.kind == .array
    else { return [] }
    let name = field.split { ".[]".contains($0) }.last { Int($0) == nil }.map(String.init) ?? field
    return names(
      in: try? JSONSerialization.jsonObject(with: Data(bytes[features.value])), field: name)
  }

  /// The names of a field's classes in the value of `features`: a list of fields, or an object of them.
  package static func names(in features: Any?, field: String) -> [String] {
    switch features {
    case let fields as [String: Any]: classNames(fields[field])
    case let fields as [[String: Any]]:
      fields.first { $0["name"] as? String == field }.map { classNames($0["type"] ?? $0) } ?? []
    default: []
    }
  }

  private static func classNames(_ type: Any?) -> [String] {
    guard let type = type as? [String: Any] else { return [] }
    // A list of classes has their names in `feature`.
    return type["names"] as? [String] ?? classNames(type["feature"])
  }
}
