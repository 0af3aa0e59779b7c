import Assessments
import Report

/// What came in, what went out, what was changed and why, how many labels are wrong, and what to do next.
struct OverviewSection {
  let report: RunReport

  var section: Section {
    Section(id: "overview", title: "At a glance", content: content)
  }

  private var counts: RunReport.Counts { report.counts }
  /// The output's name.
  private var output: String { "NAME\(report.output?.suffix ?? ".jsonl")" }
  private var labelled: Int {
    report.labels.isEmpty
      ? 0 : counts.kept + counts.corrected + counts.review + counts.protected
  }

  private var content: Markup {
    """
    <div class="cards">
    <div class="card"><h3>What came in</h3><p>\(cameIn)</p></div>
    <div class="card"><h3>What went out</h3><p>\(wentOut)</p></div>
    <div class="card wide"><h3>What was changed, and why</h3>\(changed)</div>
    <div class="card wide"><h3>How many labels are wrong</h3>\(errors)</div>
    </div>
    <h3>What to do next</h3>
    <ol class="next">\(next)</ol>
    <p class="small" id="name-note">NAME stands for the name of this page without <code>.report.html</code>.</p>

    """
  }

  // MARK: - In and out

  private var cameIn: Markup {
    let input = report.input
    var text: Markup =
      "<strong>\(Wording.counted(input.records, "record"))</strong> (\(Wording.size(input.bytes)))"
    if report.labels.count > 1 { text += " with \(Wording.counted(report.labels.count, "label"))" }
    text += "."
    if counts.proposed > 0 {
      let verb = counts.proposed == 1 ? "has" : "have"
      text += " \(Wording.grouped(counts.proposed)) of them \(verb) no label."
    }
    if counts.protected > 0 {
      let verb = counts.protected == 1 ? "is" : "are"
      text += " \(Wording.grouped(counts.protected)) \(verb) trusted, and never changed."
    }
    if let retrieval = report.retrieval {
      text +=
        " \(Wording.counted(retrieval.queries, "query", many: "queries")) with \(Wording.counted(retrieval.passages, "passage"))."
    }
    return text
  }

  private var wentOut: Markup {
    let rejected = report.input.rejected
    let isTable = [".csv", ".tsv"].contains { output.contains($0) }
    let added: Markup =
      isTable
      ? "Each has further columns, <code>emend_…</code>,"
      : "Each has one member more, <code>emend</code>,"
    var text: Markup =
      "<code>\(output)</code> has every usable record, in the same order and with its own bytes\(replaced). \(added) with what was found."
    if rejected > 0 {
      let them = rejected == 1 ? "it" : "them"
      text +=
        " \(Wording.counted(rejected, "line")) could not be used; <code>NAME.rejected.jsonl</code> has \(them), with the reason."
    }
    return text
  }

  private var replaced: String {
    switch counts.corrected {
    case 0: ""
    case 1: ", but for the label that was replaced"
    case let count: ", but for the \(Wording.grouped(count)) labels that were replaced"
    }
  }

  // MARK: - Changes

  private var changed: Markup {
    var text: Markup = ""
    if !report.labels.isEmpty {
      let decided = counts.decidedInReview ?? 0
      let review = counts.review - decided
      let more = counts.corrected > 0 ? " more" : ""
      text += "<p><strong>\(changes).</strong> "
      if review > 0 {
        let wrong = report.wordsOfExpectedWrong.map { " (\($0))" } ?? ""
        text +=
          "\(Wording.grouped(review))\(more) \(review == 1 ? "is" : "are") suspect\(wrong) and \(review == 1 ? "was" : "were") not changed: a person should decide. "
      } else if counts.flagged == 0, report.credibility != nil {
        text +=
          counts.corrected + decided > 0 ? "No other label is suspect. " : "No label is suspect. "
      }
      if decided > 0 {
        let verb = decided == 1 ? "is" : "are"
        text +=
          "\(Wording.grouped(decided)) \(verb) wrong, as people decided, and \(decided == 1 ? "was" : "were") not changed. "
      }
      if counts.proposed > 0 {
        let was =
          counts.proposed == 1 ? "record without a label has" : "records without a label have"
        text += "\(Wording.grouped(counts.proposed)) \(was) a proposal."
      }
      text += "</p>"
    }
    if let names = report.witness {
      text += "<p>\(names.explanation.replacing(" %", with: "\u{A0}%"))</p>"
    }
    if let comparison = report.comparison {
      text += "<p>\(comparison.explanation.replacing(" %", with: "\u{A0}%"))</p>"
    }
    if let retrieval = report.retrieval {
      text +=
        "<p>\(Wording.counted(retrieval.useful, "passage")) \(retrieval.useful == 1 ? "was" : "were") chosen as useful. "
      if retrieval.labelled > 0 {
        text +=
          "Of \(Wording.counted(retrieval.labelled, "label")) of passages, \(Wording.grouped(retrieval.flagged)) \(retrieval.flagged == 1 ? "is" : "are") suspect; none was changed. "
      }
      text += "Scored by \(retrieval.scorer): \(retrieval.reason)</p>"
    }
    return text
  }

