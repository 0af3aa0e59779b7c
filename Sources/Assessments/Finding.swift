/// Something that a person should know about a file: what is odd about its content, or how emend read it.
package struct Finding: Sendable, Equatable, Codable {
  package enum Severity: String, Sendable, Codable, CaseIterable, Comparable {
    /// The file cannot be used: nothing is written.
    case refused
    /// The file is used, and a part of it is probably not as its owner thinks.
    case warning
    /// How emend reads the file.
    case note

    private var rank: Int {
      switch self {
      case .refused: 0
      case .warning: 1
      case .note: 2
      }
    }

    package static func < (left: Severity, right: Severity) -> Bool { left.rank < right.rank }
  }

  package let code: FindingCode
  package let severity: Severity
  /// What was found, without a full stop.
  package let sentence: String
  /// What the user can do, naming the flag or the key of rules; empty where there is nothing to do.
  package let remedy: String
  /// How many lines it is about; 0 where it is about the file as a whole.
  package let count: Int
  /// The first of these lines, ascending, from 1: `mostLines` at most.
  package let lines: [Int]
  /// `record` where `lines` are numbers of records; nil where they are lines of the file.
  package private(set) var places: RecordPlaces?

  /// How many lines a finding lists: enough to look at, few enough to print.
  package static let mostLines = 10

  /// - Parameter count: nil means as many as `lines`, of which the first `mostLines` are kept.
  package init(
    _ code: FindingCode, _ sentence: String, remedy: String = "", lines: [Int] = [],
    count: Int? = nil
  ) {
    self.code = code
    severity = code.severity
    self.sentence = sentence
    self.remedy = remedy
    self.count = count ?? lines.count
    self.lines = Array(lines.prefix(Self.mostLines))
  }

  /// The same finding in a file whose records are found by numbers of this kind.
  package func counting(_ places: RecordPlaces) -> Finding {
    var finding = self
    finding.places = places == .line ? nil : places
    return finding
  }

  /// What `lines` are, in a word.
  package var placeWord: String { (places ?? .line).rawValue }
  package var placeTitle: String { (places ?? .line).title }

  /// The finding in one line, without its severity and code: the place, the sentence, the remedy.
  package var text: String {
    let others = count > 1 ? " (and \(count - 1) more)" : ""
    let place = lines.first.map { "\(placeWord) \($0)\(others): " } ?? ""
    return "\(place)\(sentence)" + (remedy.isEmpty ? "" : ". \(remedy)")
  }

  /// Severity, code and lines, without anything that the file says; for logs.
  package var place: String {
    let others = count > 1 ? " (and \(count - 1) more)" : ""
    return "\(severity.rawValue) \(code.rawValue)"
      + (lines.first.map { ": \(placeWord) \($0)\(others)" } ?? "")
  }

  /// The finding in one line, as `emend check` prints it.
  package var description: String { "\(severity.rawValue) \(code.rawValue): \(text)" }
}

extension [Finding] {
  /// The most severe findings first; those of equal severity keep their order.
  package var bySeverity: [Finding] {
    enumerated().sorted { ($0.element.severity, $0.offset) < ($1.element.severity, $1.offset) }
      .map(\.element)
  }
}
