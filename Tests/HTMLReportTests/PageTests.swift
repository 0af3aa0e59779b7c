import Assessments
import Crypto
import Foundation
import Report
import Testing

@testable import HTMLReport

@Suite("Report as a page") struct PageTests {
  private func page(_ report: RunReport) -> String {
    String(decoding: HTMLReport(report).bytes, as: UTF8.self)
  }

  @Test("the page made of the JSON report has the same bytes")
  func ofJSON() throws {
    let report = fullReport("words", suspects: 40)
    let read = try RunReport(json: Data(report.json()))
    #expect(page(read) == page(report))
  }

  @Test(
    "no text of a dataset becomes a tag, an attribute, a script or an entity",
    arguments: [
      "</script><script>alert(1)</script>", "\" onmouseover=\"alert(1)", "' onload='alert(1)",
      "--><img src=x onerror=alert(1)><!--", "</style><style>*{display:none}", "&lt;b&gt;",
      "<svg onload=alert(1)>", "]]></title><a href=javascript:alert(1)>x",
    ])
  func hostileTexts(text: String) throws {
    let page = page(fullReport(text))
    #expect(!page.contains(text))
    #expect(page.contains(escaped(text)))
    // The tags are those of the page with a harmless text in place of the hostile one.
    #expect(try tags(page) == tags(self.page(fullReport("words"))))
  }

  private func escaped(_ text: String) -> String {
    text.replacing("&", with: "&amp;").replacing("<", with: "&lt;").replacing(">", with: "&gt;")
      .replacing("\"", with: "&quot;").replacing("'", with: "&#39;")
  }

  /// Every tag with the names of its attributes, in order.
  private func tags(_ page: String) throws -> [String] {
    let body = try page.replacing(Regex("(?s)<script>.*</script>"), with: "")
      .replacing(Regex("(?s)<style>.*</style>"), with: "")
    return try body.matches(of: Regex("<[^>]*>")).map { match in
      try String(body[match.range]).replacing(Regex("\"[^\"]*\""), with: "\"\"")
    }
  }

