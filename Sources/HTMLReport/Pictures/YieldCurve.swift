import Assessments
import Report

/// What checking the first N labels is expected to find.
struct YieldCurve {
  let facts: CredibilityFacts
  let report: RunReport

  private static let width = 600.0
  private static let height = 220.0

  private struct Point {
    let checked: Int
    let wrong: Double
  }

  private var points: [Point] {
    zip(facts.checked, facts.expectedWrong).map { Point(checked: $0, wrong: $1) }
  }

  var figure: Markup? {
    guard let last = points.last, facts.expectedTotal >= 1, let middle = example else { return nil }
    let labels = Double(facts.kept.reduce(0, +) + facts.flagged.reduce(0, +))
    let atRandom = Double(middle.checked) / max(labels, 1) * facts.expectedTotal
    return Figure(
      id: "yield", title: "What checking finds",
      summary: """
        Of the first \(Wording.grouped(middle.checked)) labels in the order of review, about \
        \(Wording.grouped(Int(middle.wrong.rounded()))) are expected to be wrong; of as many drawn at random, about \
        \(Wording.grouped(Int(atRandom.rounded()))).
        """,
      content: picture(last, labels: labels),
      caption: """
        The number of wrong labels that are expected among the first N in the order of review: the sum of \
        1 − credibility. The dashed line is the same for N records drawn at random.\(caution)
        """
    ).markup
  }

  private var caution: Markup {
    guard let rate = report.errorRate, rate.isWide else { return "" }
    return
      " How many labels are wrong is not well known here (\(Wording.range(rate.low, rate.high))), so these numbers are rough; the order does not depend on it."
  }

  /// The point that the summary names: about as many as are flagged, 200 at most.
  private var example: Point? {
    let flagged = facts.flagged.reduce(0, +)
    let wanted = min(max(flagged, 20), 200)
    return points.min { abs($0.checked - wanted) < abs($1.checked - wanted) }
  }

  private func picture(_ last: Point, labels: Double) -> Markup {
    let top = max(last.wrong, 1)
    func x(_ count: Double) -> String {
      Coordinate.text(count / Double(last.checked) * Self.width)
    }
    func y(_ wrong: Double) -> String { Coordinate.text(Self.height - wrong / top * Self.height) }
    let curve = points.map { point -> Markup in
      "L\(x(Double(point.checked))) \(y(point.wrong))"
    }
    let random = Double(last.checked) / max(labels, 1) * facts.expectedTotal
    let across = Self.ticks(upTo: Double(last.checked)).map { value -> Markup in
      "<text class=\"tick\" x=\"\(x(Double(value)))\" y=\"\(Int(Self.height) + 18)\">\(Wording.grouped(value))</text>"
    }
    let up = Self.ticks(upTo: top).map { value -> Markup in
      "<path class=\"grid\" d=\"M0 \(y(Double(value)))H\(Int(Self.width))\"/><text class=\"tick left\" x=\"-6\" y=\"\(y(Double(value)))\">\(Wording.grouped(value))</text>"
    }
    return """
      <svg class="chart" viewBox="-70 -14 690 276" \(Figure.image("yield"))>
      \(up)\(across)<path class="base" d="M0 \(Int(Self.height))H\(Int(Self.width))"/>
      <path class="random" d="M0 \(Int(Self.height))L\(Int(Self.width)) \(y(random))"/>
      <path class="curve" d="M0 \(Int(Self.height))\(curve)"/>
      <text class="axis" x="\(Int(Self.width / 2))" y="\(Int(Self.height) + 36)">labels checked, the least credible first</text>
      <text class="axis" transform="translate(-58 \(Int(Self.height / 2))) rotate(-90)">expected wrong</text></svg>
      """
  }

  /// Round numbers from 0 to at most `end`: three to seven of them.
  private static func ticks(upTo end: Double) -> [Int] {
    var step = 1
    let factors = [2, 5, 10]
    var power = 1
    var place = 0
    while Double(step) * 6 < end {
      step = power * factors[place]
      place += 1
      if place == factors.count {
        place = 0
        power *= 10
      }
    }
    return Array(stride(from: 0, through: Int(end), by: step))
  }
}
