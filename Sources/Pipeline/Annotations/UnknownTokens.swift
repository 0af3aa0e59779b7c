package import Assessments
package import ModelInterfaces
package import Records

/// What an encoder cannot read of a file's texts.
package enum UnknownTokens {
  /// Reads the texts of annotations as a run does, without encoding them.
  ///
  /// - Returns: nil where the encoder knows every text well enough, cannot tell, or is not needed.
  /// - Complexity: linear in the texts' length.
  package static func finding(
    in records: [Record], encoder: any Encoder
  ) throws -> Finding? {
    let annotations = records.filter { !$0.isQuery }
    guard !annotations.isEmpty, !annotations.allSatisfy({ $0.vector != nil }),
      let shares = try Vectorisation.unknownShares(
        of: annotations.map { Representation($0.content).texts.first ?? "" }, encoder)
    else { return nil }
    return finding(
      shares, of: annotations, isLegible: shares.map { $0 < Vectorisation.leastUnknown })
  }

  /// - Parameters:
  ///   - shares: the share of unknown tokens of each record's text, 0…1.
  ///   - isLegible: whether the encoder knows enough of it.
  static func finding(
    _ shares: [Float], of records: [Record], isLegible: [Bool]
  ) -> Finding? {
    let illegible = records.indices.filter { !isLegible[$0] }
    guard !illegible.isEmpty else { return nil }
    let mean = shares.reduce(0) { $0 + Double($1) } / Double(max(shares.count, 1))
    return Finding(
      .unknownTokens,
      "the encoder does not know most of this text, so nothing that reads its vector judges the label "
        + "(on average \(Int((mean * 100).rounded())) % of a text's tokens are unknown)",
      remedy: "Name an encoder for the language in rules (encoder: NAME; emend model import DIR).",
      lines: illegible.map { records[$0].line })
  }
}
