import Evaluation
import Foundation
import Messages
import Records

extension Figures {
  /// The figures as one JSON object on one line. Numbers are rounded to five decimals.
  var json: String {
    var bytes: [UInt8] = []
    append(to: &bytes)
    return String(decoding: bytes, as: UTF8.self)
  }

  private func append(to bytes: inout [UInt8]) {
    bytes.append(UInt8(ascii: "{"))
    for (index, member) in members.enumerated() {
      if index > 0 { bytes += ", ".utf8 }
      JSONText.append(member.name, to: &bytes)
      bytes += ": ".utf8
      switch member.value {
      case .text(let text): JSONText.append(text, to: &bytes)
      case .count(let count): bytes += "\(count)".utf8
      case .number(let number?): bytes += Self.rounded(number).utf8
      case .number(nil): bytes += "null".utf8
      case .group(let group): group.append(to: &bytes)
      }
    }
    bytes.append(UInt8(ascii: "}"))
  }

  /// A number with at most five decimals, and at least one.
  private static func rounded(_ number: Double) -> String {
    "\(Double(String(format: "%.5f", number)) ?? number)"
  }
}

/// The figures of an evaluation for people, with the trivial baselines beside them.
struct EvaluationTable {
  private let figures: Figures
  private let title: String

  init(_ figures: Figures, title: String) {
    self.figures = figures
    self.title = title
  }

  var text: String {
    var lines = [EscapedText.plain(title)]
    if figures.number("queries") != nil {
      lines += passages(figures)
    } else {
      lines += labels(figures)
      if case .group(let verified)? = figures["verified"] {
        lines += ["", "Only records whose gold label was verified:"] + labels(verified)
      }
    }
    return lines.joined(separator: "\n")
  }

  // MARK: - Labels

  private func labels(_ view: Figures) -> [String] {
    let rows = Int(view.number("rows") ?? 0)
    let wrong = Int(view.number("detection", "errors") ?? 0)
    var lines = [
      "  \(rows) records, \(percent(view.number("coverage"))) of them in the output; "
        + "\(wrong) given labels are wrong (\(percent(view.number("detection", "prevalence"))))"
    ]
    if let leftOut = view.number("left_out"), leftOut > 0 {
      lines.append("  \(Int(leftOut)) records are left out, since their gold label is doubtful")
    }
    if case .group(let group)? = view["detection"] { lines += [""] + detection(group) }
    if case .group(let group)? = view["correction"] { lines += [""] + correction(group) }
    lines += softLabels(view)
    return lines
  }

  private func detection(_ group: Figures) -> [String] {
    var lines = [
      row("Finding wrong labels", ["output", "at random", "flag all", "flag none"])
    ]
    let base = group.number("prevalence")
    if group.number("ap") == nil {
      lines.append("  (no order to measure: no credibility, no wrong label, or no right one)")
    }
    for (name, key, random) in [
      ("average precision (AP)", "ap", base), ("AUROC", "auroc", 0.5),
      ("precision of as many as are wrong", "p_at_n", base),
      ("recall at precision .9", "recall_at_p90", nil),
      ("recall at precision .8", "recall_at_p80", nil),
      ("recall at precision .5", "recall_at_p50", nil),
    ] {
      guard let value = group.number(key) else { continue }
      lines.append(row("  " + name, [number(value), number(random), "", ""]))
    }
    if let best = group.number("best_f1") {
      lines.append(
        row(
          "  F1 at the best threshold",
          [number(best), "", number(group.number("allflag_f1")), "0.000"]))
    }
    if let flagged = group.number("flagged") {
      let count = Int(group.number("n") ?? 0)
      lines.append(row("  flagged", ["\(Int(flagged))", "", "\(count)", "0"]))
      lines.append(
        row(
          "  precision of flags",
          [number(group.number("flag_precision")), number(base), number(base), "-"]))
      lines.append(
        row("  recall of flags", [number(group.number("flag_recall")), "", "1.000", "0.000"]))
      lines.append(
        row(
          "  F1 of flags",
          [number(group.number("flag_f1")), "", number(group.number("allflag_f1")), "0.000"]))
    }
    return lines
  }

