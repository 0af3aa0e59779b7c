import Records

/// Decisions in the exports of Label Studio and Argilla, for which emend wrote the records (docs/REVIEW.md).
///
/// Both keep what emend wrote beside the text, `record_id` and so on, by which the record is found again.
enum OtherProgram {
  /// The outermost members that are looked at, besides those of a file of decisions.
  static let members = [
    "record_id", "record_line", "annotator", "updated_at", "data", "annotations", "metadata",
    "responses", "status",
  ]

  private typealias Members = [String: PlainValue]

  /// The decisions of one object, as the members of a file of decisions: none where nobody has decided; nil for
  /// what no other program wrote.
  static func decisions(in members: [String: PlainValue]) -> [[String: PlainValue]]? {
    if let data = members["data"], data["record_id"] != nil {
      return (members["annotations"]?.list ?? []).compactMap { annotation in
        labelStudio(annotation, identity(in: data))
      }
    }
    if let metadata = members["metadata"], metadata["record_id"] != nil {
      return argilla(members, identity(in: metadata))
    }
    // Label Studio's short forms, JSON_MIN and CSV, have the data and the answer side by side.
    guard let id = members["record_id"], !id.isNull else { return nil }
    var decision = members
    decision["id"] = id
    decision["line"] = members["record_line"]
    decision["by"] = members["annotator"]
    decision["at"] = members["updated_at"]
    if case .string(let text)? = members["label"], let choices = choices(in: text) {
      decision["label"] = choices
    } else if let choices = members["label"]?["choices"] {
      decision["label"] = choices
    }
    return [settled(decision)]
  }

  private static func identity(in data: PlainValue) -> Members {
    var identity: Members = [:]
    identity["id"] = data["record_id"]
    identity["line"] = data["record_line"]
    identity["content_sha256"] = data["content_sha256"]
    identity["given"] = data["given"]
    return identity
  }

  /// One annotation of a Label Studio task; nil where the person skipped the task or chose nothing.
  private static func labelStudio(_ annotation: PlainValue, _ identity: Members) -> Members? {
    if case .bool(true)? = annotation["was_cancelled"] { return nil }
    let chosen = (annotation["result"]?.list ?? []).filter {
      if case .string("label")? = $0["from_name"] { true } else { false }
    }.flatMap { $0["value"]?["choices"]?.list ?? [] }
    guard !chosen.isEmpty else { return nil }
    var decision = identity
    decision["label"] = .list(chosen)
    decision["by"] = person(annotation["completed_by"])
    decision["at"] = annotation["updated_at"] ?? annotation["created_at"]
    return settled(decision)
  }

  /// A number, an address, or an object with an address.
  private static func person(_ value: PlainValue?) -> PlainValue? {
    if case .object? = value { return value?["email"] ?? value?["id"] }
    return value
  }

  /// The responses to Argilla's question `label`. A record that was discarded has none.
  private static func argilla(_ members: Members, _ identity: Members) -> [Members] {
    if case .string("discarded")? = members["status"] { return [] }
    return (members["responses"]?["label"]?.list ?? []).compactMap { response in
      guard let value = response["value"], !value.isNull else { return nil }
      var decision = identity
      decision["label"] = value
      decision["by"] = response["user_id"]
      return settled(decision)
    }
  }

  /// The answer in the form of the given label, and `neither` as a decision.
  private static func settled(_ decision: Members) -> Members {
    var decision = decision
    var names = decision["label"]?.list ?? decision["label"].map { [$0] } ?? []
    let isUnfitting = names.contains {
      if case .string(Decision.unfittingLabel) = $0 { true } else { false }
    }
    if isUnfitting {
      decision["label"] = nil
      decision["decision"] = .string(Decision.Verdict.neither.rawValue)
      return decision
    }
    names.removeAll(where: \.isNull)
    if decision["given"]?.list == nil, names.count == 1 {
      decision["label"] = names[0]
    } else if !names.isEmpty {
      decision["label"] = .list(names)
    }
    return decision
  }

  /// The choices of a cell such as `{"choices": ["a", "b"]}`; nil for any other text.
  private static func choices(in text: String) -> PlainValue? {
    guard text.hasPrefix("{"), case .object? = PlainReader.value(of: text) else { return nil }
    return PlainReader.value(of: text)?["choices"]
  }
}
