package import Assessments

/// What changed between the results of two runs.
package struct RunDifference: Sendable, Codable, Equatable {
  /// A record, or a passage of a query, in one of the outputs.
  package struct Item: Sendable, Equatable {
    package var id: String
    /// The number of its line, from 1.
    package var line: Int
    /// What tells its text from others.
    package var content: String
    package var state: State

    package init(id: String, line: Int, content: String, state: State) {
      self.id = id
      self.line = line
      self.content = content
      self.state = state
    }
  }

  /// What an output says about an item.
  package struct State: Sendable, Codable, Equatable {
    /// The labels that the input gave.
    package var given: [String]
    /// The labels after the run.
    package var label: [String]
    package var proposal: [String]
    package var flagged: Bool
    /// 0…1, higher is more credible; nil where no label was judged.
    package var credibility: Double?

    package init(
      given: [String], label: [String], proposal: [String], flagged: Bool, credibility: Double?
    ) {
      self.given = given
      self.label = label
      self.proposal = proposal
      self.flagged = flagged
      self.credibility = credibility
    }
  }

  /// What is different, the most important first.
  package enum Kind: String, Sendable, Codable, CaseIterable {
    /// Only the first output has the item.
    case removed
    /// Only the second output has it.
    case added
    /// One id has two texts.
    case text
    case given
    case label
    case flag
    case proposal
    /// By at least ``RunDifference/leastCredibility``.
    case credibility
  }

  package struct Change: Sendable, Codable, Equatable {
    package var id: String
    /// The numbers of its lines, from 1; nil where an output lacks it.
    package var lines: Lines
    /// What is different, in the order of ``Kind``.
    package var kinds: [Kind]
    package var before: State?
    package var after: State?
  }

  package struct Lines: Sendable, Codable, Equatable {
    package var before: Int?
    package var after: Int?
  }

  /// One of the outputs.
  package struct Side: Sendable, Codable, Equatable {
    package var name: String
    package var items = 0
    package var flagged = 0
    /// Items whose label after the run is not the given one.
    package var replaced = 0
    package var errorRate: ErrorRate?
    /// The version of emend that wrote it; nil where no report says so.
    package var version: String?

    package init(name: String, errorRate: ErrorRate? = nil, version: String? = nil) {
      self.name = name
      self.errorRate = errorRate
      self.version = version
    }

    private enum CodingKeys: String, CodingKey {
      case name, items, flagged, replaced, version
      case errorRate = "error_rate"
    }
  }

  package var before: Side
  package var after: Side
  /// How many items both outputs have.
  package var common = 0
  /// How many items differ in each respect.
  package var counts: [String: Int] = [:]
  /// Items whose flag was set, and those whose flag was taken away.
  package var newlyFlagged = 0
  package var noLongerFlagged = 0
  /// The mean distance of credibilities, 0…1, over the items that have one in both outputs; nil without any.
  package var meanCredibilityDistance: Double?
  /// The most important changes first: ``mostChanges`` at most.
  package var changes: [Change] = []

  private enum CodingKeys: String, CodingKey {
    case before, after, common, counts, changes
    case newlyFlagged = "newly_flagged"
    case noLongerFlagged = "no_longer_flagged"
    case meanCredibilityDistance = "mean_credibility_distance"
  }

  /// So many changes are listed.
  package static let mostChanges = 1000
  /// Smaller changes of a credibility are not listed one by one.
  package static let leastCredibility = 0.1

  /// Whether the outputs say the same about every item, to the printed digits.
  package var isEmpty: Bool { counts.isEmpty && (meanCredibilityDistance ?? 0) == 0 }

  /// Compares two outputs.
  ///
  /// Items belong together by id and text; the others by text alone, in their order; and the rest by their id alone,
  /// whose text has then changed.
  /// - Complexity: linear in the items, and O(n log n) in those that changed.
  package init(
    _ before: [Item], _ after: [Item], named sides: (before: Side, after: Side)
  ) {
    self.before = sides.before
    self.after = sides.after
    Self.count(before, into: &self.before)
    Self.count(after, into: &self.after)
    let pairs = Self.pairs(before, after)
    common = pairs.count { $0.before != nil && $0.after != nil }
    var distance = 0.0
    var judged = 0
    var changes: [Change] = []
    for pair in pairs {
      let (old, new) = (pair.before.map { before[$0] }, pair.after.map { after[$0] })
      if let old = old?.state.credibility, let new = new?.state.credibility {
        distance += abs(old - new)
        judged += 1
      }
      if let old, let new, old.state.flagged != new.state.flagged {
        if new.state.flagged { newlyFlagged += 1 } else { noLongerFlagged += 1 }
      }
      let kinds = Self.kinds(old, new)
      guard !kinds.isEmpty else { continue }
      for kind in kinds { counts[kind.rawValue, default: 0] += 1 }
      changes.append(
        Change(
          id: new?.id ?? old?.id ?? "", lines: Lines(before: old?.line, after: new?.line),
          kinds: kinds, before: old?.state, after: new?.state))
    }
    meanCredibilityDistance = judged > 0 ? distance / Double(judged) : nil
    let order = Dictionary(uniqueKeysWithValues: Kind.allCases.enumerated().map { ($1, $0) })
    func key(_ change: Change) -> (Int, Double, Int) {
      let moved = abs((change.before?.credibility ?? 0) - (change.after?.credibility ?? 0))
      return (
        order[change.kinds[0]] ?? 0, -moved, change.lines.after ?? change.lines.before ?? 0
      )
    }
    self.changes = Array(changes.sorted { key($0) < key($1) }.prefix(Self.mostChanges))
  }

  private static func count(_ items: [Item], into side: inout Side) {
    side.items = items.count
    side.flagged = items.count(where: \.state.flagged)
    side.replaced = items.count { !$0.state.given.isEmpty && $0.state.given != $0.state.label }
  }

  private static func kinds(_ before: Item?, _ after: Item?) -> [Kind] {
    guard let before else { return [.added] }
    guard let after else { return [.removed] }
    var kinds: [Kind] = []
    if before.content != after.content { kinds.append(.text) }
    if before.state.given != after.state.given { kinds.append(.given) }
    if before.state.label != after.state.label { kinds.append(.label) }
    if before.state.flagged != after.state.flagged { kinds.append(.flag) }
    if before.state.proposal != after.state.proposal { kinds.append(.proposal) }
    switch (before.state.credibility, after.state.credibility) {
    case (let old?, let new?):
      if abs(old - new) >= leastCredibility { kinds.append(.credibility) }
    case (nil, nil): break
    case (nil, _?), (_?, nil): kinds.append(.credibility)
    }
    return kinds
  }

  /// Which items belong together, by their places; in the order of the second output, then what only the first has.
  private static func pairs(
    _ before: [Item], _ after: [Item]
  ) -> [(before: Int?, after: Int?)] {
    var partner = [Int?](repeating: nil, count: after.count)
    var isTaken = [Bool](repeating: false, count: before.count)
    func match(_ key: (Item) -> String) {
      var open: [String: [Int]] = [:]
      for place in before.indices.reversed() where !isTaken[place] {
        open[key(before[place]), default: []].append(place)
      }
      for place in after.indices where partner[place] == nil {
        guard let found = open[key(after[place])]?.popLast() else { continue }
        partner[place] = found
        isTaken[found] = true
      }
    }
    match { "\($0.id)\u{0}\($0.content)" }
    match { $0.content }
    match { $0.id }
    return after.indices.map { (partner[$0], $0) }
      + before.indices.filter { !isTaken[$0] }.map { ($0, nil) }
  }
}
