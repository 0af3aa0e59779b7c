// ReviewQueue owns the order in which people decide records: who sees which one, what is left, and the file to
// which each decision is appended. It knows nothing of pages, terminals or networks.
import Assessments

/// Which record each person decides next.
///
/// A value without files or clocks: whoever uses it gives the time. A record that is shown to one session is not
/// shown to another one until it is decided, skipped or given back, or until its lease has ended.
package struct ReviewQueue: Sendable {
  /// One page, or one terminal, with the person at it.
  package struct Session: Sendable, Hashable {
    /// Tells two pages of one person apart.
    package let id: String
    /// The person's name, as it stands in decisions.
    package let reviewer: String
    package init(id: String, reviewer: String) {
      self.id = id
      self.reviewer = reviewer
    }
  }

  /// What a person has to do.
  package enum Turn: Sendable, Equatable {
    /// To decide the record with this index.
    case record(Int)
    /// To wait: all that is left is shown to others.
    case waiting
    /// Nothing, or to look again at so many records that this person skipped.
    case onlySkipped(Int)
    case finished(Ending)
  }

  package enum Ending: Sendable, Equatable {
    case allDecided
    /// So many records are decided as were wanted.
    case budgetUsed
    /// What is left has labels of which enough records are decided.
    case quotasFilled
  }

  /// How far the review is.
  package struct Progress: Sendable, Equatable {
    /// Records of the queue that somebody has decided.
    package var decided = 0
    /// Records that are decided at the end: all, or fewer by the budget and the quotas.
    package var wanted = 0
    /// Records that this person has decided.
    package var own = 0
    /// Whether this person can take something back.
    package var canUndo = false
  }

  package struct Limits: Sendable, Equatable {
    /// How many records are decided at most, those included that were decided before; nil for all.
    package var budget: Int?
    /// How many records of each given label are decided at most; nil for all.
    package var perLabel: Int?
    package init(budget: Int? = nil, perLabel: Int? = nil) {
      self.budget = budget
      self.perLabel = perLabel
    }
  }

  /// Long enough to read a long text, and short enough that a closed page does not hold its record up.
  package static let leaseDuration: Duration = .seconds(600)

  private struct Lease {
    let index: Int
    var end: ContinuousClock.Instant
  }

  /// Something that a person did, and can take back.
  private enum Step {
    case decided(Int)
    case skipped(Int)
  }

  /// Indices of records, in the order in which they are decided.
  package let order: [Int]
  private let position: [Int: Int]
  /// For each record of `order`, the number of its label.
  private let groups: [Int]
  private let limits: Limits
  private let wanted: Int

  /// Those who have decided each record.
  private var deciders: [Int: Set<ExactText>] = [:]
  private var skippers: [Int: Set<ExactText>] = [:]
  private var decidedCount = 0
  private var decidedOfGroup: [Int]
  private var steps: [ExactText: [Step]] = [:]
  /// How many records each person has decided.
  private var ownCounts: [ExactText: Int] = [:]
  private var leases: [Session: Lease] = [:]
  private var holders: [Int: Session] = [:]
  private var lastSeen: [Session: ContinuousClock.Instant] = [:]
  /// Every record before this place in the order is decided.
  private var firstOpen = 0

  /// - Parameters:
  ///   - order: indices of records, each once.
  ///   - label: the given label of a record, by which quotas count.
  package init(_ order: [Int], limits: Limits = Limits(), label: (Int) -> String) {
    self.order = order
    self.limits = limits
    position = Dictionary(uniqueKeysWithValues: order.enumerated().map { ($1, $0) })
    var numbers: [ExactText: Int] = [:]
    var groups: [Int] = []
    var sizes: [Int] = []
    for index in order {
      let name = ExactText(label(index))
      let number = numbers[name] ?? numbers.count
      if number == sizes.count {
        numbers[name] = number
        sizes.append(0)
      }
      sizes[number] += 1
      groups.append(number)
    }
    self.groups = groups
    decidedOfGroup = Array(repeating: 0, count: sizes.count)
    let allowed = sizes.reduce(0) { $0 + min($1, limits.perLabel ?? .max) }
    wanted = min(allowed, limits.budget ?? .max)
  }

  /// Whether the record is one of those that are decided here.
  package func contains(_ index: Int) -> Bool { position[index] != nil }

  /// Whether somebody has decided the record.
  package func isDecided(_ index: Int) -> Bool { deciders[index]?.isEmpty == false }

  /// Those who have decided the record, in the order of their names.
  package func reviewers(of index: Int) -> [String] {
    (deciders[index] ?? []).map(\.text).sorted()
  }

  /// Records of the queue that somebody has decided.
  package var decided: Int { decidedCount }
  package var isFinished: Bool { decidedCount >= wanted }
  /// Records that are decided at the end.
  package var wantedCount: Int { wanted }

  package func progress(of reviewer: String) -> Progress {
    let name = ExactText(reviewer)
    return Progress(
      decided: decidedCount, wanted: max(wanted, decidedCount), own: ownCounts[name] ?? 0,
      canUndo: steps[name]?.isEmpty == false)
  }

  // MARK: - Whose turn it is

  /// The record that a session decides next, which it then holds.
  ///
  /// - Complexity: linear in the records that are not open to this session; mostly a few.
  package mutating func turn(of session: Session, at now: ContinuousClock.Instant) -> Turn {
    lastSeen[session] = now
    endLeases(at: now)
    if let lease = leases[session], !isDecided(lease.index) {
      leases[session]?.end = now + Self.leaseDuration
      return .record(lease.index)
    }
    release(session)
    if decidedCount >= wanted { return .finished(ending) }
    // Those that others hold count as decided, so that the budget is not overdrawn.
    let held = holders.keys.filter { !isDecided($0) }
    guard decidedCount + held.count < wanted else { return .waiting }
    var heldOfGroup: [Int: Int] = [:]
    for index in held { heldOfGroup[groups[position[index] ?? 0], default: 0] += 1 }
    let reviewer = ExactText(session.reviewer)
    var skipped = 0
    var others = 0
    while firstOpen < order.count, isDecided(order[firstOpen]) { firstOpen += 1 }
    for place in firstOpen..<order.count {
      let index = order[place]
      if isDecided(index) { continue }
      if holders[index] != nil {
        others += 1
        continue
      }
      if let quota = limits.perLabel,
        decidedOfGroup[groups[place]] + (heldOfGroup[groups[place]] ?? 0) >= quota
      {
        if decidedOfGroup[groups[place]] < quota { others += 1 }
        continue
      }
      if skippers[index]?.contains(reviewer) == true {
        skipped += 1
        continue
      }
      hold(index, session, at: now)
      return .record(index)
    }
    if skipped > 0 { return .onlySkipped(skipped) }
    return others > 0 ? .waiting : .finished(ending)
  }

  private var ending: Ending {
    if let budget = limits.budget, decidedCount >= budget, decidedCount < order.count {
      return .budgetUsed
    }
    return decidedCount >= order.count ? .allDecided : .quotasFilled
  }

  private mutating func hold(_ index: Int, _ session: Session, at now: ContinuousClock.Instant) {
    release(session)
    leases[session] = Lease(index: index, end: now + Self.leaseDuration)
    holders[index] = session
  }

  /// Gives back the record that a session holds.
  package mutating func release(_ session: Session) {
    guard let lease = leases.removeValue(forKey: session) else { return }
    if holders[lease.index] == session { holders[lease.index] = nil }
  }

  private mutating func endLeases(at now: ContinuousClock.Instant) {
    for (session, lease) in leases where lease.end <= now { release(session) }
  }

  /// Ends a session: its record is free, and it no longer counts as present.
  package mutating func close(_ session: Session) {
    release(session)
    lastSeen[session] = nil
  }

  /// How many sessions asked for something within the time of a lease.
  package func sessionCount(at now: ContinuousClock.Instant) -> Int {
    lastSeen.values.count { $0 + Self.leaseDuration > now }
  }

  // MARK: - What people do

  /// Whether a session may decide a record now: another person must not have decided it meanwhile.
  package func mayDecide(_ index: Int, _ session: Session) -> Bool {
    let others = deciders[index, default: []].subtracting([ExactText(session.reviewer)])
    return contains(index) && others.isEmpty
  }

  /// Notes that a person has decided a record.
  package mutating func noteDecision(on index: Int, by reviewer: String) {
    let name = ExactText(reviewer)
    guard let place = position[index] else { return }
    if !isDecided(index) {
      decidedCount += 1
      decidedOfGroup[groups[place]] += 1
    }
    let isNew = deciders[index, default: []].insert(name).inserted
    if skippers[index]?.remove(name) != nil { forget(index, of: name) }
    if isNew {
      steps[name, default: []].append(.decided(index))
      ownCounts[name, default: 0] += 1
    }
    releaseHolder(of: index)
  }

  /// Notes that a person does not decide a record, or takes the decision about it back.
  package mutating func noteSkip(of index: Int, by reviewer: String) {
    let name = ExactText(reviewer)
    guard contains(index) else { return }
    if deciders[index]?.contains(name) == true {
      takeBack(index, of: name)
      return
    }
    if !skippers[index, default: []].insert(name).inserted { forget(index, of: name) }
    steps[name, default: []].append(.skipped(index))
    releaseHolder(of: index)
  }

  /// The record that a person would take back next, and whether a decision about it is on disk.
  package func lastStep(of reviewer: String) -> (index: Int, isDecision: Bool)? {
    switch steps[ExactText(reviewer)]?.last {
    case .decided(let index): (index, true)
    case .skipped(let index): (index, false)
    case nil: nil
    }
  }

  /// Takes a person's last step back. The session then holds the record, unless somebody else does.
  package mutating func undo(_ session: Session, at now: ContinuousClock.Instant) {
    let name = ExactText(session.reviewer)
    guard let step = steps[name]?.last else { return }
    let index: Int
    switch step {
    case .decided(let decided):
      index = decided
      takeBack(index, of: name)
    case .skipped(let skipped):
      index = skipped
      steps[name]?.removeLast()
      skippers[index]?.remove(name)
    }
    lastSeen[session] = now
    if !isDecided(index), holders[index] == nil { hold(index, session, at: now) }
  }

  /// Offers a person again what this person skipped.
  package mutating func offerSkippedAgain(to reviewer: String) {
    let name = ExactText(reviewer)
    for index in skippers.keys { skippers[index]?.remove(name) }
    steps[name]?.removeAll { if case .skipped = $0 { true } else { false } }
  }

  private mutating func takeBack(_ index: Int, of name: ExactText) {
    deciders[index]?.remove(name)
    ownCounts[name, default: 0] -= 1
    forget(index, of: name)
    guard !isDecided(index), let place = position[index] else { return }
    decidedCount -= 1
    decidedOfGroup[groups[place]] -= 1
    firstOpen = min(firstOpen, place)
  }

  /// Removes a person's step at a record, of which there is one at most.
  private mutating func forget(_ index: Int, of name: ExactText) {
    // From the end, where the step mostly is.
    let found = steps[name]?.lastIndex { step in
      switch step {
      case .decided(let decided): decided == index
      case .skipped(let skipped): skipped == index
      }
    }
    if let found { steps[name]?.remove(at: found) }
  }

  private mutating func releaseHolder(of index: Int) {
    if let holder = holders[index] { release(holder) }
  }
}
