import Assessments

/// Decisions of one or several files as what they amount to: one for each content that somebody decided.
package struct DecisionSet: Sendable {
  /// Decisions of different people about one record that say different things.
  package struct Conflict: Sendable, Equatable {
    package let decisions: [Decision]

    /// Enough people to see what it is about.
    private static let mostShown = 8

    /// Who says what, on one line.
    package var description: String {
      let others = decisions.count - Self.mostShown
      let shown = decisions.prefix(Self.mostShown).map { decision in
        let who = decision.person
        switch decision.verdict {
        case .keep, .change:
          let label = decision.right?.names.joined(separator: ", ") ?? "the given label"
          return "\(who) says \(label)"
        case .neither: return "\(who) says that no label fits"
        case .skip: return "\(who) does not decide"
        }
      }
      return (shown + (others > 0 ? ["and \(others) more"] : [])).joined(separator: "; ")
    }
  }

  /// One for each record, in the order in which records were first decided, without those that were skipped.
  package let decided: [Decision]
  package let conflicts: [Conflict]

  /// Takes the decisions of several files, in their order. A file whose lines do not say who decided is one
  /// person's.
  package init(files: [(name: String, decisions: [Decision])]) {
    let isOnly = files.count == 1
    self.init(
      files.flatMap { file in
        file.decisions.map { decision in
          var decision = decision
          if !isOnly { decision.file = file.name }
          return decision
        }
      })
  }

  /// Takes the last decision of each person about each record, by id and content. Where decisions about one id
  /// and one content name different lines, each line is a record, and what names no line is about all of them.
  ///
  /// - Parameter decisions: in the order in which they were made.
  /// - Complexity: O(n log n) in the decisions.
  package init(_ decisions: [Decision]) {
    struct Subject: Hashable {
      let id: ExactText
      let content: String
    }
    var order: [Subject] = []
    var groups: [Subject: [Decision]] = [:]
    for decision in decisions {
      let subject = Subject(id: ExactText(decision.id), content: decision.contentDigest)
      if groups[subject] == nil { order.append(subject) }
      groups[subject, default: []].append(decision)
    }
    var decided: [Decision] = []
    var conflicts: [Conflict] = []
    for group in order.compactMap({ groups[$0] }) {
      for var latest in Self.byLine(group).map(Self.lastOfEachPerson) {
        latest.removeAll { $0.verdict == .skip }
        guard var newest = latest.last else { continue }
        newest.sampling = newest.sampling ?? latest.compactMap(\.sampling).first
        if latest.allSatisfy({ $0.agrees(with: newest) }) {
          decided.append(newest)
        } else {
          conflicts.append(Conflict(decisions: latest))
        }
      }
    }
    self.decided = decided
    self.conflicts = conflicts
  }

  /// Decisions about one id and one content, apart by the lines that they name.
  private static func byLine(_ group: [Decision]) -> [[Decision]] {
    var seen: Set<Int> = []
    let lines = group.compactMap(\.line).filter { seen.insert($0).inserted }
    guard lines.count > 1 else { return [group] }
    var parts: [Int: [Decision]] = [:]
    for var decision in group {
      for line in decision.line.map({ [$0] }) ?? lines {
        decision.line = line
        parts[line, default: []].append(decision)
      }
    }
    return lines.compactMap { parts[$0] }
  }

  /// The last decision of each person about a record, in the order in which they were made.
  private static func lastOfEachPerson(_ decisions: [Decision]) -> [Decision] {
    var places: [ExactText: Int] = [:]
    var sampling: Decision.Sampling?
    for (place, decision) in decisions.enumerated() {
      // A name and a file that is called the same are two people.
      let person = decision.by.isEmpty ? "\u{0}\(decision.file)" : decision.by
      places[ExactText(person)] = place
      sampling = sampling ?? decision.sampling
    }
    return places.values.sorted().map { place in
      var decision = decisions[place]
      // How the record was drawn is a fact of the record, which a later line need not repeat.
      decision.sampling = decision.sampling ?? sampling
      return decision
    }
  }
}
