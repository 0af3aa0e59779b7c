import Assessments
import Evaluation
import Records
import Report

/// Where the two files of an evaluation have what.
struct EvaluationFields {
  /// In the output, as paths (`FieldPath`).
  var id = "id"
  var credibility = "emend.credibility"
  var flag = "emend.flagged"
  var label = "emend.label"
  var softLabel = "emend.soft_label"
  var passages = "passages"
  var utility = "emend.utility"
  var usefulFlag = "emend.useful"
  /// In the gold file: a path to the id, and the names of members.
  var goldID = "id"
  var goldLabel = "gold"
  var givenLabel = "label"
  /// The member of a gold file's passage that holds the given label; nil where no label of passages is judged.
  var givenPassageLabel: String?
  /// Whether records and passages whose gold is doubtful count, too.
  var includesDoubtful = false
}

/// A gold file and an output, joined by their ids.
struct EvaluationFiles {
  /// One line of a file.
  private struct Row {
    let line: Int
    let values: [PlainValue?]
  }

  private let fields: EvaluationFields
  private let gold: Source
  private let output: Source
  private let goldRows: [Row]
  /// Paths that lead into passages, too.
  private let utility: FieldPath
  private let usefulFlag: FieldPath
  private let credibility: FieldPath
  private let flag: FieldPath
  private let goldIsTable: Bool
  private let outputIsTable: Bool
  private let outputRows: [Row]
  /// The output's rows by id; of several rows with one id the last.
  private let outputByID: [ExactText: Int]
  /// What the user should know about how the files fit together.
  private(set) var warnings: [String] = []

  /// The members of the gold file that are read, behind the id, the gold label and the given label.
  private enum Gold: Int, CaseIterable {
    case id, gold, given, goldSet, isError, goldAgreed, tie, verified, annotations, passages

    var name: String {
      switch self {
      case .id, .gold, .given: ""
      case .goldSet: "gold_set"
      case .isError: "is_error"
      case .goldAgreed: "gold_agreed"
      case .tie: "tie"
      case .verified: "verified"
      case .annotations: "annotations"
      case .passages: "passages"
      }
    }
  }

  private enum Output: Int, CaseIterable {
    case id, credibility, flag, label, softLabel, passages, listed
  }

  /// Reads both files.
  ///
  /// - Throws: `InputError` where a file cannot be read or its records cannot be joined with the other's.
  init(gold: Source, output: Source, fields: EvaluationFields) throws(InputError) {
    self.fields = fields
    self.gold = gold
    self.output = output
    func path(_ text: String, in source: Source) throws(InputError) -> FieldPath {
      do throws(FieldPath.Problem) {
        return try FieldPath(text)
      } catch {
        throw InputError(file: source.file, reason: error.reason, remedy: error.remedy)
      }
    }
    utility = try path(fields.utility, in: output)
    usefulFlag = try path(fields.usefulFlag, in: output)
    credibility = try path(fields.credibility, in: output)
    flag = try path(fields.flag, in: output)
    var reader = PlainReader()
    var rows: [Row] = []
    var goldPaths: [FieldPath] = []
    for field in Gold.allCases {
      switch field {
      case .id: goldPaths.append(try path(fields.goldID, in: gold))
      case .gold: goldPaths.append(FieldPath(names: [fields.goldLabel]))
      case .given: goldPaths.append(FieldPath(names: [fields.givenLabel]))
      default: goldPaths.append(FieldPath(names: [field.name]))
      }
    }
    let goldKind = try reader.read(gold, fields: goldPaths) {
      rows.append(Row(line: $0, values: $1))
    }
    goldIsTable = goldKind.isTable
    goldRows = rows
    rows = []
    let outputKind = try reader.read(
      output,
      fields: [
        path(fields.id, in: output), credibility, flag, path(fields.label, in: output),
        path(fields.softLabel, in: output), path(fields.passages, in: output),
        FieldPath(names: ["emend", "passages"]),
      ]
    ) { rows.append(Row(line: $0, values: $1)) }
    outputIsTable = outputKind.isTable
    outputRows = rows
    for (source, rows, flag, name) in [
      (gold, goldRows, "--gold-id", fields.goldID), (output, outputRows, "--id", fields.id),
    ] {
      guard !rows.isEmpty else {
        throw InputError(
          file: source.file, reason: "the file holds no records",
          remedy: "Name a file with one JSON object a line.")
      }
      let without = rows.count { $0.values[0] == nil }
      guard without < rows.count else {
        throw InputError(
          file: source.file,
          reason: "no record has a member \"\(name)\", so none can be found by its id",
          remedy: "Name the member that holds the id with \(flag).")
      }
      if without > 0 {
        warnings.append(
          "\(source.file): \(String(counting: without, "record")) without \"\(name)\" cannot be told apart"
        )
      }
    }
    var byID: [ExactText: Int] = [:]
    for (index, row) in outputRows.enumerated() {
      byID[ExactText((row.values[0] ?? .null).text)] = index
    }
    outputByID = byID
    func warnOfRepeats(_ count: Int, _ source: Source, _ whatCounts: String) {
      guard count > 0 else { return }
      warnings.append(
        "\(source.file): \(String(counting: count, "id")) repeated; \(whatCounts)")
    }
    warnOfRepeats(outputRows.count - byID.count, output, "the last record with an id counts")
    let goldIDs = Set(goldRows.map { ExactText(($0.values[0] ?? .null).text) })
    warnOfRepeats(goldRows.count - goldIDs.count, gold, "every record counts")
    guard goldIDs.contains(where: { byID[$0] != nil }) else {
      throw InputError(
        file: output.file,
        reason: "no id of \(gold.file) is in this file, so nothing can be compared",
        remedy:
          "Name the output of that dataset, or the members that hold the ids (--id, --gold-id).")
    }
  }

