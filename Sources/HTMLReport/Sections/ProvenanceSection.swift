import Report

/// From what the report was made, so that it can be made again.
struct ProvenanceSection {
  let report: RunReport

  var section: Section {
    let facts = report.provenance
    let rows: [(String, String?)] = [
      ("Input", "\(report.input.name), SHA-256 \(report.input.digest)"),
      ("Output", report.output.map { "SHA-256 \($0.digest)" }),
      (
        "Rules",
        facts.rulesDigest == "none" ? facts.rules : "\(facts.rules), SHA-256 \(facts.rulesDigest)"
      ),
      ("Mode", facts.mode), ("Encoder", facts.encoder), ("Language model", facts.languageModel),
      (
        "Signals",
        facts.signals.isEmpty
          ? nil
          : facts.signals.map { name in
            let described = SignalNames.described(name)
            return described == name ? name : "\(name) (\(described))"
          }.joined(separator: ", ")
      ),
      ("Seed of the audit", facts.seed.map { "\($0)" }), ("emend", facts.version),
    ]
    let list = rows.map { title, value -> Markup in
      value.map { "<dt>\(title)</dt><dd>\(Markup.plain($0, limit: 400))</dd>" } ?? ""
    }
    return Section(
      id: "provenance", title: "How it was made", content: "<dl>\(list)</dl>\n")
  }
}
