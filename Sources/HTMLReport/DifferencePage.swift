import Assessments
package import Report

/// What changed between two runs as one HTML page, which loads nothing.
package struct DifferencePage: Sendable {
  private let difference: RunDifference

  package init(_ difference: RunDifference) { self.difference = difference }

  /// The page in UTF-8.
  package var bytes: [UInt8] {
    let title = "\(Markup.plain(difference.before.name)) → \(Markup.plain(difference.after.name))"
    let sections = [overview, list].compactMap(\.self)
    let page = Page(
      title: title, brand: "emend diff", sections: sections,
      footer: "This page loads nothing and sends nothing.")
    return Array(page.markup.text.utf8)
  }

  private var overview: Section {
    func row(_ side: RunDifference.Side) -> Markup {
      let rate: Markup =
        side.errorRate.map {
          "\(Wording.range($0.low, $0.high)) (\($0.isMeasured ? "measured" : "estimated"))"
        } ?? "–"
      return """
        <tr><th scope="row">\(name: side.name)</th><td>\(Wording.grouped(side.items))</td>\
        <td>\(Wording.grouped(side.flagged))</td><td>\(Wording.grouped(side.replaced))</td><td>\(rate)</td></tr>

        """
    }
    let sentences = difference.sentences.map { sentence -> Markup in
      "<li>\(sentence.prefix(1).uppercased() + sentence.dropFirst()).</li>"
    }
    return Section(
      id: "overview", title: "What changed",
      content: """
        <table><thead><tr><th scope="col">output</th><th scope="col">labels judged</th><th scope="col">flagged</th>\
        <th scope="col">replaced</th><th scope="col">wrong labels</th></tr></thead>
        <tbody>\(row(difference.before))\(row(difference.after))</tbody></table>
        <ul>\(sentences)</ul>

        """)
  }

  private var list: Section? {
    guard !difference.changes.isEmpty else { return nil }
    let rows = difference.changes.map { change -> Markup in
      let kinds = change.kinds.map(\.rawValue).joined(separator: ", ")
      return """
        <tr><th scope="row">\(name: change.id)</th><td>\(kinds)</td>\
        <td dir="auto">\(Markup.plain(RunDifference.words(change.before)))</td>\
        <td dir="auto">\(Markup.plain(RunDifference.words(change.after)))</td></tr>

        """
    }
    return Section(
      id: "changes", title: "Record by record",
      content: """
        <p>The most important changes first\(difference.changes.count == RunDifference.mostChanges ? ", the first 1,000 of them" : "").</p>
        <table><thead><tr><th scope="col">id</th><th scope="col">what</th><th scope="col">before</th>\
        <th scope="col">after</th></tr></thead>
        <tbody>\(rows)</tbody></table>

        """)
  }
}
