import Assessments
import Records
import LabelQuality

/// Numbers the labels of a reading, in the order in which they first occur in the file.
struct LabelInventory {
  /// One spelling of a label, as JSON text.
  private struct Spelling {
    let token: String
    var labels = 0
    var votes = 0
  }

  private var names: [String] = []
  private var spellings: [[Spelling]] = []
  private var numbers: [String: Int32] = [:]

  /// The labels by number, each with its commonest spelling; of equally common ones the first in the file.
  var labels: [Label] {
    zip(names, spellings).map { name, spellings in
      let best = spellings.indices.max {
        (spellings[$0].labels, spellings[$0].votes, $1)
          < (spellings[$1].labels, spellings[$1].votes, $0)
      }
      return Label(name: name, token: best.map { spellings[$0].token } ?? "null")
    }
  }

  var count: Int { names.count }

  /// The number of a label; a new label gets the next number.
  mutating func number(of label: Label, isVote: Bool = false) -> Int32 {
    let number = numbers[label.name] ?? Int32(names.count)
    if Int(number) == names.count {
      numbers[label.name] = number
      names.append(label.name)
      spellings.append([])
    }
    // Not by ==, which does not tell composed and decomposed characters apart.
    let place = spellings[Int(number)].firstIndex {
      $0.token.utf8.elementsEqual(label.token.utf8)
    }
    if place == nil { spellings[Int(number)].append(Spelling(token: label.token)) }
    let spelling = place ?? spellings[Int(number)].count - 1
    if isVote {
      spellings[Int(number)][spelling].votes += 1
    } else {
      spellings[Int(number)][spelling].labels += 1
    }
    return number
  }
}

/// Numbers annotators in the order in which they first vote.
private struct Electorate {
  private var annotators: [Annotator] = []
  private var numbers: [Annotator: Int32] = [:]

  var count: Int { annotators.count }

  /// The names by number.
  var names: [String] {
    let all = Set(annotators)
    return annotators.map { $0.name(among: all) }
  }

  mutating func number(of annotator: Annotator) -> Int32 {
    if let known = numbers[annotator] { return known }
    let number = Int32(annotators.count)
    numbers[annotator] = number
    annotators.append(annotator)
    return number
  }
}

/// Records with their labels as numbers, before anything is encoded; the assessment works on these.
struct AnnotatedRecords {
  let labels: [Label]
  let targets: Targets
  let trusted: [Bool]
  /// Where each record can have a corrected label: one label, a list of labels, or nowhere.
  let slots: [LabelSlot]
  /// The records without a text or a ready vector, whose labels cannot be judged.
  let blank: Set<Int>
  /// Numbers of the records' contents: records with the same content have the same number. −1 for a
  /// record without a text or with a ready vector, and for all records if none is trusted.
  let contents: [Int32]
  /// Votes by record, for records that annotators voted on; the last vote of each annotator counts.
  let votes: [Int: [(label: Int32, count: Int)]]
  let voteScores: [Int: [(label: Int32, score: Double)]]
  /// Labels that are probably one label in several spellings.
  let similarLabels: SimilarLabels?
  /// Names of the annotators by number; empty where nobody voted.
  let annotators: [String]
  let ballots: Ballots?
  let reliability: AnnotatorReliability?

