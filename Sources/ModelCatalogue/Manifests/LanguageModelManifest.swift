import Digests
package import Foundation

/// `emend-model.json` of a language model: its properties and the digests of its files. Only a language
/// model's manifest has the member `kind`.
package struct LanguageModelManifest: Sendable, Equatable, Codable {
  static let kind = "language-model"
  /// The files that the converter writes; a manifest that does not list all of them is damaged.
  static let requiredFiles = [
    "body.bin", "body.xml", "head.bin", "head.xml", "tokenizer.bin", "tokenizer.xml",
    "vocabulary.bin",
  ]

  package let format: Int
  package let kind: String
  package let name: String
  /// The most tokens that the model was made for.
  package let contextTokens: Int
  package let vocabularySize: Int
  /// The number of weights; nil where the converter did not count them.
  package let parameters: Int?
  /// Length of a hidden state.
  package let width: Int
  /// The number of tensors of keys and values that a continuation needs: two per layer, each of
  /// `stateHeads` × tokens × `stateWidth` numbers.
  package let states: Int
  package let stateHeads: Int
  package let stateWidth: Int
  /// The token that stands before a text without any other prefix.
  package let beginToken: Int32
  /// The form of a conversation.
  package let template: ChatTemplate
  /// The tokens that end a reply.
  package let stopTokens: [Int32]
  /// SHA-256 of this model's own files, by name, in hexadecimal.
  package let files: [String: String]
  /// SHA-256 of the files from which the model was made, by name.
  package let sources: [String: String]
  /// The licence as the source states it; nil where it states none.
  package let licence: String?

  /// Identifies the model: two models with the same fingerprint give the same scores.
  package var fingerprint: String {
    let parts =
      files.keys.sorted().map { "\($0)=\(files[$0] ?? "")" } + ["begin=\(beginToken)"]
      + ["template=\(template)", "stops=\(stopTokens)"]
    return Digest.hexadecimal(of: Data(parts.joined(separator: "\n").utf8))
  }

  /// The product of numbers; nil where it overflows.
  private static func product(_ numbers: [Int]) -> Int? {
    numbers.reduce(Int?(1)) { product, number in
      product.flatMap {
        let (result, overflows) = $0.multipliedReportingOverflow(by: number)
        return overflows ? nil : result
      }
    }
  }

  /// What is wrong with the manifest; nil where nothing is.
  var fault: String? {
    let missing = Self.requiredFiles.filter { files[$0] == nil }
    if !missing.isEmpty { return "it does not list \(missing.joined(separator: ", "))" }
    // The program reads and writes memory by these sizes, so they are checked first.
    let sizes = [contextTokens, vocabularySize, width, states, stateHeads, stateWidth]
    guard sizes.allSatisfy({ (1...1 << 24).contains($0) }), contextTokens >= 4,
      // The memory of a full context is their product times a few bytes, which must be a number.
      Self.product([contextTokens, states, stateHeads, stateWidth]).map({ $0 < 1 << 48 }) == true
    else { return "one of its sizes is out of range" }
    let tokens = [beginToken] + stopTokens + template.tokens
    guard tokens.allSatisfy((0..<Int32(vocabularySize)).contains) else {
      return "one of its tokens is not in the vocabulary"
    }
    guard template.user.filter(\.isSlot).count == 1 else {
      return "its template does not say where a text goes"
    }
    return nil
  }
}

/// A language model that is ready to run.
package struct InstalledLanguageModel: Sendable, Equatable {
  package let directory: URL
  package let manifest: LanguageModelManifest

  package var name: String { manifest.name }

  package var vocabularyFile: URL { directory.appending(path: "vocabulary.bin") }
}
