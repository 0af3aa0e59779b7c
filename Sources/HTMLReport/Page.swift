import Digests

/// A page that loads nothing: style sheet and script are in it, and its content security policy allows these two
/// alone, by their digests.
struct Page {
  /// What the page is about.
  let title: String
  let brand: String
  let sections: [Section]
  let footer: String

  var markup: Markup {
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
      <title>\(Markup.plain(title)) – \(brand)</title>
      <style>\(trusted: style)</style>
      </head>
      <body>
      <a class="skip" href="#main">Skip to the content</a>
      <header>
      <p class="brand">\(brand)</p>
      <h1>\(name: title)</h1>
      <nav aria-label="Sections"><ul>\(sections.map(\.link))</ul></nav>
      </header>
      <main id="main" tabindex="-1">
      \(sections.map(\.markup))</main>
      <footer><p>\(footer)</p></footer>
      <script>\(trusted: script)</script>
      </body>
      </html>

      """
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
