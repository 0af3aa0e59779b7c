import Report

/// How the annotators agree, and how good each of them is.
struct AnnotatorSection {
  let report: RunReport

  var section: Section? {
    guard let facts = report.annotators else { return nil }
    let rows = facts.annotators.map { row -> Markup in
      """
      <tr><th scope="row">\(name: row.annotator)</th><td class="num">\(Wording.grouped(row.votes))</td>\
      <td>\(row.agreement.map { share in "\(Bar(share: share))\(Wording.percent(share))" } ?? "–")</td>\
      <td>\(row.accuracy.map { share in "\(Bar(share: share))\(Wording.percent(share))" } ?? "too few votes")</td></tr>

      """
    }
    let which: Markup =
      facts.annotators.count < facts.count
      ? " The \(facts.annotators.count) with the most votes are listed." : ""
    return Section(
      id: "annotators", title: "Annotators",
      content: """
        <p>\(Wording.counted(facts.count, "annotator")) voted on \(Wording.counted(facts.records, "record")). \(agreement(facts))\(which)</p>
        <div class="scroll tall" tabindex="0" role="region" aria-labelledby="annotators-title"><table>
        <thead><tr><th scope="col">Annotator</th><th scope="col" class="num">Votes</th><th scope="col">Agrees with the consensus</th>\
        <th scope="col">Estimated accuracy</th></tr></thead>
        <tbody>\(rows)</tbody></table></div>
        <p class="small">The consensus is \(facts.consensus == "majority" ? "the label with the most votes" : "estimated together with the annotators’ accuracies (Dawid and Skene)"). An accuracy is the estimated share of an annotator’s votes that are right.</p>

        """)
  }

  private func agreement(_ facts: AnnotatorFacts) -> String {
    guard let alpha = facts.alpha else { return "" }
    let meaning =
      switch alpha {
      case 0.8...: "they agree well"
      case 0.667..<0.8: "they agree well enough for tentative conclusions"
      default: "they agree too little to rely on single votes"
      }
    return
      "Krippendorff’s alpha is \(Wording.decimal(alpha)) (1 is perfect agreement, 0 is chance): by the usual reading, \(meaning)."
  }
}
