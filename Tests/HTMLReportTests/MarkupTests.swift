import Testing

@testable import HTMLReport

@Suite("Markup") struct MarkupTests {
  @Test("what is interpolated is escaped, in content and in attributes")
  func escaping() {
    let hostile = "</script><img src=x onerror='alert(1)'>\"&\u{0}\u{9B}"
    let markup: Markup = "<p title=\"\(hostile)\">\(hostile)</p>"
    let escaped =
      "&lt;/script&gt;&lt;img src=x onerror=&#39;alert(1)&#39;&gt;&quot;&amp;\u{FFFD}\u{FFFD}"
    #expect(markup.text == "<p title=\"\(escaped)\">\(escaped)</p>")
  }
}
