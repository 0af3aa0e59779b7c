import Foundation
import Records
package import ModelInterfaces
package import Rules

/// The texts that a dataset's vectors are made of, each once, as lines: the first names the encoder, and each of
/// the others is a JSON string.
package struct TextList: Sendable, Equatable {
  private struct Header: Codable {
    var emend = "texts"
    var version = TextList.version
    var encoder: String?
    /// A `PrecisionChoice`.
    var precision: String
    /// `TextList.label`.
    var label: [String]?
  }

  /// The version of the format.
  private static let version = 1

  package let encoder: String?
  package let precision: PrecisionChoice
  package let texts: [String]
  /// The names of the members that lead to the label which a repair may replace, for programs that keep records
  /// in columns with types; nil where there is none.
  package let label: [String]?

  /// - Parameter texts: in any order; equal ones are kept once, by their bytes.
  package init(_ texts: [String], rules: RuleSet, label: [String]? = nil) {
    self.label = label
    encoder = rules.encoder
    precision = rules.precision
    var seen: Set<StoredEncoder.Key> = []
    self.texts = texts.filter { seen.insert(StoredEncoder.Key($0)).inserted }
  }

  /// Reads lines.
  ///
  /// - Throws: `InputError` where a line is not what is expected.
  package init(lines: [UInt8], file: String) throws {
    let decoder = JSONDecoder()
    var header: Header?
    var texts: [String] = []
    for (place, line) in lines.split(separator: UInt8(ascii: "\n")).enumerated() {
      if header == nil {
        header = try? decoder.decode(Header.self, from: Data(line))
        guard let header, header.emend == "texts" else {
          throw InputError(
            file: file, line: 1, reason: "this is not the first line that emend stage texts writes",
            remedy: "Put that line before every part of its other lines.")
        }
        guard header.version == Self.version else {
          throw InputError(
            file: file, line: 1,
            reason:
              "the texts have version \(header.version) of the format, and this program reads version "
              + "\(Self.version)", remedy: "Use one version of emend for all stages.")
        }
        continue
      }
      guard let text = try? decoder.decode(String.self, from: Data(line)) else {
        throw InputError(
          file: file, line: place + 1, reason: "the line is not a JSON string",
          remedy: "Give whole lines that emend stage texts wrote.")
      }
      texts.append(text)
    }
    guard let header else {
      throw InputError(
        file: file, reason: "there is no line", remedy: "Give the lines of emend stage texts.")
    }
    guard let precision = PrecisionChoice(rawValue: header.precision) else {
      throw InputError(
        file: file, line: 1, reason: "the precision \(header.precision) is not known",
        remedy: "Use one version of emend for all stages.")
    }
    encoder = header.encoder
    label = header.label
    self.precision = precision
    self.texts = texts
  }

  /// The lines.
  package var lines: [UInt8] {
    get throws {
      let encoder = JSONEncoder()
      encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
      var lines = Array(
        try encoder.encode(
          Header(encoder: self.encoder, precision: precision.rawValue, label: label)))
      lines.append(UInt8(ascii: "\n"))
      for text in texts {
        lines += Array(try encoder.encode(text))
        lines.append(UInt8(ascii: "\n"))
      }
      return lines
    }
  }

  /// Rules that name the encoder.
  package var rules: RuleSet {
    var rules = RuleSet()
    rules.encoder = encoder
    rules.precision = precision
    return rules
  }
}