  @Test("the content security policy allows the page's own style and script, and nothing else")
  func policy() throws {
    let page = page(fullReport("words"))
    func digest(_ tag: String) throws -> String {
      let match = try #require(try page.firstMatch(of: Regex("(?s)<\(tag)>(.*)</\(tag)>")))
      let content = try #require(match.output[1].substring)
      return "sha256-" + Data(SHA256.hash(data: Data(content.utf8))).base64EncodedString()
    }
    let policy =
      "default-src 'none'; style-src '\(try digest("style"))'; script-src '\(try digest("script"))'; "
      + "base-uri 'none'; form-action 'none'"
    #expect(page.contains("content=\"\(escaped(policy))\""))
    #expect(page.matches(of: try Regex("<script")).count == 1)
    #expect(page.matches(of: try Regex("<style")).count == 1)
    // Nothing is loaded, and no element has a style of its own, which the policy would forbid.
    #expect(
      try page.firstMatch(of: Regex("<link|<img|<iframe| src=| style=|@import|url\\(")) == nil)
    #expect(!page.contains("http://") && !page.contains("https://"))
  }

  @Test("a page of long texts stays below its limit and says how many suspects it shows")
  func size() throws {
    // Each of these characters takes six times its bytes on the page.
    let long = String(repeating: "\"'&", count: 200)
    var report = fullReport("words", suspects: 500)
    report.counts.flagged = 700
    // Names of 120 bytes and texts of 600 characters: every part of the section is as long as it can be.
    for index in report.suspects.indices {
      report.suspects[index].text = long
      report.suspects[index].label = "\(index) \(long)"
      report.suspects[index].proposal = "\(index + 1) \(long)"
      report.suspects[index].nearest = report.suspects[index].nearest?.map {
        RunReport.Suspect.Nearest(
          line: $0.line, label: long, similarity: 0.5, text: String(long.prefix(200)))
      }
    }
    report.labels = (0..<3_000).map {
      RunReport.LabelRow(
        label: "\(long)\($0)", given: 3, flagged: 1, correctedAway: 0, correctedTo: 0,
        meanCredibility: 0.5)
    }
    report.transitions = (0..<1_000).map {
      RunReport.TransitionRow(given: "\(long)\($0)", evidence: "\(long)\($0 + 1)", records: 1)
    }
    let page = page(report)
    #expect(page.utf8.count <= HTMLReport.mostBytes)
    let shown = page.matches(of: try Regex("<article ")).count
    #expect((50...500).contains(shown))
    #expect(page.contains("The \(shown) most suspect of 701 are shown"))
    #expect(page.hasSuffix("</html>\n"))
    // What is left out would not have fitted beside a filter with all pairs.
    #expect(page.utf8.count > HTMLReport.mostBytes - 500_000)
  }

  @Test("a filter of many long pairs takes its bytes from the suspects, and from nothing else")
  func filterSize() throws {
    let long = String(repeating: "\"'&", count: 40)
    var report = fullReport("words", suspects: 500)
    for index in report.suspects.indices {
      report.suspects[index].label = "\(index) \(long)"
      report.suspects[index].proposal = "\(index + 1) \(long)"
      report.suspects[index].text = String(repeating: "x", count: 2_500)
    }
    let page = page(report)
    let shown = page.matches(of: try Regex("<article ")).count
    // The filter has no pair of a suspect that is left out.
    #expect(
      page.matches(of: try Regex("<option value=\"[0-9]")).count == min(shown, 300))
    #expect((100...480).contains(shown))
    #expect(page.utf8.count <= HTMLReport.mostBytes)
  }

  @Test("parts about which the report says nothing are left out")
  func plain() throws {
    var report = fullReport("words")
    report.suspects = []
    report.retrieval = nil
    report.annotators = nil
    report.transitions = []
    report.labels = []
    report.credibility = nil
    report.map = nil
    report.findings = []
    report.notes = []
    report.errorRate = nil
    report.counts = RunReport.Counts()
    let page = page(report)
    for id in ["suspects", "queries", "annotators", "pictures"] {
      #expect(!page.contains("id=\"\(id)\""))
    }
    #expect(page.contains("Nothing odd was found"))
    #expect(page.contains("The file has no labels."))
  }

  @Test("a text is read in its own direction, and a name cannot hide characters")
  func directions() {
    let page = page(fullReport("שלום \u{202E}abc\u{200B}"))
    #expect(page.contains("<p class=\"text\" dir=\"auto\">שלום \u{202E}abc\u{200B}</p>"))
    #expect(page.contains("<bdi>שלום \\u202eabc\\u200b</bdi>"))
  }

  @Test("the first screen says in words what was done and how sure it is")
  func overview() {
    let page = page(fullReport("words"))
    #expect(page.contains("<strong>20 labels were replaced.</strong> 20 more are suspect"))
    #expect(page.contains("<strong>Probably 8.0\u{A0}%</strong>"))
    #expect(page.contains("between 5.0\u{A0}% and 31\u{A0}%"))
    #expect(page.contains("35 to 214 of 690 labels"))
    #expect(page.contains("check 100 records, drawn at random"))
    #expect(page.contains("<code>emend revert NAME.jsonl</code>"))
  }

  @Test(
    "a suspect and its neighbours show their own texts, also where several records share a line")
  func sharedLine() {
    var report = fullReport("words", suspects: 2)
    for (place, text) in ["red apples", "green pears"].enumerated() {
      report.suspects[place].line = 1
      report.suspects[place].text = text
      report.suspects[place].nearest = [
        RunReport.Suspect.Nearest(
          line: 1, label: "other", similarity: 0.5, text: "near \(text)")
      ]
    }
    let page = page(report)
    for text in ["red apples", "green pears", "near red apples", "near green pears"] {
      #expect(page.contains(">\(text)<"))
    }
  }

  @Test("a measured rate is no guess, and a replaced label has no bytes of its own")
  func measured() {
    var report = fullReport("words")
    report.errorRate = ErrorRate(
      estimate: 0.08, low: 0.05, high: 0.31, basis: "\(ErrorRate.measured): words")
    let measured = page(report)
    #expect(measured.contains("<strong>8.0\u{A0}%</strong>, measured on what people decided"))
    #expect(measured.contains("90\u{A0}% confidence"))
    #expect(!measured.contains("Probably 8.0") && !measured.contains("nine of ten such files"))
    #expect(!measured.contains("count the wrong ones"))
    #expect(measured.contains("its own bytes, but for the 20 labels that were replaced."))
    report.counts.corrected = 0
    #expect(page(report).contains("with its own bytes. Each has"))
  }

  @Test("where no label was judged, the page says that, and not what an estimate needs")
  func notJudged() {
    var report = fullReport("words")
    report.errorRate = nil
    #expect(page(report).contains("There is no estimate: it needs records"))
    report.credibility = nil
    report.witness?.explanation = "Nothing that was read of the records predicts their labels."
    let page = page(report)
    #expect(page.contains("since no label was judged. Nothing that was read"))
    #expect(!page.contains("it needs records with one label each"))
  }

  @Test("what people decided is not left to people")
  func decided() {
    var report = fullReport("words")
    report.counts.decidedInReview = 20
    report.counts.flagged = 0
    let all = page(report)
    #expect(all.contains("<strong>20 labels were replaced.</strong> No other label is suspect."))
    #expect(all.contains("20 are wrong, as people decided, and were not changed."))
    #expect(!all.contains("a person should decide"))
    report.counts.decidedInReview = 1
    #expect(page(report).contains("19 more are suspect and were not changed: a person should"))
  }

  @Test("a report without findings is told from one that did not look")
  func noFindings() {
    var report = fullReport("words")
    report.findings = nil
    #expect(page(report).contains("did not look"))
    #expect(!page(report).contains("Nothing odd was found"))
  }

  @Test("suspects of queries alone have no neighbours and no bars")
  func queriesAlone() {
    var report = fullReport("words")
    report.suspects = []
    let page = page(report)
    #expect(page.contains("Each passage stands below its query."))
    #expect(!page.contains("that are most like it") && !page.contains("The bars show"))
  }

  @Test("disagreements are all counted, and lists of labels are counted as lists")
  func totals() {
    var report = fullReport("words")
    report.disagreements = 1_234
    #expect(page(report).contains("On 1,234 records the evidence prefers another label"))
    #expect(
      page(report).contains("The 1 commonest pairs are listed; they have 20 of these records."))
    #expect(page(report).contains("Of 600 labels, 40 are suspect."))
    report.counts.flagged = 25
    report.hasLists = true
    #expect(page(report).contains("25 lists of labels are suspect. A list is counted at each"))
  }
}
