import Digests
package import Tokenizers
package import Foundation

/// `emend-model.json` of an encoder: its properties and the digests of its files.
package struct ModelManifest: Sendable, Equatable, Codable {
  /// Version of this file's layout.
  static let currentFormat = 1
  static let fileName = "emend-model.json"

  package let format: Int
  package let name: String
  /// Length of a vector.
  package let dimension: Int
  package let pooling: SourceModel.Pooling
  /// The most tokens per text, special ones included.
  package let maximumTokens: Int
  package let tokenizer: TokenizerSettings
  /// SHA-256 of this model's own files, by name, in hexadecimal.
  package let files: [String: String]
  /// SHA-256 of the files from which the model was made, by name.
  package let sources: [String: String]
  /// The licence as the source states it; nil where it states none.
  package let licence: String?

  /// The files that an import writes; a manifest that does not list all of them is damaged, as the others
  /// would never be compared with a digest.
  static let requiredFiles = ["model.bin", "model.xml", "vocab.txt"]

  /// What is wrong with the manifest; nil where nothing is.
  var fault: String? {
    let missing = Self.requiredFiles.filter { files[$0] == nil }
    if !missing.isEmpty { return "it does not list \(missing.joined(separator: ", "))" }
    // Memory is made and read by these sizes, so they are checked first.
    guard (1...1 << 16).contains(dimension), (3...1 << 20).contains(maximumTokens) else {
      return "one of its sizes is out of range"
    }
    return nil
  }

  /// Identifies the model: two models with the same fingerprint give the same vectors.
  package var fingerprint: String {
    let parts = files.keys.sorted().map { "\($0)=\(files[$0] ?? "")" }
    let settings = [
      "pooling=\(pooling.rawValue)", "tokens=\(maximumTokens)",
      "lower=\(tokenizer.lowercases)", "strip=\(tokenizer.stripsAccents)",
      "ideographs=\(tokenizer.separatesIdeographs)", "clean=\(tokenizer.cleans)",
      "special=\(tokenizer.specialTokens.joined(separator: " "))",
    ]
    return Digest.hexadecimal(of: Data((parts + settings).joined(separator: "\n").utf8))
  }
}

/// An encoder that is ready to run.
package struct InstalledModel: Sendable, Equatable {
  package let directory: URL
  package let manifest: ModelManifest

  package var name: String { manifest.name }
  package var graphFile: URL { directory.appending(path: "model.xml") }
  package var weightsFile: URL { directory.appending(path: "model.bin") }
  package var vocabularyFile: URL { directory.appending(path: "vocab.txt") }
}
