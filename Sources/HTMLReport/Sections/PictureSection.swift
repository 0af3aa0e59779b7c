import Report

/// The pictures of labels, credibility and vectors.
struct PictureSection {
  let report: RunReport

  var section: Section? {
    let content: Markup = "\(figures)"
    guard !content.text.isEmpty else { return nil }
    return Section(id: "pictures", title: "Pictures", content: content)
  }

  private var figures: [Markup] {
    [
      HeatMap(report: report).figure, LabelTable(report: report).figure,
      report.credibility.map { CredibilityHistogram(facts: $0).figure },
      report.credibility.flatMap { YieldCurve(facts: $0, report: report).figure },
      report.map.map { MapPicture(map: $0).figure },
    ].compactMap(\.self)
  }
}

/// A picture with a heading, a sentence that says what it shows, and an explanation.
struct Figure {
  let id: String
  let title: String
  /// What the picture shows, in a sentence, for those who cannot see it and those who can.
  let summary: Markup
  let content: Markup
  /// How to read it.
  let caption: Markup

  var markup: Markup {
    """
    <figure id="\(id)">
    <h3 id="\(id)-title">\(title)</h3>
    <p id="\(id)-summary">\(summary)</p>
    \(content)
    <figcaption>\(caption)</figcaption>
    </figure>

    """
  }

  /// The attributes by which an SVG picture is announced as one image with title and summary.
  static func image(_ id: String) -> Markup {
    "role=\"img\" aria-labelledby=\"\(id)-title\" aria-describedby=\"\(id)-summary\""
  }
}
