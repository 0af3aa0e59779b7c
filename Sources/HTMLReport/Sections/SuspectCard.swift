import Report

/// One suspect record beside its neighbours.
struct SuspectCard {
  let suspect: RunReport.Suspect
  /// Its place among the suspects, from 1.
  let rank: Int
  /// The number of its pair of labels in the filter; nil where the filter does not list it.
  let pair: Int?
  let report: RunReport

  var markup: Markup {
    let id: Markup =
      suspect.id == String(suspect.line) ? "" : " <span class=\"id\">id \(name: suspect.id)</span>"
    let filter: Markup = pair.map { " data-pair=\"\($0)\"" } ?? ""
    return """
      <article class="suspect" tabindex="-1" data-rank="\(rank)" data-line="\(suspect.line)"\(filter) aria-label="Suspect \(rank), \(report.placeWord) \(suspect.line)">
      <p class="where">\(rank). \(report.placeTitle) \(suspect.line)\(id)</p>
      <p class="text" dir="auto">\(suspect.text)</p>
      <p class="labels"><b class="given">\(name: suspect.label)</b>\(proposal) <span class="credibility">credibility \(Wording.probability(suspect.credibility))</span></p>
      <p class="why">\(why)</p>
      <div class="evidence">\(neighbours)\(signals)</div>
      </article>

      """
  }

  private var proposal: Markup {
    guard let proposal = suspect.proposal else { return "" }
    let done = suspect.action == "corrected" ? "replaced by" : "perhaps"
    return " <span class=\"arrow\">\(done)</span> <b class=\"proposal\">\(name: proposal)</b>"
  }

  // MARK: - Why

  private var why: Markup {
    var sentences: [String] = []
    if let reason = suspect.reason {
      sentences.append(
        (suspect.action == "corrected" ? "Replaced: " : "Should be replaced: ") + reason)
    }
    let near = suspect.nearest ?? []
    if !near.isEmpty {
      let own = near.count { $0.label == suspect.label }
      let proposed = suspect.proposal.map { proposal in near.count { $0.label == proposal } } ?? 0
      var sentence =
        own == 0
        ? "none of the \(near.count) nearest records has this label"
        : "\(own) of the \(near.count) nearest records \(own == 1 ? "has" : "have") this label"
      if suspect.proposal != nil {
        sentence += ", \(proposed) \(proposed == 1 ? "has" : "have") the proposal"
      }
      sentences.append(sentence)
    }
    let signals = suspect.signals ?? [:]
    if !signals.isEmpty {
      let against = signals.values.count { $0 < 0.5 }
      sentences.append(
        "\(against) of \(signals.count) signals find this label less likely than not")
    }
    guard !sentences.isEmpty else { return "" }
    return "\(sentences.map(Self.capitalised).joined(separator: ". "))."
  }

  private static func capitalised(_ sentence: String) -> String {
    sentence.prefix(1).uppercased() + sentence.dropFirst()
  }

  // MARK: - Evidence

  private var neighbours: Markup {
    let near = suspect.nearest ?? []
    guard !near.isEmpty else { return "" }
    let rows = near.map { neighbour -> Markup in
      let kind =
        neighbour.label == suspect.label
        ? "given" : neighbour.label == suspect.proposal ? "proposal" : "other"
      return
        "<li><b class=\"\(kind)\">\(name: neighbour.label)</b> <span class=\"sim\">\(Wording.decimal(neighbour.similarity))</span> <span dir=\"auto\">\(neighbour.text ?? "")</span> <span class=\"id\">line \(neighbour.line)</span></li>"
    }
    return
      "<div><p class=\"head\">Nearest records (label, similarity)</p><ol>\(rows)</ol></div>"
  }

  private var signals: Markup {
    let values = suspect.signals ?? [:]
    guard !values.isEmpty else { return "" }
    // The report's own order first; a signal that it does not name comes last.
    let known = report.provenance.signals.filter { values[$0] != nil }
    let others = values.keys.filter { !known.contains($0) }.sorted()
    let rows = (known + others).map { name -> Markup in
      let value = values[name] ?? 0
      return
        "<tr><th scope=\"row\">\(SignalNames.described(name))</th><td>\(Bar(share: value))\(Wording.probability(value))</td></tr>"
    }
    return
      "<div><p class=\"head\">How probable the given label is by</p><table>\(rows)</table></div>"
  }
}

/// What the names of signals mean.
package enum SignalNames {
  package static func described(_ name: String) -> String {
    switch name {
    case "knn10": "the 10 nearest"
    case "knn50": "the 50 nearest"
    case "wknn": "the nearest by rare traits"
    case "ridge": "a linear model"
    case "lexical": "the words"
    case "spelling": "the spelling"
    case "joint": "text and spelling"
    case "joint50": "the 50 nearest by both"
    case "label_plausibility": "a language model"
    default: name
    }
  }
}

/// One suspect label of a passage.
struct PassageCard {
  let suspect: RetrievalFacts.SuspectPassage
  let rank: Int
  let report: RunReport

  var markup: Markup {
    let proposal: Markup =
      suspect.proposal.map {
        " <span class=\"arrow\">perhaps</span> <b class=\"proposal\">\($0)</b>"
      } ?? ""
    return """
      <article class="suspect" tabindex="-1" data-rank="\(rank)" data-line="\(suspect.line)" aria-label="Suspect \(rank), \(report.placeWord) \(suspect.line)">
      <p class="where">\(rank). \(report.placeTitle) \(suspect.line) <span class="id">query \(name: suspect.id), passage \(name: suspect.passage)</span></p>
      <p class="text query" dir="auto">\(suspect.query)</p>
      <p class="text" dir="auto">\(suspect.text)</p>
      <p class="labels"><b class="given">\(suspect.label)</b>\(proposal) <span class="credibility">credibility \(Wording.probability(suspect.credibility)), utility \(Wording.decimal(suspect.utility))</span></p>
      </article>

      """
  }
}
