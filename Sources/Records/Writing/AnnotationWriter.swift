import Assessments

/// Writes a line with its result: adds our member, and replaces the label where it was corrected. Every
/// other byte stays as it was.
struct AnnotationWriter {
  private static let usualField = Array("label".utf8)

  /// Appends `line` with its terminator.
  static func append(
    _ line: Span<UInt8>, _ splice: Splice, _ record: Record, _ result: AnnotationResult,
    to output: inout [UInt8]
  ) {
    let replaced = result.action == .corrected ? splice.label : nil
    let place = splice.foreign ?? splice.insertion..<splice.insertion
    var at = 0
    func replaceLabel(_ range: Range<Int>) {
      output.append(line, at..<range.lowerBound)
      append(result.labels, as: record.labelForm, to: &output)
      at = range.upperBound
    }
    if let replaced, replaced.lowerBound < place.lowerBound { replaceLabel(replaced) }
    output.append(line, at..<place.lowerBound)
    if splice.foreign == nil { output += (splice.isEmpty ? "\"emend\": " : ", \"emend\": ").utf8 }
    appendMember(line, splice, record, result, isReplaced: replaced != nil, to: &output)
    at = place.upperBound
    if let replaced, replaced.lowerBound > place.lowerBound { replaceLabel(replaced) }
    output.append(line, at..<line.count)
  }

  /// Appends labels as the value of a member, in the form that the file uses.
  static func append(_ labels: [Label], as form: LabelForm, to out: inout [UInt8]) {
    let items: [String]
    switch form {
    case .one:
      out += (labels.first?.token ?? "null").utf8
      return
    case .delimited(let separator):
      JSONText.append(labels.map(\.name).joined(separator: separator), to: &out)
      return
    case .flags(let flags):
      out += flags.json(for: labels).utf8
      return
    case .list, .columns: items = labels.map(\.token)
    case .singleItem: items = labels.prefix(1).map(\.token)
    case .positions(let positions):
      let given = Set(labels.compactMap { Int($0.name) })
      items = (0..<positions.width).map { given.contains($0) ? positions.one : positions.zero }
    }
    out.append(UInt8(ascii: "["))
    for (index, item) in items.enumerated() {
      if index > 0 { out += ", ".utf8 }
      out += item.utf8
    }
    out.append(UInt8(ascii: "]"))
  }

  /// Appends our member's value.
  static func appendMember(
    _ line: Span<UInt8>, _ splice: Splice, _ record: Record, _ result: AnnotationResult,
    isReplaced: Bool,
    to out: inout [UInt8]
  ) {
    out += "{\"credibility\": ".utf8
    JSONText.append(rank: result.credibility, to: &out)
    out += (result.flagged ? ", \"flagged\": true" : ", \"flagged\": false").utf8
    out += ", \"action\": \"".utf8
    out += result.action.rawValue.utf8
    out.append(UInt8(ascii: "\""))
    if isReplaced, let label = splice.label, let key = splice.labelKey {
      out += ", \"original\": ".utf8
      out.append(line, label)
      let name = key.map { line[$0] }
      if let path = splice.labelPath {
        out += ", \"field\": ".utf8
        JSONText.append(path, to: &out)
      } else if name != usualField {
        out += ", \"field\": \"".utf8
        out += name
        out.append(UInt8(ascii: "\""))
      }
    }
    let isProposed = result.action == .proposed && result.labels.isEmpty
    out += ", \"label\": ".utf8
    append(
      isProposed ? result.proposal : result.labels, as: record.labelForm, to: &out)
    // For a multi-label record in review, the proposal may be that no label belongs to it.
    let isEmptyList = result.action == .review && record.isMultiLabel
    if !isProposed, !result.proposal.isEmpty || isEmptyList {
      out += ", \"proposal\": ".utf8
      append(result.proposal, as: record.labelForm, to: &out)
    }
    append(result.surplus, named: "surplus", to: &out)
    append(result.missing, named: "missing", to: &out)
    appendSoftLabel(result, isMultiLabel: record.isMultiLabel, to: &out)
    out += ", \"weight\": ".utf8
    JSONText.append(result.weight, to: &out)
    out += ", \"utility\": ".utf8
    if let utility = result.utility {
      JSONText.append(utility, to: &out)
    } else {
      out += "null".utf8
    }
    out += ", \"review_rank\": ".utf8
    out += (result.reviewRank.map(String.init) ?? "null").utf8
    if let steps = result.steps {
      out += ", \"steps\": ".utf8
      JSONText.append(steps, to: &out)
    }
    if result.truncated { out += ", \"truncated\": true".utf8 }
    if result.outlier { out += ", \"outlier\": true".utf8 }
    if let reason = result.reason {
      out += ", \"reason\": ".utf8
      JSONText.append(reason, to: &out)
    }
    if let rating = result.rating { append(rating, to: &out) }
    appendEvidence(result, to: &out)
    if let foreign = splice.foreign {
      out += ", \"previous\": ".utf8
      out.append(line, foreign)
    }
    out.append(UInt8(ascii: "}"))
  }

