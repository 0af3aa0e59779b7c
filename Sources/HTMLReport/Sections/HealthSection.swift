import Assessments
import Report

/// What is odd about the dataset, with examples.
struct HealthSection {
  let report: RunReport

  /// Examples of each finding.
  private static let mostExamples = 5

  var section: Section {
    let findings = (report.findings ?? []).bySeverity
    let content: Markup =
      report.findings == nil
      ? "<p>The version of emend that made this report did not look at the file’s health.</p>\n"
      : findings.isEmpty
        ? "<p>Nothing odd was found: no text with several labels, no empty text, no label that is rare or spelled in several ways.</p>\n"
        : "<p>What emend noticed about the file, the most important first.</p>\n<div class=\"findings\">\(findings.map(item))</div>\n"
    return Section(id: "health", title: "The dataset’s health", content: "\(content)\(notes)")
  }

  private func item(_ finding: Finding) -> Markup {
    let count: Markup =
      finding.count > 0
      ? " <span class=\"count\">\(Wording.counted(finding.count, finding.placeWord))</span>" : ""
    let remedy: Markup = finding.remedy.isEmpty ? "" : "<p>\(Self.sentence(finding.remedy))</p>"
    return """
      <div class="finding \(finding.severity.rawValue)"><h3>\(Self.title(finding.code))\(count)</h3>
      <p>\(Self.sentence(finding.sentence))</p>\(remedy)\(examples(finding))</div>

      """
  }

  private func examples(_ finding: Finding) -> Markup {
    let shown = finding.lines.prefix(Self.mostExamples)
    guard !shown.isEmpty else { return "" }
    let texts = shown.compactMap { line in report.excerpts?[line].map { (line, $0) } }
    guard !texts.isEmpty else {
      let numbers = Array(Set(finding.lines)).sorted()
      let lines = numbers.map(String.init).joined(separator: ", ")
      return
        "<p class=\"small\">\(finding.placeTitle)\(numbers.count == 1 ? "" : "s") \(lines)\(finding.count > finding.lines.count ? ", …" : "")</p>"
    }
    let rows = texts.map { line, excerpt -> Markup in
      let label: Markup = excerpt.label.map { "<b class=\"other\">\(name: $0)</b> " } ?? ""
      return "<li value=\"\(line)\">\(label)<span dir=\"auto\">\(excerpt.text)</span></li>"
    }
    let more = finding.count - texts.count
    let rest: Markup =
      more > 0 ? "<p class=\"small\">and \(Wording.counted(more, finding.placeWord)) more</p>" : ""
    return
      "<ol class=\"lines\" aria-label=\"Examples, by \(finding.placeWord)\">\(rows)</ol>\(rest)"
  }

  private var notes: Markup {
    // Those that repeat a finding are left out.
    let texts = Set((report.findings ?? []).map(\.text))
    let others = report.notes.filter { !texts.contains($0) }
    guard !others.isEmpty else { return "" }
    return
      "<h3>Also</h3><ul>\(others.map { note -> Markup in "<li>\(Self.sentence(note))</li>" })</ul>\n"
  }

  private static func sentence(_ text: String) -> String {
    let start = text.prefix(1).uppercased() + text.dropFirst()
    return start.hasSuffix(".") ? start : start + "."
  }

  /// The code in words.
  private static func title(_ code: FindingCode) -> String {
    let words = code.rawValue.split(separator: "-").joined(separator: " ")
    return words.prefix(1).uppercased() + words.dropFirst()
  }
}
