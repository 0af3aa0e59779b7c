/// The way from a record to a value inside it, such as `data.text` or `annotations[0].result[-1].value`.
///
/// A name leads to a member of an object, a number in brackets to an item of a list: from 0, or from the end
/// where it is negative. `['a.b']` is a name in which no character has a meaning. `*` in a name stands for any
/// characters; such a name leads to a member only if no other member of the object fits.
///
/// Where a member's own name has dots, that member is meant: of several readings, the one with the longest
/// names counts.
package struct FieldPath: Sendable, Equatable {
  enum Step: Sendable, Equatable {
    case name([UInt8])
    case item(Int)

    var isName: Bool { if case .name = self { true } else { false } }
  }

  /// The path as the user wrote it.
  let text: String
  let steps: [Step]

  /// What is wrong with a path, in words.
  package struct Problem: Error, Sendable, Equatable {
    package let reason: String
    package let remedy: String
  }

  package init(_ text: String) throws(Problem) {
    func fault(_ reason: String) -> Problem {
      Problem(
        reason: "the path \(text) \(reason)",
        remedy:
          "Write it as data.text or annotations[0].label; a name with dots or brackets in it is "
          + "written ['a.b'].")
    }
    var steps: [Step] = []
    var rest = Array(text.utf8)[...]
    var name: [UInt8] = []
    var needsName = true
    while let byte = rest.popFirst() {
      switch byte {
      case UInt8(ascii: "."):
        if needsName { throw fault("has a dot with no name before it") }
        if !name.isEmpty { steps.append(.name(name)) }
        name = []
        needsName = true
      case UInt8(ascii: "["):
        if needsName, !steps.isEmpty { throw fault("has a dot before a bracket") }
        if !name.isEmpty { steps.append(.name(name)) }
        name = []
        guard let step = Self.bracket(&rest) else {
          throw fault("has brackets that hold neither a whole number nor a name in quotes")
        }
        steps.append(step)
        needsName = false
      case UInt8(ascii: "]"): throw fault("has a ] without a [ before it")
      default:
        if !needsName, name.isEmpty { throw fault("needs a dot after a bracket") }
        name.append(byte)
        needsName = false
      }
    }
    if needsName { throw fault(steps.isEmpty ? "is empty" : "ends with a dot") }
    if !name.isEmpty { steps.append(.name(name)) }
    self.text = text
    self.steps = steps
  }

  /// The path along members with these names, in which no character has a meaning.
  package init(names: [String]) {
    text = names.joined(separator: ".")
    steps = names.map { .name(Array($0.utf8)) }
  }

  /// Reads what stands after a `[` up to its `]`; nil where it is neither a number nor a quoted name.
  private static func bracket(_ rest: inout ArraySlice<UInt8>) -> Step? {
    if let quote = rest.first, quote == UInt8(ascii: "'") || quote == UInt8(ascii: "\"") {
      rest.removeFirst()
      guard let end = rest.firstIndex(of: quote), rest[(end + 1)...].first == UInt8(ascii: "]")
      else { return nil }
      let name = Array(rest[..<end])
      rest = rest[(end + 2)...]
      return .name(name)
    }
    guard let end = rest.firstIndex(of: UInt8(ascii: "]")),
      let number = Int(String(decoding: rest[..<end], as: UTF8.self))
    else { return nil }
    rest = rest[(end + 1)...]
    return .item(number)
  }

  /// The beginning of a path that leads to a member with this name, whatever its characters.
  static func beginning(withMember name: String) -> String {
    guard name.utf8.contains(where: { $0 == UInt8(ascii: "[") || $0 == UInt8(ascii: "]") }) else {
      return name
    }
    let quote = name.utf8.contains(UInt8(ascii: "'")) ? "\"" : "'"
    return "[\(quote)\(name)\(quote)]"
  }

  /// Whether a name can be a path to something other than a member with that name.
  static func isPath(_ name: String) -> Bool {
    name.utf8.contains {
      $0 == UInt8(ascii: ".") || $0 == UInt8(ascii: "[") || $0 == UInt8(ascii: "*")
    }
  }

  // MARK: - Following the path

  /// The value at the end of the path; nil where the record has none there.
  ///
  /// - Parameter scanner: has scanned the record.
  /// - Throws: where an object on the way has a name twice.
  func member(
    in text: Span<UInt8>, _ scanner: LineScanner, _ decoder: TextDecoder
  ) throws(Fault) -> Member? {
    try follow(in: text, scanner, decoder)?.member
  }

  /// The value at the end of the path, and whether an item was taken, counted from the front, of a list that
  /// has more, or counted from the end, of a list that has at least two before it; nil where the record has
  /// nothing there.
  func follow(
    in text: Span<UInt8>, _ scanner: LineScanner, _ decoder: TextDecoder
  ) throws(Fault) -> (member: Member, skipsItems: Bool, skipsEarlier: Bool)? {
    var scanner = scanner
    var at = 0
    var skipsItems = false
    var skipsEarlier = false
    while true {
      guard let (found, next) = step(at, scanner, in: text, decoder) else { return nil }
      if case .item(let number) = steps[at] {
        if number >= 0, scanner.members.count > 1 { skipsItems = true }
        if number < 0, scanner.members.count + number >= 2 { skipsEarlier = true }
      }
      at = next
      guard at < steps.count else { return (found, skipsItems, skipsEarlier) }
      guard found.kind == .object || found.kind == .array else { return nil }
      _ = try scanner.scanValue(text, from: found.value.lowerBound)
      if found.kind == .object, let fault = scanner.repeatedKey(in: text, decoder: decoder) {
        throw fault
      }
    }
  }

  /// The names of the members on the way to the value, without the items of lists; nil where the record has
  /// nothing there.
  ///
  /// - Parameter scanner: has scanned the record.
  func members(
    in text: Span<UInt8>, _ scanner: LineScanner, _ decoder: TextDecoder
  ) -> [String]? {
    var scanner = scanner
    var at = 0
    var names: [String] = []
    while let (found, next) = step(at, scanner, in: text, decoder) {
      if steps[at].isName {
        let key = text.extracting((found.key.lowerBound - 1)..<(found.key.upperBound + 1))
        guard let name = decoder.string(key) else { return nil }
        names.append(name)
      }
      at = next
      if at == steps.count { return names }
      guard (try? scanner.scanValue(text, from: found.value.lowerBound)) != nil else { return nil }
    }
    return nil
  }

  /// The member or item to which the step at `at` leads, and the number of the step after it.
  private func step(
    _ at: Int, _ scanner: LineScanner, in text: Span<UInt8>, _ decoder: TextDecoder
  ) -> (Member, next: Int)? {
    switch steps[at] {
    case .item(let number):
      guard scanner.kind == .array else { return nil }
      let index = number < 0 ? scanner.members.count + number : number
      guard scanner.members.indices.contains(index) else { return nil }
      return (scanner.members[index], at + 1)
    case .name(let first):
      guard scanner.kind == .object else { return nil }
      var names = [first]
      for step in steps[(at + 1)...] {
        guard case .name(let name) = step else { break }
        names.append(name)
      }
      for count in stride(from: names.count, through: 1, by: -1) {
        let name = Array(names[..<count].joined(separator: ".".utf8))
        if let found = scanner.member(name, in: text, decoder: decoder) {
          return (found, at + count)
        }
      }
      for count in stride(from: names.count, through: 1, by: -1) {
        let pattern = Array(names[..<count].joined(separator: ".".utf8))
        guard pattern.contains(UInt8(ascii: "*")) else { continue }
        let fitting = scanner.members.filter { member in
          let key = member.key.map { text[$0] }
          // Our own member never is what a user means.
          return Self.fits(key[...], pattern[...]) && !(at == 0 && key == OwnMember.key)
        }
        if fitting.count == 1 { return (fitting[0], at + count) }
      }
      return nil
    }
  }

  /// The value at the end of the path in a value that was read before; nil where there is none. A `*` is itself.
  package func value(in value: PlainValue) -> PlainValue? {
    var value = value
    var at = 0
    while at < steps.count {
      switch (steps[at], value) {
      case (.item(let number), .list(let items)):
        let index = number < 0 ? items.count + number : number
        guard items.indices.contains(index) else { return nil }
        (value, at) = (items[index], at + 1)
      case (.name, .object):
        var names: [String] = []
        for case .name(let name) in steps[at...].prefix(while: \.isName) {
          names.append(String(decoding: name, as: UTF8.self))
        }
        var next: (value: PlainValue, count: Int)?
        for count in stride(from: names.count, through: 1, by: -1) where next == nil {
          next = value[names.prefix(count).joined(separator: ".")].map { ($0, count) }
        }
        guard let next else { return nil }
        (value, at) = (next.value, at + next.count)
      default: return nil
      }
    }
    return value
  }

  /// Whether a name fits a pattern in which `*` stands for any characters.
  private static func fits(_ name: ArraySlice<UInt8>, _ pattern: ArraySlice<UInt8>) -> Bool {
    Records.fits(name, pattern, isRun: { $0 == UInt8(ascii: "*") }, isMatch: { $0 == $1 })
  }
}

extension FieldMapping {
  /// The problem of the first part, by name, that is given by a path which cannot be read.
  package var pathProblem: (name: String, problem: FieldPath.Problem)? {
    for field in Self.names {
      guard let name = self[keyPath: field.path], let problem = Self.problem(ofPath: name) else {
        continue
      }
      return (field.name, problem)
    }
    return nil
  }

  /// What is wrong with a name as a path; nil where nothing is.
  package static func problem(ofPath name: String) -> FieldPath.Problem? {
    guard FieldPath.isPath(name) else { return nil }
    do throws(FieldPath.Problem) {
      _ = try FieldPath(name)
      return nil
    } catch {
      return error
    }
  }
}
