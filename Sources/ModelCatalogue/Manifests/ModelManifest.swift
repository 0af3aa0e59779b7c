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
