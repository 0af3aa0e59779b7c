// Decisions owns what people decided about labels: one decision as a value, the files that hold them, and
// what several decisions about one record amount to. It knows nothing of how a record was found suspect, of
// how a decision is written into a dataset, or of folders.

/// What a person decided about the label of one record.
package struct Decision: Sendable, Equatable {
  package enum Verdict: String, Sendable, CaseIterable {
    /// The given label is right.
    case keep
    /// Another label is right.
    case change
    /// No label of the dataset fits.
    case neither
    /// The person does not decide; takes back an earlier decision of the same person.
    case skip
  }

  /// A label, or the labels of a record that may have several.
  package enum Answer: Sendable, Equatable {
    case one(String)
    case several([String])

    package var names: [String] {
      switch self {
      case .one(let name): [name]
      case .several(let names): names
      }
    }
  }

  /// How the record came to be decided.
  package struct Sampling: Sendable, Equatable {
    package enum Source: String, Sendable {
      /// Drawn at random, so that it stands for others.
      case random
      /// Taken because it was among the most suspect.
      case queue
    }
    package let source: Source
    /// The probability, above 0 and up to 1, with which each record of the stratum was drawn; 1 for the queue.
    package let probability: Double
    /// The part of the file from which the record was drawn, such as `flagged`; empty where that is the whole.
    package let stratum: String
    /// How many records that part has; nil where the file does not say.
    package let size: Int?

    package init(source: Source, probability: Double, stratum: String = "", size: Int? = nil) {
      self.source = source
      self.probability = probability
      self.stratum = stratum
      self.size = size
    }
  }

  package var id: String
  /// The number of the record's line, from 1; nil where the file does not say.
  package var line: Int?
  /// `Record.contentDigest` of what the person saw.
  package var contentDigest: String
  /// The label that the dataset gave; nil where it gave none or the file does not say.
  package var given: Answer?
  package var verdict: Verdict
  /// The right label of `change`; nil for every other verdict.
  package var label: Answer?
  /// Who decided; empty where the file does not say.
  package var by: String
  /// When, as RFC 3339 says; empty where the file does not say.
  package var at: String
  package var note: String
  package var sampling: Sampling?

  package init(
    id: String, line: Int?, contentDigest: String, given: Answer?, verdict: Verdict,
    label: Answer? = nil, by: String = "", at: String = "", note: String = "",
    sampling: Sampling? = nil
  ) {
    self.id = id
    self.line = line
    self.contentDigest = contentDigest
    self.given = given
    self.verdict = verdict
    self.label = label
    self.by = by
    self.at = at
    self.note = note
    self.sampling = sampling
  }

  /// The right label by this decision; nil where it names none.
  package var right: Answer? {
    switch verdict {
    case .keep: given
    case .change: label
    case .neither, .skip: nil
    }
  }

  /// Whether two decisions say the same about the label, whoever made them.
  package func agrees(with other: Decision) -> Bool {
    switch (verdict, other.verdict) {
    case (.neither, .neither), (.skip, .skip): true
    case (.keep, .keep) where given == nil || other.given == nil: true
    case (.keep, .keep), (.keep, .change), (.change, .keep), (.change, .change):
      Set(right?.names ?? []) == Set(other.right?.names ?? [])
    default: false
    }
  }
}

/// Decisions of one or several files as what they amount to: one for each content that somebody decided.
package struct DecisionSet: Sendable {
  /// Decisions of different people about one record that say different things.
  package struct Conflict: Sendable, Equatable {
    package let decisions: [Decision]

    /// Who says what, on one line.
    package var description: String {
      decisions.map { decision in
        let who = decision.by.isEmpty ? "somebody" : decision.by
        switch decision.verdict {
        case .keep, .change:
          let label = decision.right?.names.joined(separator: ", ") ?? "the given label"
          return "\(who) says \(label)"
        case .neither: return "\(who) says that no label fits"
        case .skip: return "\(who) does not decide"
        }
      }.joined(separator: "; ")
    }
  }

  /// One for each record, in the order in which records were first decided, without those that were skipped.
  package let decided: [Decision]
  package let conflicts: [Conflict]

  /// Takes the last decision of each person about each record, by id and content.
  ///
  /// - Parameter decisions: in the order in which they were made.
  package init(_ decisions: [Decision]) {
    struct Subject: Hashable {
      let id: [UInt8]
      let content: String
    }
    var order: [Subject] = []
    var last: [Subject: [Decision]] = [:]
    for decision in decisions {
      let subject = Subject(id: Array(decision.id.utf8), content: decision.contentDigest)
      if last[subject] == nil { order.append(subject) }
      var others = (last[subject] ?? []).filter {
        !$0.by.utf8.elementsEqual(decision.by.utf8)
      }
      // How the record was drawn is a fact of the record, which a later line need not repeat.
      var decision = decision
      decision.sampling =
        decision.sampling ?? (last[subject] ?? []).compactMap(\.sampling).first
      others.append(decision)
      last[subject] = others
    }
    var decided: [Decision] = []
    var conflicts: [Conflict] = []
    for subject in order {
      let voices = (last[subject] ?? []).filter { $0.verdict != .skip }
      guard var newest = voices.last else { continue }
      newest.sampling = newest.sampling ?? voices.compactMap(\.sampling).first
      if voices.allSatisfy({ $0.agrees(with: newest) }) {
        decided.append(newest)
      } else {
        conflicts.append(Conflict(decisions: voices))
      }
    }
    self.decided = decided
    self.conflicts = conflicts
  }
}
