import Assessments

/// Where a query's passages are, if they are not one list of objects: in a list for each label, as trainers of
/// retrievers write them, or texts and labels in lists of their own.
package struct PassageLayout: Sendable, Equatable, Codable {
  /// The members with useful passages: each is a list, or one passage. A name that ends in `*` stands for all
  /// members whose names begin so.
  package var positive: [String] = []
  /// The members with useless passages.
  package var negative: [String] = []
  /// The path to the list of all texts.
  package var texts: String?
  /// The path to the list of their labels.
  package var labels: String?

  package init() {}

  /// The parts in words, for the note on how a file is read.
  var words: [String] {
    [
      positive.isEmpty ? nil : "useful passages are \(positive.joined(separator: ", "))",
      negative.isEmpty ? nil : "useless ones are \(negative.joined(separator: ", "))",
      texts.map { "the passages' texts are \($0)" }, labels.map { "their labels are \($0)" },
    ].compactMap(\.self)
  }
}

extension LineParser {
  /// A member with passages: its path, and the grade of its passages, nil where each has its own.
  private struct Place {
    let name: String
    let member: Member
    let grade: Int?
  }

  /// Reads a query whose passages are where the layout says; nil where the line has no query or none of the
  /// members.
  ///
  /// The results go into the record's member `emend`, because strings cannot have members.
  mutating func listedRetrieval(
    _ layout: PassageLayout, in line: Span<UInt8>, at place: RecordPlace
  ) throws(Fault) -> ParsedLine? {
    guard let query = member(parts.query, in: line), query.kind == .string else { return nil }
    var places: [Place] = []
    for (names, grade) in [(layout.positive, options.positiveGrade), (layout.negative, 0)] {
      for name in names {
        for (name, member) in members(named: name, in: line) {
          places.append(Place(name: name, member: member, grade: grade))
        }
      }
    }
    if let name = layout.texts {
      for (name, member) in members(named: name, in: line) {
        places.append(Place(name: name, member: member, grade: nil))
      }
    }
    guard !places.isEmpty else { return nil }
    var list = PassageList()
    for place in places {
      try read(place, in: line, into: &list)
    }
    if let labels = layout.labels { try read(labels: labels, of: layout, in: line, into: &list) }
    return try parsed(
      query, list, in: line, at: place,
      splice: Splice(
        insertion: outer.contentEnd, foreign: member([OwnMember.key], in: line)?.value,
        listedPassages: list.passages.map(\.id)))
  }

  /// The members that a name of the layout stands for, in the order of the line; null counts as none.
  private func members(named name: String, in line: Span<UInt8>) -> [(String, Member)] {
    if name.hasSuffix("*") {
      let beginning = Array(name.utf8.dropLast())
      return outer.members.compactMap { member in
        let key = outer.key(of: member, in: line, decoder: decoder)
        guard key.starts(with: beginning), member.kind != .null else { return nil }
        return (String(decoding: key, as: UTF8.self), member)
      }
    }
    guard let found = member(named: Array(name.utf8), in: line), found.kind != .null else {
      return []
    }
    return [(name, found)]
  }

  private mutating func read(
    _ place: Place, in line: Span<UInt8>, into list: inout PassageList
  ) throws(Fault) {
    guard place.member.kind == .array else {
      let whole = place.member
      let shown = "\"\(place.name)\""
      try append(whole, named: place.name, shown: shown, grade: place.grade, in: line, to: &list)
      return
    }
    let items = line.extracting(place.member.value)
    do throws(Fault) {
      try inner.scan(items)
      for (index, element) in inner.members.enumerated() {
        try append(
          element, named: "\(place.name)[\(index)]",
          shown: "item \(index + 1) of \"\(place.name)\"", grade: place.grade, in: items, to: &list)
      }
    } catch {
      throw error.moved(by: place.member.value.lowerBound)
    }
  }

  /// - Parameter shown: what a message calls the passage.
  private mutating func append(
    _ element: Member, named name: String, shown: String, grade: Int?, in text: Span<UInt8>,
    to list: inout PassageList
  ) throws(Fault) {
    guard element.kind == .object else {
      let content = try string(element, in: text, part: shown)
      list.append(Passage(id: name, text: content, grade: grade))
      return
    }
    let (read, _, isUnjudged) = try passage(element, shown, name, 0, in: text)
    let own = grade ?? read.grade
    list.append(
      Passage(id: read.id, text: read.text, title: read.title, grade: own),
      isUnjudged: isUnjudged && grade == nil)
  }

  /// Reads the list of labels that belong to the list of texts.
  private mutating func read(
    labels name: String, of layout: PassageLayout, in line: Span<UInt8>,
    into list: inout PassageList
  ) throws(Fault) {
    guard let (_, member) = members(named: name, in: line).first else { return }
    let items = line.extracting(member.value)
    do throws(Fault) {
      try inner.scan(items)
      guard inner.kind == .array, inner.members.count == list.passages.count else {
        throw Fault(
          offset: 0,
          reason:
            "\"\(name)\" has \(inner.kind == .array ? "\(inner.members.count) labels" : "no list of labels") "
            + "for the \(list.passages.count) passages of \"\(layout.texts ?? "")\"",
          remedy: "Give each passage a label; null where it has none.")
      }
      for (index, element) in inner.members.enumerated() {
        let grade = try grade(element, in: items, part: "passage \(index + 1)")
        list.setGrade(grade, ofPassageAt: index)
      }
    } catch {
      throw error.moved(by: member.value.lowerBound)
    }
  }
}

/// Collects a query's passages and gives each an id of its own.
struct PassageList {
  private(set) var passages: [Passage] = []
  private(set) var remarks: [Remark] = []
  private var places: [ExactText: Int] = [:]

  /// - Parameter isUnjudged: whether a label below 0 says that nobody judged the passage.
  mutating func append(_ passage: Passage, isUnjudged: Bool = false) {
    let place = passages.count + 1
    var id = passage.id
    if let earlier = places[ExactText(id)] {
      // Mining hard negatives finds the positive again.
      let isSame = passages[earlier - 1].comparedText == passage.comparedText
      add(isSame ? .repeatedPassage : .repeatedPassageID)
      while places[ExactText(id)] != nil { id += "#\(place)" }
    }
    places[ExactText(id)] = place
    if isUnjudged { add(.unjudgedPassage) }
    if passage.text.isEmpty { add(.emptyPassage) }
    passages.append(
      Passage(id: id, text: passage.text, title: passage.title, grade: passage.grade))
  }

  /// Sets a grade; one below 0 means that nobody judged the passage.
  mutating func setGrade(_ grade: Int?, ofPassageAt index: Int) {
    if let grade, grade < 0 { add(.unjudgedPassage) }
    let passage = passages[index]
    passages[index] = Passage(
      id: passage.id, text: passage.text, title: passage.title,
      grade: grade.flatMap { $0 < 0 ? nil : $0 })
  }

  private mutating func add(_ remark: Remark) {
    if !remarks.contains(remark) { remarks.append(remark) }
  }
}
