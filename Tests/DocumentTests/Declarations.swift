/// The names that Swift files declare.
struct Declarations: Sendable {
  /// The files that declare each type, by its own name and by its whole name, as in `Files.Stamp`.
  private(set) var types: [String: Set<String>] = [:]
  /// The files that extend each type, which may be a foreign one.
  private(set) var extensions: [String: Set<String>] = [:]
  /// Functions, properties and cases, by file.
  private(set) var members: [String: Set<String>] = [:]

  init(_ tree: Tree, folders: [String]) throws {
    let type = try Pattern(
      #"\b(struct|class|enum|protocol|actor|typealias|associatedtype|extension)\s+([A-Z]\w*(?:\.\w+)*)"#
    )
    let member = try Pattern(#"\b(?:func|var|let|case)\s+`?(\w+)"#)
    let word = try Pattern(#"\b([a-z]\w*)\b"#)
    for path in folders.flatMap({ tree.swiftFiles(in: $0) }) {
      for line in try tree.lines(path) {
        let code = Self.code(of: line)
        guard !code.isEmpty else { continue }
        for match in type.matches(in: code) {
          let name = match.groups[2]
          let names = [name] + (name.split(separator: ".").last.map { [String($0)] } ?? [])
          for name in names {
            if match.groups[1] == "extension" {
              extensions[name, default: []].insert(path)
            } else {
              types[name, default: []].insert(path)
            }
          }
        }
        members[path, default: []].formUnion(member.names(in: code))
        // One line may declare several cases.
        if code.drop(while: { $0 == " " }).hasPrefix("case ") {
          members[path, default: []].formUnion(word.names(in: code))
        }
      }
    }
  }

  /// Members that types have without a word of ours.
  private static let synthesised: Set<String> = ["allCases", "init", "rawValue"]

  /// A line without its comment.
  static func code(of line: String) -> String {
    let bytes = Array(line.utf8)
    let slash = UInt8(ascii: "/")
    for place in bytes.indices.dropLast() where bytes[place] == slash && bytes[place + 1] == slash {
      // `://` is part of an address.
      if place > 0, bytes[place - 1] == UInt8(ascii: ":") { continue }
      return String(decoding: bytes[..<place], as: UTF8.self)
    }
    return line
  }

  /// Whether any file declares a member of this name.
  func hasMember(_ name: String) -> Bool { members.values.contains { $0.contains(name) } }

  /// What is wrong with a name such as `Files.Stamp` or `Signals.standard`; nil if all of it exists.
  func problem(with name: String) -> String? {
    let parts = name.split(separator: ".").map(String.init)
    guard let first = parts.first else { return nil }
    guard let declaring = types[first] else { return "there is no type \(first)" }
    guard parts.count > 1 else { return nil }
    let member = parts[1]
    let files = declaring.union(extensions[first] ?? [])
    let isThere =
      types["\(first).\(member)"] != nil || Self.synthesised.contains(member)
      || files.contains { file in
        members[file]?.contains(member) == true || types[member]?.contains(file) == true
      }
    return isThere ? nil : "\(first) has no \(member)"
  }
}
