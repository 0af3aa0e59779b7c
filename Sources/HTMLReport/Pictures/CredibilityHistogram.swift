import Report

/// How many labels have each credibility.
struct CredibilityHistogram {
  let facts: CredibilityFacts

  private static let width = 640.0
  private static let height = 200.0

  var figure: Markup {
    let total = facts.kept.reduce(0, +) + facts.flagged.reduce(0, +)
    let flagged = facts.flagged.reduce(0, +)
    return Figure(
      id: "credibility", title: "How credible the labels are",
      summary: """
        \(Wording.grouped(flagged)) of \(Wording.counted(total, "label")) are flagged as suspect.\
        \(facts.flagLine.map { " Of all lines, the one at a credibility of \(Wording.decimal($0)) leaves the fewest labels on the wrong side." } ?? "")
        """,
      content: picture,
      caption:
        "Credibility is the estimated probability that the given label is right: 0 is suspect, 1 is sound. The heights of the bars are square roots of the counts above them, so that small groups can be seen."
    ).markup
  }

  private var picture: Markup {
    let bins = facts.kept.count
    let highest = zip(facts.kept, facts.flagged).map { $0 + $1 }.max() ?? 0
    let step = Self.width / Double(max(bins, 1))
    func height(_ count: Int) -> Double {
      highest > 0 ? (Double(count) / Double(highest)).squareRoot() * Self.height : 0
    }
    var bars: Markup = ""
    for bin in 0..<bins {
      let (kept, flagged) = (facts.kept[bin], facts.flagged[bin])
      guard kept + flagged > 0 else { continue }
      let all = height(kept + flagged)
      // The two parts share the bar in proportion to their counts.
      let lower = all * Double(flagged) / Double(kept + flagged)
      let x = Coordinate.text(Double(bin) * step + 1)
      let wide = Coordinate.text(step - 2)
      func bar(_ kind: String, from low: Double, to high: Double) -> Markup {
        high - low > 0
          ? "<rect class=\"\(kind)\" x=\"\(x)\" y=\"\(Coordinate.text(Self.height - high))\" width=\"\(wide)\" height=\"\(Coordinate.text(high - low))\"/>"
          : ""
      }
      bars += bar("flagged", from: 0, to: lower)
      bars += bar("kept", from: lower, to: all)
      let middle = Coordinate.text(Double(bin) * step + step / 2)
      bars +=
        "<text class=\"count\" x=\"\(middle)\" y=\"\(Coordinate.text(Self.height - all - 4))\">\(Self.compact(kept + flagged))</text>"
    }
    let ticks = [0, 0.25, 0.5, 0.75, 1].map { value -> Markup in
      let text = value == 0 ? "0" : value == 1 ? "1" : Wording.decimal(value)
      return
        "<text class=\"tick\" x=\"\(Coordinate.text(value * Self.width))\" y=\"\(Int(Self.height) + 18)\">\(text)</text>"
    }
    let line = facts.flagLine.map { value -> Markup in
      let x = Coordinate.text(value * Self.width)
      return "<path class=\"line\" d=\"M\(x) -8V\(Int(Self.height))\"/>"
    }
    return """
      <svg class="chart" viewBox="-20 -24 680 266" \(Figure.image("credibility"))>
      \(bars)<path class="base" d="M0 \(Int(Self.height))H\(Int(Self.width))"/>\(line ?? "")\(ticks)
      <text class="axis" x="\(Int(Self.width / 2))" y="\(Int(Self.height) + 38)">credibility of the given label</text></svg>
      <p class="legend"><span class="key flagged"></span> flagged as suspect <span class="key kept"></span> not flagged</p>
      """
  }

  /// A count that fits over a narrow bar: `950`, `1.2k`, `23k`.
  private static func compact(_ count: Int) -> String {
    switch count {
    case ..<1_000: "\(count)"
    case ..<10_000: "\(count / 1000).\(count / 100 % 10)k"
    case ..<1_000_000: "\(count / 1000)k"
    default: "\(count / 1_000_000)M"
    }
  }
}
