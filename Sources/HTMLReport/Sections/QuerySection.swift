import Report

/// Queries with their passages.
struct QuerySection {
  let report: RunReport

  var section: Section? {
    guard let facts = report.retrieval else { return nil }
    return Section(
      id: "queries", title: "Queries and passages",
      content: "\(scatter(facts) ?? "")\(table(facts) ?? "")")
  }

  private func scatter(_ facts: RetrievalFacts) -> Markup? {
    guard let groups = facts.scatter, !groups.isEmpty else { return nil }
    let shown = groups.reduce(0) { $0 + $1.count }
    let some =
      shown < facts.passages ? " Shown: \(Wording.grouped(shown)), evenly over the file." : ""
    return Figure(
      id: "utility", title: "Relevance and utility of the passages",
      summary: """
        \(Wording.grouped(facts.useful)) of \(Wording.counted(facts.passages, "passage")) were chosen as useful, \
        \(Wording.grouped(facts.hardNegatives)) are hard negatives\
        \(facts.easyNegatives.map { ", \(Wording.grouped($0)) easy ones" } ?? "")\
        \(facts.labelled > 0 ? ", and \(Wording.grouped(facts.flagged)) labels of \(Wording.grouped(facts.labelled)) \(facts.flagged == 1 ? "is" : "are") suspect" : "").
        """,
      content: PointPicture(
        groups: groups, figureID: "utility", axes: (across: "relevance", up: "utility")
      ).markup,
      caption:
        "Each point is a passage. Relevance says how near it is to the query, utility how much it helps to give a right answer; both are 0 to 1. A hard negative is near the query and no positive; an easy one is far from it.\(some)"
    ).markup
  }

  private func table(_ facts: RetrievalFacts) -> Markup? {
    guard let rows = facts.perQuery, !rows.isEmpty else { return nil }
    let body = rows.map { row -> Markup in
      """
      <tr><td class="num">\(row.line)</td><td>\(name: row.id)</td><td dir="auto">\(row.query)</td><td class="num">\(row.passages)</td>\
      <td class="num">\(row.useful)</td><td class="num">\(row.flagged)</td><td class="num">\(row.hardNegatives)</td></tr>

      """
    }
    let which =
      rows.count < facts.queries
      ? "The \(rows.count) queries with the most suspect labels, then with the most hard negatives"
      : "All queries, those with the most suspect labels first"
    return """
      <h3 id="per-query">Query by query</h3>
      <p>\(which).</p>
      <div class="scroll tall" tabindex="0" role="region" aria-labelledby="per-query"><table>
      <thead><tr><th scope="col" class="num">\(report.placeTitle)</th><th scope="col">Id</th><th scope="col">Query</th><th scope="col" class="num">Passages</th>\
      <th scope="col" class="num">Useful</th><th scope="col" class="num">Suspect labels</th><th scope="col" class="num">Hard negatives</th></tr></thead>
      <tbody>\(body)</tbody></table></div>

      """
  }
}
