// HTMLReport owns the page that shows a report in a browser: its text, its pictures, its style sheet and its
// script, in one file that loads nothing. It receives a `RunReport` and knows nothing of how numbers were
// found, and no file.
import Digests
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
    let style = String(decoding: PackageResources.page_css, as: UTF8.self)
    let script = String(decoding: PackageResources.page_js, as: UTF8.self)
    let policy =
      "default-src 'none'; style-src '\(Self.hash(style))'; script-src '\(Self.hash(script))'; "
      + "base-uri 'none'; form-action 'none'"
    return """
      <!DOCTYPE html>
      <html lang="en">
      <head>
      <meta charset="utf-8">
      <meta http-equiv="Content-Security-Policy" content="\(policy)">
      <meta name="viewport" content="width=device-width, initial-scale=1">
      <meta name="color-scheme" content="light dark">
      <meta name="referrer" content="no-referrer">
      <title>\(Markup.plain(report.input.name)) – emend report</title>
      <style>\(trusted: style)</style>
      </head>
      <body>
      <a class="skip" href="#main">Skip to the content</a>
      <header>
      <p class="brand">emend report</p>
      <h1>\(name: report.input.name)</h1>
      <nav aria-label="Sections"><ul>\(sections.map(\.link))</ul></nav>
      </header>
      <main id="main" tabindex="-1">
      \(sections.map(\.markup))</main>
      <footer><p>Made by emend \(report.provenance.version). This page loads nothing and sends nothing. It holds \
      texts of the dataset, so keep it as you keep the dataset.</p></footer>
      <script>\(trusted: script)</script>
      </body>
      </html>

      """
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

  /// The source expression of an inline element in a content security policy (W3C CSP 3, section 2.3.1).
  private static func hash(_ text: String) -> String {
    let digits = Array(
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".unicodeScalars)
    let bytes = Digest.bytes(of: Array(text.utf8))
    var encoded = String.UnicodeScalarView()
    for start in stride(from: 0, to: bytes.count, by: 3) {
      let group = (0..<3).map { start + $0 < bytes.count ? Int(bytes[start + $0]) : 0 }
      let bits = group[0] << 16 | group[1] << 8 | group[2]
      for place in 0..<4 {
        encoded.append(
          start + place > bytes.count ? "=" : digits[bits >> (18 - 6 * place) & 63])
      }
    }
    return "sha256-\(String(encoded))"
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