  private func correction(_ group: Figures) -> [String] {
    func count(_ key: String) -> Int { Int(group.number(key) ?? 0) }
    return [
      row("Corrections", ["output", "change none"]),
      row(
        "  labels that are right",
        [number(group.number("acc_after")), number(group.number("acc_before"))]),
      row(
        "  macro F1 of labels",
        [number(group.number("macro_f1_after")), number(group.number("macro_f1_before"))]),
      row("  changed", ["\(count("changed"))", "0"]),
      row("  mended, broken", ["\(count("fixed")), \(count("broken"))", "0, 0"]),
      row("  wrong before and after", ["\(count("wrong_to_wrong"))", "0"]),
      row(
        "  precision of changes",
        [count("changed") > 0 ? number(group.number("change_precision")) : "-", "-"]),
    ]
  }

  private func softLabels(_ view: Figures) -> [String] {
    guard view["soft"] != nil else { return [] }
    var lines = ["", row("Soft labels", ["output", "given label", "smoothed*"])]
    for (name, key) in [
      ("Brier score, lower is better", "brier"), ("log-loss, lower is better", "nll"),
      ("calibration error, lower is better", "ece"), ("accuracy of the likeliest label", "acc"),
      ("divergence from annotators (bits)", "jsd_annotations"),
    ] {
      let values = ["soft", "soft_onehot", "soft_smoothed_oracle_rate"].map {
        view.number($0, key)
      }
      guard values[0] != nil else { continue }
      lines.append(row("  " + name, values.map(number)))
    }
    return lines + ["  * the given label, smoothed by the true share of wrong labels"]
  }

  // MARK: - Passages

  private func passages(_ view: Figures) -> [String] {
    let count = Int(view.number("passages") ?? 0)
    let share = view.number("prevalence")
    var lines = [
      "  \(Int(view.number("queries") ?? 0)) queries, \(count) passages, "
        + "\(percent(view.number("coverage"))) of them with a utility; \(percent(share)) are useful",
      "",
      row("Ranking passages", ["output", "at random"]),
    ]
    for (name, key, random) in [
      ("nDCG at 5", "ndcg5", nil), ("nDCG at 10", "ndcg10", nil),
      ("mean average precision", "map", nil), ("mean reciprocal rank", "mrr", nil),
      ("first passage is useful", "p1", nil), ("pairs in the right order", "pair_auc", 0.5),
      ("AUROC over all passages", "global_auroc", 0.5),
      ("AP over all passages", "global_ap", share),
    ] {
      guard let value = view.number(key) else { continue }
      lines.append(row("  " + name, [number(value), number(random)]))
    }
    if view.number("useful_f1") != nil {
      lines += [
        "", row("Choosing useful passages", ["output", "choose all"]),
        row("  precision", [number(view.number("useful_precision")), number(share)]),
        row("  recall", [number(view.number("useful_recall")), "1.000"]),
        row("  F1", [number(view.number("useful_f1")), number(view.number("all_useful_f1"))]),
      ]
    }
    if case .group(let group)? = view["label_detection"] { lines += [""] + detection(group) }
    return lines
  }

  // MARK: - Cells

  private func row(_ name: String, _ cells: [String]) -> String {
    let padded = name + String(repeating: " ", count: max(1, 38 - name.count))
    let line = cells.reduce(padded) {
      $0 + String(repeating: " ", count: max(1, 12 - $1.count)) + $1
    }
    return String(line.reversed().drop { $0 == " " }.reversed())
  }

  private func number(_ value: Double?) -> String {
    value.map { String(format: "%.3f", $0) } ?? ""
  }

  private func percent(_ value: Double?) -> String {
    value.map { String(format: "%.1f %%", $0 * 100) } ?? "unknown"
  }
}
