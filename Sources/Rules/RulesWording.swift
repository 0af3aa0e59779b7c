import Foundation
import Records

/// Says by members of rules what a message says by flags of `emend run`: in the watched folder there are no flags
/// for a file, and rules say the same.
package enum RulesWording {
  /// How a flag's value is written as a member of rules.
  package enum Form: Sendable, Equatable {
    /// A member of `fields`.
    case field(String)
    /// A member that has the value itself.
    case value(String)
    /// A member of `utility` that has the value itself.
    case utility(String)
    /// A member that is a list; the flag has its items with commas between them.
    case list(String)
    /// A member that is true; the flag has no value.
    case isTrue(String)
    /// A member that has what is in the file which the flag names.
    case content(String)

    /// The member of the file of rules, without what is in it.
    package var member: String {
      switch self {
      case .field: "fields"
      case .utility: "utility"
      case .value(let name), .list(let name), .isTrue(let name), .content(let name): name
      }
    }
  }

  /// The members by flag.
  package static let forms: [String: Form] = {
    var forms: [String: Form] = [
      "--annotator-columns": .list("annotator_columns"), "--label-columns": .list("label_columns"),
      "--label-names": .content("label_names"), "--label-separator": .value("label_separator"),
      "--unlabelled": .isTrue("unlabelled"), "--mode": .value("mode"),
      "--scorer": .utility("scorer"), "--rate": .isTrue("rate"),
      "--label-plausibility": .isTrue("label_plausibility"),
      "--compare-labels": .value("compare_labels"),
    ]
    // These parts of a relation have no flags.
    for field in FieldMapping.names where !["tokens", "head", "tail"].contains(field.name) {
      forms["--" + field.name.replacing("_", with: "-")] = .field(field.name)
    }
    return forms
  }()

  /// The names of all members that rules can have, with those of `fields`.
  package static let ruleNames = RuleFile.allKeys.union(FieldMapping.names.map(\.name))

  /// A text in which members of rules stand in the place of flags. Where it already names the member as the
  /// other way, that remains alone. Flags in a command that the text tells to run stay, and so does what is quoted:
  /// a column can be called `--text`.
  package static func replacingFlags(in text: String) -> String {
    var output = ""
    var rest = Substring(text)
    var isQuoted = false
    while let start = rest.range(of: "--")?.lowerBound {
      for (place, character) in zip(rest.indices, rest[..<start]) where character == "\"" {
        let isEscaped = place > rest.startIndex && rest[rest.index(before: place)] == "\\"
        if !isEscaped { isQuoted.toggle() }
      }
      output += rest[..<start]
      rest = rest[start...]
      guard !isQuoted, let first = flag(&rest, after: output) else {
        output += rest.prefix(2)
        rest = rest.dropFirst(2)
        continue
      }
      var flags = [first]
      while rest.hasPrefix(" --") {
        var next = rest.dropFirst()
        guard let flag = flag(&next, after: "") else { break }
        flags.append(flag)
        rest = next
      }
      if let other = otherWay(rest) {
        rest = other
      } else {
        output += wording(of: flags)
        if !rest.hasPrefix(" in rules") { output += " in rules" }
      }
    }
    return output + rest
  }

  private typealias Flag = (form: Form, value: String?)

  /// Takes a flag with its value off the beginning; nil, and nothing taken, where no member says the same.
  private static func flag(_ rest: inout Substring, after text: String) -> Flag? {
    let name = rest.prefix { $0 == "-" || $0.isASCII && $0.isLowercase }
    guard let form = forms[String(name)], !isInCommand(text) else { return nil }
    rest = rest.dropFirst(name.count)
    if case .isTrue = form { return (form, nil) }
    guard rest.hasPrefix(" ") || rest.hasPrefix("=") else { return (form, nil) }
    let value = value(rest.dropFirst())
    guard !value.isEmpty, !wordsBehindFlags.contains(value) else { return (form, nil) }
    rest = rest.dropFirst(1 + value.count)
    return (form, String(value))
  }

  /// A flag's value at the beginning of a text, with its quotes.
  private static func value(_ text: Substring) -> Substring {
    if text.hasPrefix("\""), let end = text.dropFirst().firstIndex(of: "\"") {
      return text[...end]
    }
    guard text.first.map({ $0.isLetter || $0.isNumber || "_[…".contains($0) }) == true else {
      return ""
    }
    var value = text.prefix { !$0.isWhitespace && !";)?".contains($0) }
    while let last = value.last, ".,:".contains(last) { value.removeLast() }
    return value
  }

  /// Words of sentences that stand behind a flag whose value is left out.
  private static let wordsBehindFlags: Set<Substring> = [
    "and", "are", "in", "is", "names", "or", "says", "to", "where",
  ]
  /// The commands that messages tell to run with flags.
  private static let commands: Set<Substring> = [
    "apply", "check", "diff", "eval", "mine", "review", "run", "stage", "watch",
  ]

  /// Whether what follows a text belongs to a command.
  private static func isInCommand(_ text: String) -> Bool {
    let sentence = text.split(omittingEmptySubsequences: false) { ";()".contains($0) }.last ?? ""
    let words = sentence.split(separator: " ")
    guard let place = words.lastIndex(of: "emend"), place + 1 < words.count else { return false }
    return commands.contains(words[place + 1]) && !words[place...].contains { $0.hasSuffix(".") }
  }

  /// What follows a connective such as `, or`, where that is a member of rules; else nil.
  private static func otherWay(_ rest: Substring) -> Substring? {
    for connective in [", or ", " or "] where rest.hasPrefix(connective) {
      let other = rest.dropFirst(connective.count)
      let name = other.prefix { $0 == "_" || $0.isASCII && $0.isLowercase }
      let behind = other.dropFirst(name.count)
      if RuleFile.allKeys.contains(String(name)),
        behind.hasPrefix(":") || behind.hasPrefix(" in rules")
      {
        return other
      }
    }
    return nil
  }

  private static func wording(of flags: [Flag]) -> String {
    var fields: [String] = []
    var others: [String] = []
    for (form, value) in flags {
      switch form {
      case .field(let name): fields.append("\(name): \(scalar(value))")
      case .value(let name): others.append("\(name): \(scalar(value))")
      case .utility(let name): others.append("utility: {\(name): \(scalar(value))}")
      case .isTrue(let name): others.append("\(name): true")
      case .content(let name): others.append("\(name): […]")
      case .list(let name):
        let items = value?.split(separator: ",").map { scalar(String($0)) } ?? ["…"]
        others.append("\(name): [\(items.joined(separator: ", "))]")
      }
    }
    if !fields.isEmpty { others.insert("fields: {\(fields.joined(separator: ", "))}", at: 0) }
    return others.joined(separator: " and ")
  }

  /// A value as YAML has it between braces.
  private static func scalar(_ value: String?) -> String {
    guard let value else { return "…" }
    let isPlain = value.allSatisfy { $0.isLetter || $0.isNumber || "_-.…".contains($0) }
    return isPlain || value.hasPrefix("\"") ? value : JSONText.quoted(value)
  }
}
