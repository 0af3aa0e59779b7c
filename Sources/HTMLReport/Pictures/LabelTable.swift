import Report

/// How often each label is suspect.
struct LabelTable {
  let report: RunReport

  /// Rows at most; further labels have the fewest suspects.
  private static let mostRows = 200

  var figure: Markup? {
    let given = report.labels.filter { $0.given > 0 || $0.correctedTo > 0 }
    guard given.count > 1 else { return nil }
    let shown = given.prefix(Self.mostRows)
    let total = given.reduce(0) { $0 + $1.given }
    let flagged = given.reduce(0) { $0 + $1.flagged }
    let left = given.count - shown.count
    return Figure(
      id: "labels", title: "How often each label is suspect",
      summary: report.hasLists == true
        ? "\(Wording.counted(report.counts.flagged, "list")) of labels \(report.counts.flagged == 1 ? "is" : "are") suspect. A list is counted at each of its labels, so the columns add up to more."
        : "Of \(Wording.counted(total, "label")), \(Wording.grouped(flagged)) \(flagged == 1 ? "is" : "are") suspect.",
      content: """
        <div class="scroll tall" tabindex="0" role="region" aria-labelledby="labels-title"><table class="labels">
        <thead><tr><th scope="col">Label</th><th scope="col" class="num">Records</th><th scope="col" class="num">Suspect</th>\
        <th scope="col">Share that is suspect</th><th scope="col" class="num">Replaced by another</th>\
        <th scope="col" class="num">Put in place of another</th><th scope="col" class="num">Expected wrong</th></tr></thead>
        <tbody>\(shown.map(row))</tbody></table></div>
        """,
      caption:
        "“Expected wrong” is the sum of 1 − credibility over the label’s records: an estimate, while the other columns are counts.\(left > 0 ? " \(Wording.counted(left, "label")) with fewer suspects are left out." : "")"
    ).markup
  }

  private func row(_ row: RunReport.LabelRow) -> Markup {
    let share = row.given > 0 ? Double(row.flagged) / Double(row.given) : 0
    let expected = row.meanCredibility.map { (1 - $0) * Double(row.given) }
    return """
      <tr><th scope="row">\(name: row.label)</th><td class="num">\(Wording.grouped(row.given))</td>\
      <td class="num">\(Wording.grouped(row.flagged))</td><td>\(Bar(share: share))\(Wording.percent(share))</td>\
      <td class="num">\(Wording.grouped(row.correctedAway))</td><td class="num">\(Wording.grouped(row.correctedTo))</td>\
      <td class="num">\(expected.map { "about \(Wording.grouped(Int($0.rounded())))" } ?? "–")</td></tr>

      """
  }
}

/// A bar beside a number.
struct Bar {
  /// 0…1: the part that is filled.
  let share: Double

  var markup: Markup {
    let width = Int((min(max(share, 0), 1) * 100).rounded())
    return
      "<svg class=\"bar\" viewBox=\"0 0 100 8\" aria-hidden=\"true\"><rect class=\"ground\" width=\"100\" height=\"8\"/><rect class=\"fill\" width=\"\(width)\" height=\"8\"/></svg> "
  }
}

extension Markup.StringInterpolation {
  mutating func appendInterpolation(_ bar: Bar) { appendInterpolation(bar.markup) }
}