  /// Whether the gold file is one of queries with passages.
  var areQueries: Bool { goldRows.first?.values[Gold.passages.rawValue] != nil }

  private func predicted(_ row: Row) -> Row? {
    outputByID[ExactText((row.values[0] ?? .null).text)].map { outputRows[$0] }
  }

  /// A value of the gold file that means yes or no.
  private func isTrue(_ value: PlainValue?) -> Bool? { value?.isTrue(inTable: goldIsTable) }

  /// A number of a file.
  private func number(
    _ value: PlainValue?, _ name: String, _ source: Source, _ line: Int
  ) throws(InputError) -> Double? {
    guard let value, !value.isNull else { return nil }
    guard let number = value.number else {
      throw InputError(
        file: source.file, line: line, reason: "\(name) is not a number",
        remedy: "Name the member that holds it, or leave it out.")
    }
    guard number.isFinite else {
      throw InputError(
        file: source.file, line: line, reason: "\(name) is not a finite number",
        remedy: "Leave it out where there is none, or write null.")
    }
    return number
  }

  // MARK: - Labels

  func classEvaluation(clip: Double) throws(InputError) -> ClassEvaluation {
    let kept = goldRows.filter { row in
      fields.includesDoubtful
        || (!isDisagreed(row.values[Gold.goldAgreed.rawValue])
          && isTrue(row.values[Gold.tie.rawValue]) != true)
    }
    let hasGold = kept.contains { row in
      [Gold.gold, .goldSet, .isError].contains { row.values[$0.rawValue]?.isNull == false }
    }
    guard hasGold || kept.isEmpty else {
      throw InputError(
        file: gold.file,
        reason:
          "no record has a gold label (\"\(fields.goldLabel)\"), a list of right labels (\"gold_set\") or "
          + "\"is_error\"",
        remedy: "Name the member that holds the right label with --gold-label.")
    }
    // The cells of a table are strings, whatever they mean.
    var labels = EvaluatedLabels(comparesNames: goldIsTable || outputIsTable)
    var drafts: [(Row, AnnotationDraft)] = []
    for row in kept { drafts.append((row, try draft(row, &labels))) }
    let places = labels.places
    return ClassEvaluation(
      drafts.map { $0.1.annotation(places) }, leftOut: goldRows.count - kept.count, clip: clip)
  }

  /// Whether annotators of the gold label disagreed, which only false says.
  private func isDisagreed(_ value: PlainValue?) -> Bool {
    if goldIsTable { return isTrue(value) == false && value?.isNull == false }
    if case .bool(false)? = value { return true }
    return false
  }

  /// A record before all names are known.
  private struct AnnotationDraft {
    var given: EvaluatedLabels.Draft
    var gold: EvaluatedLabels.Draft
    var goldSet: [EvaluatedLabels.Draft]
    var isError: Bool?
    var isVerified: Bool?
    var annotations: [Int32]
    var prediction: EvaluatedAnnotation.Prediction?
    var corrected: EvaluatedLabels.Draft?

    func annotation(_ places: [Int32]) -> EvaluatedAnnotation {
      let shares = (prediction?.softLabel ?? []).map {
        (label: places[Int($0.label)], probability: $0.probability)
      }
      var prediction = prediction
      prediction?.label = corrected?.label(places)
      prediction?.softLabel = shares
      return EvaluatedAnnotation(
        given: given.label(places), gold: gold.label(places),
        goldSet: goldSet.map { $0.label(places) }, isError: isError, isVerified: isVerified,
        annotations: annotations.map { places[Int($0)] }, prediction: prediction)
    }
  }

