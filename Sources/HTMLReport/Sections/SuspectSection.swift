import Report

/// The suspect records, each beside its neighbours and signals, and the suspect passages.
struct SuspectSection {
  let report: RunReport
  /// What the section may take; records that do not fit are left out.
  let mostBytes: Int

  /// Pairs of labels in the filter at most.
  private static let mostPairs = 300

  var section: Section? {
    let passages = report.retrieval?.suspects ?? []
    guard !report.suspects.isEmpty || !passages.isEmpty else { return nil }
    let pairs = pairs
    let places = Dictionary(
      uniqueKeysWithValues: pairs.enumerated().map { ($0.element.pair, $0.offset) })
    let cards =
      report.suspects.enumerated().map { rank, suspect in
        SuspectCard(
          suspect: suspect, rank: rank + 1, pair: places[Pair(suspect)], report: report
        ).markup
      }
      + passages.enumerated().map { rank, suspect in
        PassageCard(suspect: suspect, rank: report.suspects.count + rank + 1, report: report).markup
      }
    let all = max(report.counts.flagged + (report.retrieval?.flagged ?? 0), cards.count)
    func section(_ shown: ArraySlice<Markup>) -> Section {
      Section(
        id: "suspects", title: "Suspects",
        content: """
          <p>\(sentence(shown: shown.count, of: all))</p>
          \(controls(options(pairs, of: shown.count), of: shown.count))
          <div id="suspect-list">
          \(Array(shown))</div>

          """)
    }
    // The section without a card, but with every option; its sentence is longer where some are shown.
    let empty = section([])
    let frame =
      empty.markup.text.utf8.count + empty.link.text.utf8.count
      + options(pairs, of: report.suspects.count).reduce(0) { $0 + $1.text.utf8.count } + Self.slack
    return section(fitting(cards, beside: frame))
  }

  /// Bytes by which two sentences about how many cards are shown can differ.
  private static let slack = 200

  private func sentence(shown: Int, of all: Int) -> String {
    let which =
      shown < all
      ? "The \(Wording.grouped(shown)) most suspect of \(Wording.grouped(all)) are shown"
      : all == 1 ? "There is one" : "All \(Wording.grouped(all)) are shown"
    let order = all == 1 ? "" : ", the most suspect first"
    let suspects = report.suspects
    var sentences = ["\(which)\(order)"]
    let each = report.retrieval == nil ? "Each" : "Each record"
    if suspects.contains(where: { !($0.nearest ?? []).isEmpty }) {
      sentences.append("\(each) stands beside those that are most like it")
    }
    if suspects.contains(where: { !($0.signals ?? [:]).isEmpty }) {
      sentences.append(
        "The bars show how probable each signal finds the given label, without having seen it")
    }
    if !(report.retrieval?.suspects ?? []).isEmpty {
      sentences.append("Each passage stands below its query")
    }
    return sentences.joined(separator: ". ") + "."
  }

  private func fitting(_ cards: [Markup], beside frame: Int) -> ArraySlice<Markup> {
    var bytes = frame
    for (place, card) in cards.enumerated() {
      bytes += card.text.utf8.count
      if bytes > mostBytes { return cards[..<place] }
    }
    return cards[...]
  }

  // MARK: - The controls

  private struct Pair: Hashable {
    let given: String
    let proposal: String?
    init(_ suspect: RunReport.Suspect) {
      given = suspect.label
      proposal = suspect.proposal
    }
  }

  /// The pairs of given label and proposal, the commonest first.
  private var pairs: [(pair: Pair, count: Int)] {
    var order: [Pair] = []
    var counts: [Pair: Int] = [:]
    for pair in report.suspects.map({ Pair($0) }) {
      if counts[pair] == nil { order.append(pair) }
      counts[pair, default: 0] += 1
    }
    let ranked = order.indices.sorted {
      (counts[order[$0]] ?? 0, $1) > (counts[order[$1]] ?? 0, $0)
    }
    return ranked.prefix(Self.mostPairs).map { (order[$0], counts[order[$0]] ?? 0) }
  }

  /// The choices of the filter: the pairs of the first `count` suspects, each with how many of these have it.
  private func options(_ pairs: [(pair: Pair, count: Int)], of count: Int) -> [Markup] {
    var shown: [Pair: Int] = [:]
    for suspect in report.suspects.prefix(count) { shown[Pair(suspect), default: 0] += 1 }
    return pairs.enumerated().compactMap { place, entry -> Markup? in
      guard let count = shown[entry.pair] else { return nil }
      return
        "<option value=\"\(place)\">\(Markup.plain(entry.pair.given)) → \(Markup.plain(entry.pair.proposal ?? "no proposal")) (\(count))</option>"
    }
  }

  /// Shown by the script alone, because without it they would do nothing.
  private func controls(_ options: [Markup], of count: Int) -> Markup {
    """
    <form id="controls" class="controls" hidden>
    <label>Labels <select id="pair"><option value="">all pairs</option>\(options)</select></label>
    <label>Search <input id="search" type="search" autocomplete="off" placeholder="text, label or id"></label>
    <label>Order <select id="order"><option value="rank">most suspect first</option><option value="line">by \(report.placeWord)</option>\
    <option value="label">by given label</option></select></label>
    <output id="shown" for="pair search order" aria-live="polite">\(Wording.grouped(count)) shown</output>
    <p class="small">Keys: <kbd>j</kbd> next, <kbd>k</kbd> previous, <kbd>/</kbd> search.</p>
    </form>
    """
  }
}
