/// The spellings of a file's labels and votes, with their counts.
struct LabelColumn {
  struct Tally {
    let spelling: Spelling
    /// The JSON text of the first label with this spelling.
    let token: String
    /// How often it is the label of a record, or one of its labels.
    var labels = 0
    /// How often it is a vote.
    var votes = 0
    /// The first lines with it, ascending.
    var lines: [Int] = []
    /// How many lines have it.
    var lineCount = 0
    fileprivate var lastLine = 0
  }

  /// In the order in which the spellings first occur, labels before votes within a line.
  private(set) var tallies: [Tally] = []
  private var places: [Spelling: Int] = [:]

  init(_ records: [Record]) {
    for record in records {
      for label in record.labels { tallies[add(label, record.line)].labels += 1 }
      for vote in record.votes { tallies[add(vote.label, record.line)].votes += 1 }
    }
  }

  /// The place of a label's spelling among `tallies`; nil where the file does not have it.
  func place(of label: Label) -> Int? { places[Spelling(label)] }

  private mutating func add(_ label: Label, _ line: Int) -> Int {
    let spelling = Spelling(label)
    let place: Int
    if let known = places[spelling] {
      place = known
    } else {
      place = tallies.count
      places[spelling] = place
      tallies.append(Tally(spelling: spelling, token: label.token))
    }
    if tallies[place].lastLine != line {
      tallies[place].lastLine = line
      tallies[place].lineCount += 1
      if tallies[place].lines.count < LabelClasses.mostLines { tallies[place].lines.append(line) }
    }
    return place
  }
}