  /// Appends the memberships of one kind in which a list looks wrong; nothing where there are none.
  private static func append(
    _ memberships: [(label: String, probability: Double)], named name: String,
    to out: inout [UInt8]
  ) {
    guard !memberships.isEmpty else { return }
    out += ", \"\(name)\": ".utf8
    JSONText.append(
      shares: memberships.lazy.map {
        ($0.label, Int(($0.probability * Double(JSONText.scale)).rounded()))
      }, to: &out)
  }

  /// Appends the soft label. The printed probabilities of a single label sum to exactly 1; those of a
  /// multi-label record are independent of each other.
  private static func appendSoftLabel(
    _ result: AnnotationResult, isMultiLabel: Bool, to out: inout [UInt8]
  ) {
    out += ", \"soft_label\": ".utf8
    appendSoftLabelValue(result, isMultiLabel: isMultiLabel, to: &out)
  }

  static func appendSoftLabelValue(
    _ result: AnnotationResult, isMultiLabel: Bool, to out: inout [UInt8]
  ) {
    let units: [Int]
    if isMultiLabel {
      units = result.softLabel.map { Int(($0.probability * Double(JSONText.scale)).rounded()) }
    } else {
      units = JSONText.units(summingToOne: result.softLabel.map(\.probability))
    }
    JSONText.append(
      shares: zip(result.softLabel, units).lazy.map { ($0.label, $1) }, to: &out)
  }

  private static func append(_ rating: QualityRating, to out: inout [UInt8]) {
    out += ", \"rating\": {".utf8
    switch rating {
    case .rated(let domain, let ratings):
      out += "\"domain\": ".utf8
      JSONText.append(domain, to: &out)
      for criterion in ratings { out += ", \"\(criterion.name)\": \(criterion.rating)".utf8 }
    case .failed(let reason):
      out += "\"failure\": ".utf8
      JSONText.append(reason, to: &out)
    }
    out.append(UInt8(ascii: "}"))
  }

  private static func appendEvidence(_ result: AnnotationResult, to out: inout [UInt8]) {
    out += ", \"evidence\": {\"neighbours\": [".utf8
    for (index, neighbour) in result.neighbours.enumerated() {
      out += (index > 0 ? ", {\"id\": " : "{\"id\": ").utf8
      JSONText.append(neighbour.id, to: &out)
      out += ", \"label\": ".utf8
      JSONText.append(neighbour.label, to: &out)
      out += ", \"similarity\": ".utf8
      JSONText.append(Double(neighbour.similarity), to: &out)
      out.append(UInt8(ascii: "}"))
    }
    out += "], \"signals\": ".utf8
    JSONText.append(
      numbers: result.signals.lazy.map { (name: $0.name, value: $0.probability) }, to: &out)
    out.append(UInt8(ascii: "}"))
  }
}