  private var changes: String {
    switch counts.corrected {
    case 0: "No label was changed"
    case let count: "\(Wording.counted(count, "label")) \(count == 1 ? "was" : "were") replaced"
    }
  }

  // MARK: - Errors

  private var errors: Markup {
    guard let rate = report.errorRate else {
      return "<p>\(unknownRate)</p>"
    }
    let all = labelled
    let low = Int((rate.low * Double(all)).rounded())
    let high = Int((rate.high * Double(all)).rounded())
    let many =
      low == high
      ? "about \(Wording.counted(low, "label"))"
      : "\(Wording.grouped(low)) to \(Wording.grouped(high)) of \(Wording.counted(all, "label"))"
    var text: Markup =
      rate.isMeasured
      ? "<p><strong>\(Wording.percent(rate.estimate))</strong>, measured on what people decided; with 90\u{A0}% confidence it is between \(Wording.percent(rate.low)) and \(Wording.percent(rate.high)): \(many).</p>"
      : "<p><strong>Probably \(Wording.percent(rate.estimate))</strong>; in nine of ten such files it is between \(Wording.percent(rate.low)) and \(Wording.percent(rate.high)): \(many).</p>"
    if rate.isWide {
      text +=
        rate.isMeasured
        ? "<p>More decisions about records drawn at random (<code>emend run --audit \(report.auditSize) FILE</code>) make it narrower.</p>"
        : "<p>That is too wide to be an answer: check \(report.auditSize) records, drawn at random (<code>emend run --audit \(report.auditSize) FILE</code>), and count the wrong ones.</p>"
    }
    text += "<p class=\"small\">It is \(rate.basis).</p>"
    return text
  }

  private var unknownRate: String {
    if report.labels.isEmpty {
      return report.retrieval == nil
        ? "The file has no labels."
        : "The file has no labels of records; how many labels of passages are wrong is not estimated."
    }
    if labelled == 0 { return "No record has a label." }
    if report.credibility == nil, let reason = report.witness?.explanation {
      return
        "There is no estimate, since no label was judged. \(reason.replacing(" %", with: "\u{A0}%"))"
    }
    return
      "There is no estimate: it needs records with one label each, at least 50 of them and at least two labels."
  }

  // MARK: - Next

  private var next: Markup {
    var steps: Markup = ""
    let suspects = counts.flagged + (report.retrieval?.flagged ?? 0)
    if suspects > 0 {
      steps +=
        "<li>Look at the <a href=\"#suspects\">\(Wording.counted(suspects, "suspect"))</a>, the most suspect first.</li>"
    }
    let open = counts.review - (counts.decidedInReview ?? 0)
    if open > 0 {
      steps +=
        "<li>Decide the \(open) that \(open == 1 ? "was" : "were") not changed: <code>emend review \(output)</code></li>"
    }
    if counts.corrected > 0 {
      steps +=
        "<li>Check the \(counts.corrected) that \(counts.corrected == 1 ? "was" : "were") replaced: <code>emend review --show replaced \(output)</code></li>"
    }
    if counts.corrected > 0 {
      steps +=
        "<li>Use the output, <code>\(output)</code>. To have no label replaced, run <code>emend run --mode suggest FILE</code>.</li>"
    }
    if report.input.rejected > 0 {
      steps += "<li>Mend the lines in <code>NAME.rejected.jsonl</code>, and run again.</li>"
    }
    let warnings = (report.findings ?? []).count { $0.severity <= .warning }
    if warnings > 0 {
      steps +=
        "<li>Read \(warnings == 1 ? "the warning" : "the \(warnings) warnings") about <a href=\"#health\">the dataset’s health</a>.</li>"
    }
    steps +=
      "<li>To get the input’s bytes back: <code>emend revert \(output)</code></li>"
    return steps
  }
}