  /// - Parameter distinct: labels that are not similar to any other one, whatever their spelling.
  /// - Complexity: O(records).
  init(_ records: [Record], distinct: Set<String> = []) {
    var inventory = LabelInventory()
    var electorate = Electorate()
    let isMultiLabel = records.contains { $0.isMultiLabel }
    var own: [[Int32]] = []
    var ballotPapers: [[Ballots.Vote]] = []
    own.reserveCapacity(records.count)
    ballotPapers.reserveCapacity(records.count)
    for record in records {
      own.append(record.labels.map { inventory.number(of: $0) })
      ballotPapers.append(
        Self.lastOfEach(record.votes).map { vote in
          Ballots.Vote(
            annotator: electorate.number(of: vote.giver),
            label: inventory.number(of: vote.label, isVote: true))
        })
    }
    let similarLabels = Self.similarLabels(inventory, own, distinct: distinct)
    if let similarLabels {
      for row in ballotPapers.indices {
        ballotPapers[row] = ballotPapers[row].map { vote in
          Ballots.Vote(
            annotator: vote.annotator,
            label: similarLabels.spelling(of: vote.label, own: own[row]))
        }
      }
    }
    let ballots =
      electorate.count == 0
      ? nil
      : Ballots(
        votes: ballotPapers, annotatorCount: electorate.count, labelCount: inventory.count)
    let reliability = ballots.map { AnnotatorReliability($0) }
    var given: [[Int32]?] = []
    var votes: [Int: [(label: Int32, count: Int)]] = [:]
    given.reserveCapacity(records.count)
    for (row, record) in records.enumerated() {
      let own = own[row]
      var counts: [Int32: Int] = [:]
      for vote in ballotPapers[row] {
        counts[vote.label, default: 0] += 1
      }
      var tally = counts.map { (label: $0.key, count: $0.value) }
      tally.sort { ($0.count, $1.label) > ($1.count, $0.label) }
      if !tally.isEmpty { votes[row] = tally }
      if record.isLabelled, isMultiLabel || !own.isEmpty {
        given.append(isMultiLabel ? Array(Set(own)).sorted() : own)
      } else if let consensus = reliability?.consensus[row], !isMultiLabel {
        // The given label of a record that has only votes is their consensus.
        given.append([consensus])
      } else {
        given.append(nil)
      }
    }
    labels = inventory.labels
    targets = Targets(given: given, labelCount: inventory.count, isMultiLabel: isMultiLabel)
    self.similarLabels = similarLabels
    self.ballots = ballots
    self.reliability = reliability
    annotators = electorate.names
    voteScores = Dictionary(
      uniqueKeysWithValues: votes.keys.map { row in
        (row, reliability?.scores(of: ballotPapers[row]) ?? [])
      })
    trusted = records.map(\.isTrusted)
    contents = trusted.contains(true) ? Self.contents(of: records) : records.map { _ in -1 }
    self.votes = votes
    blank = Set(
      records.indices.filter { records[$0].vector == nil && records[$0].content.isBlank })
    slots = records.map { record in
      guard record.isLabelled, record.labelForm != .columns else { return .none }
      return record.isMultiLabel ? .list : .one
    }
  }

  /// The labels whose names differ only in case or inner spaces, unless rules name them.
  private static func similarLabels(
    _ inventory: LabelInventory, _ given: [[Int32]], distinct: Set<String>
  ) -> SimilarLabels? {
    var frequencies = [Double](repeating: 0, count: inventory.count)
    for label in given.joined() { frequencies[Int(label)] += 1 }
    return SimilarLabels(
      keys: inventory.labels.map { label in
        distinct.contains(label.name)
          ? "= \(label.name)" : "~ \(LabelFolding.ofSimilar.key(label.name))"
      }, frequencies: frequencies)
  }

  /// Numbers the contents of records: equal texts have the same number. Texts are equal by Unicode's
  /// canonical equivalence after white space is folded; nothing else is ignored.
  private static func contents(of records: [Record]) -> [Int32] {
    var numbers: [[String]: Int32] = [:]
    return records.map { record in
      // A ready vector may describe more than the record's text, such as an image.
      // Two blank texts have nothing in common.
      guard record.vector == nil, !record.content.isBlank,
        let parts = record.content.comparedTexts
      else { return -1 }
      let next = Int32(numbers.count)
      let number = numbers[parts, default: next]
      numbers[parts] = number
      return number
    }
  }

  /// The last vote of each annotator, so that nobody can vote several times.
  private static func lastOfEach(_ votes: [Vote]) -> [Vote] {
    var seen: Set<Annotator> = []
    return votes.reversed().filter { seen.insert($0.giver).inserted }.reversed()
  }
}
