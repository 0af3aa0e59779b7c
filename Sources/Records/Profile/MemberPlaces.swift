/// Numbers the members of a file's lines by name, in the order in which they first occur.
struct MemberPlaces {
  private(set) var names: [[UInt8]] = []
  private var places: [[UInt8]: Int] = [:]
  /// Members beyond so many different ones have no number.
  private let limit: Int
  private let decoder = TextDecoder()

  init(limit: Int = .max) { self.limit = limit }

  /// The number of a member of a scanned line; nil where there are too many different ones.
  ///
  /// Lines mostly have their members in the same order, so the number that is the member's own place is tried
  /// first.
  mutating func place(of member: Member, _ order: Int, in line: Span<UInt8>) -> Int? {
    if !member.keyHasEscapes, order < names.count, names[order].count == member.key.count {
      var isEqual = true
      for (offset, index) in member.key.enumerated() where line[index] != names[order][offset] {
        isEqual = false
        break
      }
      if isEqual { return order }
    }
    var name = member.key.map { line[$0] }
    if member.keyHasEscapes {
      let quoted = line.extracting((member.key.lowerBound - 1)..<(member.key.upperBound + 1))
      if let text = decoder.string(quoted) { name = Array(text.utf8) }
    }
    if let known = places[name] { return known }
    guard names.count < limit else { return nil }
    places[name] = names.count
    names.append(name)
    return names.count - 1
  }

  /// The number of the member with a name; nil where no line has it.
  func place(named name: String) -> Int? { places[Array(name.utf8)] }
}
