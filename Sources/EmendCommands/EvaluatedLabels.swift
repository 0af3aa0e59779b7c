import Assessments
import Evaluation
import Records

/// Numbers the labels of an evaluation.
struct EvaluatedLabels {
  /// A label before all names are known.
  struct Draft {
    let identity: Int32
    let name: Int32
    let isNone: Bool
  }

  /// Whether labels with one name are one label, whatever their types are.
  private let comparesNames: Bool
  private var identities: [ExactText: Int32] = [:]
  private var names: [ExactText: Int32] = [:]

  init(comparesNames: Bool) { self.comparesNames = comparesNames }

  mutating func draft(_ value: PlainValue?) -> Draft {
    let value = value ?? .null
    let key = ExactText(comparesNames && !value.isNull ? "s" + value.text : value.identity)
    let identity = identities[key] ?? Int32(identities.count)
    identities[key] = identity
    return Draft(identity: identity, name: name(value.text), isNone: value.isNull)
  }

  mutating func name(_ text: String) -> Int32 {
    let key = ExactText(text)
    let number = names[key] ?? Int32(names.count)
    names[key] = number
    return number
  }

  /// For each number of a name, its place in the order of the names' code points, which is that of their
  /// bytes in UTF-8.
  var places: [Int32] {
    let order = names.sorted { $0.key.text.utf8.lexicographicallyPrecedes($1.key.text.utf8) }
    var places = [Int32](repeating: 0, count: order.count)
    for (place, entry) in order.enumerated() { places[Int(entry.value)] = Int32(place) }
    return places
  }
}

extension EvaluatedLabels.Draft {
  func label(_ places: [Int32]) -> EvaluatedLabel {
    EvaluatedLabel(identity: identity, name: places[Int(name)], isNone: isNone)
  }
}

extension PlainValue {
  /// The value as a name, such as an id or the class of a soft label: a string's content, `3`, `0.5`,
  /// and for the others what Python's `str` gives.
  var text: String {
    switch self {
    case .null: return "None"
    case .bool(let value): return value ? "True" : "False"
    case .number(let value, let text):
      let isWhole = text.utf8.allSatisfy { $0 == UInt8(ascii: "-") || (0x30...0x39).contains($0) }
      return isWhole ? (text == "-0" ? "0" : text) : "\(value)"
    case .string(let text): return text
    case .list(let items): return "[" + items.map(\.quoted).joined(separator: ", ") + "]"
    case .object(let members):
      return "{"
        + members.map { PlainValue.string($0.name).quoted + ": " + $0.value.quoted }
        .joined(separator: ", ") + "}"
    }
  }

  /// The same within a list or an object, where strings have quotes.
  private var quoted: String {
    guard case .string(let text) = self else { return self.text }
    let mark = text.contains("'") && !text.contains("\"") ? "\"" : "'"
    return mark + text.replacing("\\", with: "\\\\").replacing(mark, with: "\\" + mark) + mark
  }

  /// A text that two values share only if they are equal. 1, 1.0 and true are equal; "1" is another value.
  var identity: String {
    switch self {
    case .null: "z"
    case .bool(let value): value ? "n1.0" : "n0.0"
    // Whole numbers that a Double cannot tell apart are told apart by their digits.
    case .number(let value, let text): abs(value) < 0x1p53 ? "n\(value + 0)" : "n\(text)"
    case .string(let text): "s\(text.utf8.count):\(text)"
    case .list(let items): "l\(items.count):" + items.map(\.identity).joined()
    case .object(let members):
      "o\(members.count):"
        + members.map { PlainValue.string($0.name).identity + $0.value.identity }.sorted().joined()
    }
  }

  /// Whether the value means yes. A table has only strings, of which some mean no.
  func isTrue(inTable isTable: Bool) -> Bool {
    guard isTable, case .string(let text) = self else { return isTruthy }
    return !["", "false", "0", "0.0", "no", "n", "f", "none", "null"].contains(
      text.trimmed.lowercased())
  }

  /// Whether Python takes the value for true: not null, false, 0, or empty.
  var isTruthy: Bool {
    switch self {
    case .null: false
    case .bool(let value): value
    case .number(let value, _): value != 0
    case .string(let text): !text.isEmpty
    case .list(let items): !items.isEmpty
    case .object(let members): !members.isEmpty
    }
  }
}
