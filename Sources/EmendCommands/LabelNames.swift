import Foundation
import Records

/// The names of labels that a dataset writes as numbers, from a file of the user's.
struct LabelNames {
  let names: [(value: String, name: String)]

  /// Reads a file: one name a line from 0 on; a JSON list; a JSON object of names by label, such as `id2label`;
  /// or one in which a list `names` is found, as the library datasets describes a dataset.
  ///
  /// - Throws: `Failure` where there are no names in the file.
  init(file: String) throws {
    guard let data = FileManager.default.contents(atPath: file) else {
      throw Failure("\(file): the names of labels cannot be read; check the path")
    }
    if let json = try? JSONSerialization.jsonObject(with: data) {
      names = Self.names(in: json)
    } else {
      let lines = String(decoding: data, as: UTF8.self).split(whereSeparator: \.isNewline)
        .map { $0.trimmingCharacters(in: .whitespaces) }
      names = lines.enumerated().map { (String($0), $1) }
    }
    guard !names.isEmpty else {
      throw Failure(
        "\(file): there are no names of labels; write one a line from 0 on, or a JSON list of them")
    }
  }

  private static func names(in json: Any) -> [(value: String, name: String)] {
    // An answer of the dataset server has the fields of its rows beside them.
    let features = (json as? [String: Any])?["features"] ?? json
    for field in ["label", "labels"] {
      let names = DescribedLabels.names(in: features, field: field)
      if !names.isEmpty { return names.enumerated().map { (String($0), $1) } }
    }
    if let fields = json as? [[String: Any]] {
      return fields.lazy.map { names(in: $0) }.first { !$0.isEmpty } ?? []
    }
    if let list = json as? [String] { return list.enumerated().map { (String($0), $1) } }
    guard let object = json as? [String: Any] else { return [] }
    if object["_type"] == nil, let names = object as? [String: String] {
      return names.sorted { $0.key < $1.key }.map { ($0.key, $0.value) }
    }
    if let list = object["names"] as? [String] { return names(in: list) }
    for (_, value) in object.sorted(by: { $0.key < $1.key }) {
      let found = names(in: value)
      if !found.isEmpty { return found }
    }
    return []
  }
}
