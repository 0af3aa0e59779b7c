// HTMLReport owns the page that shows a report in a browser: its text, its pictures, its style sheet and its
// script, in one file that loads nothing. It receives a `RunReport` and knows nothing of how numbers were
// found, and no file.
package import Report

/// A report as one HTML page.
///
/// The page loads nothing: style sheet and script are in it, and its content security policy allows these two
/// alone, by their digests. Whatever comes from the dataset goes through `Markup`, which escapes it. The same
/// report gives the same bytes.
package struct HTMLReport: Sendable {
  let report: RunReport

  /// The page never has more bytes than this; docs/REPORT.md says what is left out where there is too much.
  package static let mostBytes = 2_000_000

  package init(_ report: RunReport) {
    // As in the JSON form, so that a page made of that has the same bytes.
    self.report = report.rounded()
  }

  /// The page in UTF-8.
  ///
  /// - Complexity: linear in the report's size.
  package var bytes: [UInt8] { Array(page(sections).text.utf8) }

  private func page(_ sections: [Section]) -> Markup {
    Page(
      title: report.input.name, brand: "emend report", sections: sections,
      footer:
        "Made by emend \(report.provenance.version). This page loads nothing and sends nothing. It holds "
        + "texts of the dataset, so keep it as you keep the dataset."
    ).markup
  }

  private var sections: [Section] {
    let before = [
      OverviewSection(report: report).section, PictureSection(report: report).section,
    ].compactMap(\.self)
    let after = [
      HealthSection(report: report).section, QuerySection(report: report).section,
      AnnotatorSection(report: report).section, ProvenanceSection(report: report).section,
    ].compactMap(\.self)
    // The suspects get what the others leave.
    let used = page(before + after).text.utf8.count
    let suspects = SuspectSection(report: report, mostBytes: Self.mostBytes - used).section
    return before + [suspects].compactMap(\.self) + after
  }
}

/// A part of the page that the navigation names.
struct Section {
  let id: String
  let title: String
  let content: Markup

  var link: Markup { "<li><a href=\"#\(id)\">\(title)</a></li>" }

  var markup: Markup {
    """
    <section id="\(id)" aria-labelledby="\(id)-title">
    <h2 id="\(id)-title">\(title)</h2>
    \(content)</section>

    """
  }
}