  private func draft(
    _ row: Row, _ labels: inout EvaluatedLabels
  ) throws(InputError) -> AnnotationDraft {
    func value(_ field: Gold) -> PlainValue? { row.values[field.rawValue] }
    var goldSet: [EvaluatedLabels.Draft] = []
    if let given = value(.goldSet), !given.isNull {
      guard let items = given.list else {
        throw InputError(
          file: gold.file, line: row.line, reason: "gold_set is not a list",
          remedy: "Write the right labels as a list, such as [\"sport\", \"world\"].")
      }
      goldSet = items.map { labels.draft($0) }
    }
    var annotations: [Int32] = []
    if let items = value(.annotations)?.list, items.count > 1 {
      annotations = items.map { labels.name($0.text) }
    }
    var draft = AnnotationDraft(
      given: labels.draft(value(.given)), gold: labels.draft(value(.gold)), goldSet: goldSet,
      isError: value(.isError).map { isTrue($0) ?? false },
      isVerified: isTrue(value(.verified)), annotations: annotations, prediction: nil,
      corrected: nil)
    guard let found = predicted(row) else { return draft }
    func part(_ field: Output) -> PlainValue? {
      found.values[field.rawValue].flatMap { $0.isNull ? nil : $0 }
    }
    var shares: [(label: Int32, probability: Double)] = []
    if case .object(let members)? = part(.softLabel) {
      for member in members {
        let share = try number(
          member.value, "the share of \"\(member.name)\" in \(fields.softLabel)", output, found.line
        )
        shares.append((labels.name(member.name), share ?? 0))
      }
    }
    draft.prediction = EvaluatedAnnotation.Prediction(
      credibility: try number(part(.credibility), fields.credibility, output, found.line),
      isFlagged: part(.flag)?.isTrue(inTable: outputIsTable), label: nil, softLabel: shares)
    draft.corrected = part(.label).map { labels.draft($0) }
    return draft
  }

  // MARK: - Passages

  func utilityEvaluation(usefulFrom: Double) throws(InputError) -> UtilityEvaluation {
    var queries: [[EvaluatedPassage]] = []
    for row in goldRows { queries.append(try passages(of: row)) }
    return UtilityEvaluation(queries, usefulFrom: usefulFrom)
  }

  /// The passages of an output's record, each with its results. Where passages are strings, or several members
  /// hold them, the results of all stand in the record's `emend.passages`; their ids are emend's own, so they are
  /// found by their places.
  private static func predictedPassages(_ row: Row) -> [PlainValue] {
    let own = row.values[Output.passages.rawValue]?.list ?? []
    let isOfObjects = own.contains {
      if case .object = $0 { true } else { false }
    }
    guard !isOfObjects, let listed = row.values[Output.listed.rawValue]?.list else { return own }
    return listed.map { .object([(name: "emend", value: $0)]) }
  }

  private func passages(of row: Row) throws(InputError) -> [EvaluatedPassage] {
    guard let passages = row.values[Gold.passages.rawValue]?.list else {
      throw InputError(
        file: gold.file, line: row.line, reason: "the record has no list of passages",
        remedy: "Give every record of the gold file its \"passages\".")
    }
    let found = predicted(row)
    let predicted = found.map(Self.predictedPassages) ?? []
    var byID: [ExactText: PlainValue] = [:]
    for passage in predicted {
      if let id = passage["id"] { byID[ExactText(id.text)] = passage }
    }
    var evaluated: [EvaluatedPassage] = []
    for (place, passage) in passages.enumerated() {
      if passage["tie"]?.isTruthy == true, !fields.includesDoubtful { continue }
      let other: PlainValue?
      if let id = passage["id"], !byID.isEmpty {
        other = byID[ExactText(id.text)]
      } else {
        other = predicted.indices.contains(place) ? predicted[place] : nil
      }
      guard let useful = passage["gold_useful"] ?? passage["useful"] else {
        throw InputError(
          file: gold.file, line: row.line,
          reason: "passage \(place + 1) has neither \"gold_useful\" nor \"useful\"",
          remedy: "Give every passage of the gold file its grade, such as 0 or 1.")
      }
      let line = found?.line ?? row.line
      let grade = try number(useful, "the grade of passage \(place + 1)", gold, row.line) ?? 0
      func part(_ path: FieldPath) -> PlainValue? {
        other.flatMap { path.value(in: $0) }.flatMap { $0.isNull ? nil : $0 }
      }
      var isError: Bool?
      if let given = passage["is_error"] {
        isError = given.isNull ? nil : given.isTruthy
      } else if let name = fields.givenPassageLabel, let given = passage[name], !given.isNull {
        isError = given.isTruthy != (grade != 0)
      }
      evaluated.append(
        EvaluatedPassage(
          gold: grade, utility: try number(part(utility), fields.utility, output, line),
          isUseful: part(usefulFlag)?.isTruthy, isError: isError,
          credibility: try number(part(credibility), fields.credibility, output, line),
          isFlagged: part(flag)?.isTruthy))
    }
    return evaluated
  }
}
