import Report

/// Given labels against the labels that the evidence prefers.
struct HeatMap {
  let report: RunReport

  /// Rows and columns at most; further labels have the fewest disagreements.
  private static let mostLabels = 150
  /// Up to so many labels the cells have numbers and the axes names.
  private static let mostNamed = 24
  /// The share of a given label's records, 0…1, from which on a cell has each shade.
  private static let shades = [0.0, 0.02, 0.05, 0.1, 0.2]
  /// Rows of the table beside the picture.
  private static let mostRows = 15
  /// Width and height of the cells together.
  private static let side = 600.0

  var figure: Markup? {
    guard !report.transitions.isEmpty else { return nil }
    let labels = labels
    let listed = report.transitions.reduce(0) { $0 + $1.records }
    let total = max(report.disagreements ?? listed, listed)
    let pairs =
      listed < total
      ? " The \(Wording.grouped(report.transitions.count)) commonest pairs are listed; they have \(Wording.grouped(listed)) of these records."
      : ""
    let first = report.transitions[0]
    let left = Set(report.transitions.flatMap { [$0.given, $0.evidence] }).count - labels.count
    return Figure(
      id: "confusions", title: "Where labels and evidence disagree",
      summary: """
        On \(Wording.counted(total, "record")) the evidence prefers another label than the given one. The commonest case: \
        given \(name: first.given), preferred \(name: first.evidence) \
        (\(Wording.counted(first.records, "record"))).\(pairs)
        """,
      content: "<div class=\"beside\">\(picture(labels))\(table)</div>",
      caption: """
        A row is a given label, a column the label that the evidence prefers. The darker a cell, the larger its share of \
        the row’s records. Not every disagreement is an error of the label: the evidence errs too.\(left > 0 ? " \(Wording.counted(left, "label")) with fewer disagreements are left out." : "")\(report.provenance.decisionsDigest == nil ? "" : " Records that people decided are not counted.")
        """
    ).markup
  }

  /// The labels in an order that puts those that are confused beside each other: after each label comes the
  /// one that it disagrees with most and that has no place yet.
  private var labels: [String] {
    var weight: [String: Int] = [:]
    for row in report.transitions {
      weight[row.given, default: 0] += row.records
      weight[row.evidence, default: 0] += row.records
    }
    let ranked = weight.keys.sorted { (weight[$0] ?? 0, $1) > (weight[$1] ?? 0, $0) }
      .prefix(Self.mostLabels)
    let kept = Set(ranked)
    var near: [String: [String: Int]] = [:]
    for row in report.transitions where kept.contains(row.given) && kept.contains(row.evidence) {
      near[row.given, default: [:]][row.evidence, default: 0] += row.records
      near[row.evidence, default: [:]][row.given, default: 0] += row.records
    }
    var placed: Set<String> = []
    var order: [String] = []
    for start in ranked where !placed.contains(start) {
      var next: String? = start
      while let label = next {
        placed.insert(label)
        order.append(label)
        next =
          near[label]?.filter { !placed.contains($0.key) }
          .max { ($0.value, $1.key) < ($1.value, $0.key) }?.key
      }
    }
    return order
  }

  private func picture(_ labels: [String]) -> Markup {
    let count = labels.count
    let isNamed = count <= Self.mostNamed
    let places = Dictionary(
      uniqueKeysWithValues: labels.enumerated().map { ($0.element, $0.offset) })
    let given = Dictionary(report.labels.map { ($0.label, $0.given) }, uniquingKeysWith: +)
    var paths = [Markup](repeating: "", count: Self.shades.count)
    var titles: Markup = ""
    var numbers: Markup = ""
    for (rank, row) in report.transitions.enumerated() {
      guard let y = places[row.given], let x = places[row.evidence] else { continue }
      let all = max(given[row.given] ?? 0, 1)
      let share = Double(row.records) / Double(all)
      let shade = Self.shades.lastIndex { share >= $0 } ?? 0
      paths[shade] += "M\(x) \(y)h1v1h-1z"
      if rank < Self.mostTitles {
        titles +=
          "<rect x=\"\(x)\" y=\"\(y)\" width=\"1\" height=\"1\"><title>given \(Markup.plain(row.given)), preferred \(Markup.plain(row.evidence)): \(row.records) of \(all)</title></rect>"
      }
      if isNamed {
        let ink = shade > 2 ? "light" : "dark"
        numbers +=
          "<text class=\"n \(ink)\" x=\"\(at(x, count))\" y=\"\(at(y, count))\">\(row.records)</text>"
      }
    }
    // The margins hold the names.
    let margin = isNamed ? 130.0 : 24.0
    let size = isNamed ? min(Self.side, Double(count) * 64) : Self.side
    let scale = size / Double(max(count, 1))
    var axes: Markup = ""
    if isNamed {
      for (place, label) in labels.enumerated() {
        let middle = Coordinate.text(Double(place) * scale + scale / 2)
        axes +=
          "<text class=\"row\" x=\"-6\" y=\"\(middle)\">\(Self.cut(label))</text><text class=\"column\" transform=\"translate(\(middle) -6) rotate(-50)\">\(Self.cut(label))</text>"
      }
    }
    let whole = Coordinate.text(size + margin + (isNamed ? 64 : 8))
    let high = Coordinate.text(size + margin + 8)
    let offset = Coordinate.text(margin)
    let shaded = paths.enumerated().map { index, path -> Markup in
      path.text.isEmpty ? "" : "<path class=\"h\(index)\" d=\"\(path)\"/>"
    }
    return """
      <div class="scroll picture" tabindex="0" role="region" aria-label="Picture of the disagreements">\
      <svg class="heat" viewBox="0 0 \(whole) \(high)" width="\(whole)" height="\(high)" \(Figure.image("confusions"))>
      <text class="axis" x="\(Coordinate.text(margin + size / 2))" y="12">preferred by the evidence</text>
      <text class="axis" transform="translate(12 \(Coordinate.text(margin + size / 2))) rotate(-90)">given</text>
      <g transform="translate(\(offset) \(offset))"><g transform="scale(\(Coordinate.text(scale)))">
      <rect class="ground" width="\(count)" height="\(count)"/><path class="diagonal" d="\(diagonal(count))"/>
      \(shaded)<g class="hit">\(titles)</g></g>
      <g transform="scale(\(Coordinate.text(scale / 100)))" class="numbers">\(numbers)</g>
      \(axes)</g></svg></div>

      """
  }

  /// Cells with the number of records as a title.
  private static let mostTitles = 300

  private func diagonal(_ count: Int) -> Markup {
    "\((0..<count).map { place -> Markup in "M\(place) \(place)h1v1h-1z" })"
  }

  /// The middle of a cell in hundredths of a cell.
  private func at(_ place: Int, _ count: Int) -> Int { place * 100 + 50 }

  private var table: Markup {
    let rows = report.transitions.prefix(Self.mostRows).map { row -> Markup in
      "<tr><td>\(name: row.given)</td><td>\(name: row.evidence)</td><td class=\"num\">\(Wording.grouped(row.records))</td></tr>"
    }
    return """
      <div class="scroll" tabindex="0" role="region" aria-label="The commonest disagreements"><table><caption>The commonest disagreements</caption>
      <thead><tr><th scope="col">Given</th><th scope="col">Preferred</th><th scope="col" class="num">Records</th></tr></thead>
      <tbody>\(rows)</tbody></table></div>

      """
  }

  /// A name that fits beside the picture.
  static func cut(_ label: String, _ width: Int = 18) -> String {
    let plain = Markup.plain(label)
    return plain.count > width ? plain.prefix(width - 1) + "…" : plain
  }
}
