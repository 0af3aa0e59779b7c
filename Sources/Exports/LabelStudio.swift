import Decisions
import Records

/// Tasks for Label Studio: the suspects in the order of review, each with emend's proposal as a prediction, and the
/// labelling configuration that they need.
///
/// The data of a task keeps by which a file of decisions finds the record again, and Label Studio's exports (JSON,
/// JSON_MIN, CSV) have them, so that these are files of decisions. https://labelstud.io/guide/tasks
enum LabelStudio {
  /// The names of the parts of the configuration to which results refer.
  private static let control = "label"
  private static let model = "emend"
  /// With more labels than this, a field to search them helps.
  private static let mostWithoutFilter = 12

  static func export(_ records: [ExportedAnnotation]) -> Export {
    let suspects = records.suspects
    var bytes = Array("[".utf8)
    for (index, suspect) in suspects.enumerated() {
      bytes += (index > 0 ? ",\n" : "\n").utf8
      task(suspect).append(to: &bytes)
    }
    bytes += "\n]\n".utf8
    let names = records.labelNames
    let labels = names.filter { $0.unicodeScalars.allSatisfy(isXML) }
    var remarks: [String] = []
    if labels.count < names.count {
      remarks.append(
        "*\(ExportFile.labelStudioConfiguration.suffix): labels with control characters cannot be chosen in Label "
          + "Studio: \(names.count - labels.count) of \(names.count) left out")
    }
    let xml = Array(configuration(labels, suspects).utf8)
    return Export(
      files: [
        .init(file: .labelStudioTasks, bytes: bytes, lines: bytes.count { $0 == 10 }),
        .init(file: .labelStudioConfiguration, bytes: xml, lines: xml.count { $0 == 10 }),
      ], dropped: Export.Dropped(), remarks: remarks)
  }

  private static func task(_ suspect: ExportedAnnotation) -> PlainValue {
    var data: [(name: String, value: PlainValue)] = suspect.record.content.namedTexts.map {
      ($0.name, .string($0.text))
    }
    data += suspect.identity
    if let credibility = suspect.result.credibility {
      data.append(("credibility", .score(credibility)))
    }
    if let reason = suspect.result.reason { data.append(("reason", .string(reason))) }
    var task: [(name: String, value: PlainValue)] = [("data", .object(data))]
    if let proposal = suspect.proposal, !proposal.isEmpty {
      let result: PlainValue = .object([
        ("from_name", .string(control)), ("to_name", .string("text")),
        ("type", .string("choices")),
        ("value", .object([("choices", .list(proposal.map { .string($0.name) }))])),
      ])
      var prediction: [(name: String, value: PlainValue)] = [("model_version", .string(model))]
      if let share = suspect.proposalShare { prediction.append(("score", .score(share))) }
      prediction.append(("result", .list([result])))
      task.append(("predictions", .list([.object(prediction)])))
    }
    return .object(task)
  }

  private static func configuration(
    _ labels: [String], _ suspects: [ExportedAnnotation]
  ) -> String {
    let isMultiLabel = suspects.contains { $0.record.isMultiLabel }
    let used = Set(suspects.flatMap { $0.record.content.namedTexts.map(\.name) })
    var lines = ["<View>", "  <Header value=\"Given label: $given\"/>"]
    for name in Content.textNames where name == "text" || used.contains(name) {
      lines.append("  <Text name=\"\(name)\" value=\"$\(name)\"/>")
    }
    if labels.count > mostWithoutFilter {
      lines.append("  <Filter toName=\"\(control)\" minlength=\"0\" name=\"filter\"/>")
    }
    lines.append(
      "  <Choices name=\"\(control)\" toName=\"text\" choice=\"\(isMultiLabel ? "multiple" : "single")\" "
        + "showInLine=\"true\">")
    for label in labels { lines.append("    <Choice value=\"\(escaped(label))\"/>") }
    lines.append(
      "    <Choice value=\"No label fits\" alias=\"\(Decision.unfittingLabel)\"/>")
    lines += ["  </Choices>", "</View>"]
    return lines.joined(separator: "\n") + "\n"
  }

  /// What XML 1.0 can hold.
  private static func isXML(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar.value {
    case 0x09, 0x0A, 0x0D, 0x20...0xD7FF, 0xE000...0xFFFD, 0x10000...0x10FFFF: true
    default: false
    }
  }

  private static func escaped(_ text: String) -> String {
    var output = ""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "&": output += "&amp;"
      case "<": output += "&lt;"
      case ">": output += "&gt;"
      case "\"": output += "&quot;"
      // In the value of an attribute they would become spaces.
      case "\n", "\r", "\t": output += "&#\(scalar.value);"
      default: output.unicodeScalars.append(scalar)
      }
    }
    return output
  }
}
