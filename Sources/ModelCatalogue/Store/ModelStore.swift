import Digests
package import ModelInterfaces
import Tokenizers
package import Foundation

/// The models on this machine: one folder each, with `emend-model.json` and the files that it lists.
package struct ModelStore: Sendable {
  /// The name of the encoder that is used by default.
  package static let defaultModel = "all-MiniLM-L6-v2"
  /// The name of the language model that is used by default.
  package static let defaultLanguageModel = "SmolLM2-135M-Instruct"

  package let directory: URL

  package init(directory: URL) { self.directory = directory }

  package init(layout: RuntimeLayout) { self.init(directory: layout.modelsDirectory) }

  /// Every encoder, sorted by name; folders without a readable manifest are left out.
  package func list() -> [InstalledModel] {
    let names = (try? FileManager.default.contentsOfDirectory(atPath: directory.path)) ?? []
    return names.sorted().compactMap { try? resolve($0) }
  }

  /// Every language model, sorted by name; folders without a readable manifest are left out.
  package func languageModels() -> [InstalledLanguageModel] {
    let names = (try? FileManager.default.contentsOfDirectory(atPath: directory.path)) ?? []
    return names.sorted().compactMap { try? resolveLanguageModel($0) }
  }

  /// Finds an encoder.
  /// - Parameter name: the encoder's name, or the path of its folder, which contains a `/` and does not start
  ///   with a dot.
  /// - Throws: `ModelError` where it is missing, damaged, or a language model.
  package func resolve(_ name: String) throws(ModelError) -> InstalledModel {
    let folder = try open(name)
    guard folder.kind == nil else {
      throw unsuitable(folder, "it is a language model", remedy: "name an encoder here")
    }
    let manifest = try folder.decode(ModelManifest.self)
    if let fault = manifest.fault { throw folder.damaged(fault) }
    return InstalledModel(directory: folder.directory, manifest: manifest)
  }

  /// Finds a language model.
  /// - Parameter name: the model's name, or the path of its folder, which contains a `/` and does not start
  ///   with a dot.
  /// - Throws: `ModelError` where it is missing, damaged, or an encoder.
  package func resolveLanguageModel(_ name: String) throws(ModelError) -> InstalledLanguageModel {
    let folder = try open(name, hint: "import it: emend model import FILE.gguf --name NAME")
    guard folder.kind == LanguageModelManifest.kind else {
      throw unsuitable(folder, "it is an encoder", remedy: "name a language model here")
    }
    let manifest = try folder.decode(LanguageModelManifest.self)
    if let fault = manifest.fault { throw folder.damaged(fault) }
    return InstalledLanguageModel(directory: folder.directory, manifest: manifest)
  }

  private func unsuitable(
    _ folder: ModelFolder, _ reason: String, remedy: String
  ) -> ModelError {
    ModelError(.modelUnsupported, at: folder.directory.path, reason, remedy: remedy)
  }

  /// Opens the folder of a model of any kind.
  /// - Parameter hint: the remedy where there is no such model, unless it is a default model, which
  ///   scripts/quickstart prepares.
  private func open(
    _ name: String, hint: String = "import it: emend model import DIR --name NAME"
  ) throws(ModelError) -> ModelFolder {
    let isPath = name.contains("/")
    let folder = isPath ? URL(filePath: name) : directory.appending(path: name)
    let file = folder.appending(path: ModelManifest.fileName)
    guard !name.isEmpty, isPath || !name.hasPrefix("."), let data = ModelFolder.content(of: file)
    else {
      let known = ((try? FileManager.default.contentsOfDirectory(atPath: directory.path)) ?? [])
        .filter { !$0.hasPrefix(".") }
      let choice =
        known.isEmpty
        ? "no model is imported yet" : "there are \(known.sorted().joined(separator: ", "))"
      throw ModelError(
        .modelMissing, at: folder.path, "there is no model called \(name); \(choice)",
        remedy: [Self.defaultModel, Self.defaultLanguageModel].contains(name)
          ? "run scripts/quickstart" : hint)
    }
    return try ModelFolder(directory: folder, manifest: data)
  }

  /// Checks the digest of every file of a model, whatever its kind.
  /// - Parameter verified: remembers which files were checked, so that unchanged ones are not read again;
  ///   nil to read them all.
  package func verify(
    _ name: String, remembering verified: VerifiedFiles? = nil
  ) throws(ModelError) {
    let folder = try open(name)
    guard verified?.contains(folder.files, in: folder.directory) != true else { return }
    let before = FileStates(of: folder.files, in: folder.directory)
    for (file, expected) in folder.files.sorted(by: { $0.key < $1.key }) {
      let place = folder.directory.appending(path: file)
      guard let actual = Digest.hexadecimal(ofFile: place), actual == expected else {
        throw ModelError(
          .modelDamaged, at: place.path, "it is not the file that was imported",
          remedy: folder.remedy)
      }
    }
    // A file that changed while it was read is compared again next time.
    if let before, before == FileStates(of: folder.files, in: folder.directory) {
      verified?.insert(before, of: folder.directory)
    }
  }

  /// Converts a sentence-transformers folder into a model of the store. A model of the same name is
  /// replaced when the new one is complete.
  /// - Parameters:
  ///   - source: the folder; it is only read.
  ///   - name: the model's name; nil for the folder's own name.
  @discardableResult
  package func importModel(
    from source: URL, name: String? = nil
  ) throws(ModelError) -> InstalledModel {
    let name = name ?? source.standardizedFileURL.lastPathComponent
    try Self.checkName(name, of: source)
    let model = try SourceModel(directory: source)
    let tensors = try Safetensors(file: source.appending(path: "model.safetensors"))
    let vocabulary = source.appending(path: "vocab.txt")
    _ = try WordPieceTokenizer(
      vocabularyFile: vocabulary, settings: model.tokenizer, maximumTokens: model.maximumTokens)
    let pieces = try Vocabulary(file: vocabulary).count
    guard pieces <= model.vocabularySize else {
      throw ModelError(
        .modelDamaged, at: vocabulary.path,
        "it has \(pieces) pieces and the model only \(model.vocabularySize)",
        remedy: "use the vocabulary that came with the model")
    }
    let graph = try EncoderGraph.write(model, from: tensors)
    let folder = directory.appending(path: name)
    let draft = directory.appending(path: ".\(name).\(ProcessInfo.processInfo.processIdentifier)")
    do {
      defer { try? FileManager.default.removeItem(at: draft) }
      try FileManager.default.createDirectory(at: draft, withIntermediateDirectories: true)
      let contents: [(String, Data)] = [
        ("model.xml", Data(graph.xml.utf8)), ("model.bin", graph.weights),
        ("vocab.txt", try Data(contentsOf: vocabulary)),
      ]
      var files: [String: String] = [:]
      for (file, data) in contents {
        try data.write(to: draft.appending(path: file))
        files[file] = Digest.hexadecimal(of: data)
      }
      let manifest = ModelManifest(
        format: ModelManifest.currentFormat, name: name, dimension: model.width,
        pooling: model.pooling, maximumTokens: model.maximumTokens, tokenizer: model.tokenizer,
        files: files, sources: Self.digests(of: source), licence: Self.licence(in: source))
      let encoder = JSONEncoder()
      encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
      try encoder.encode(manifest).write(to: draft.appending(path: ModelManifest.fileName))
      if FileManager.default.fileExists(atPath: folder.path) {
        try FileManager.default.removeItem(at: folder)
      }
      try FileManager.default.moveItem(at: draft, to: folder)
    } catch {
      throw ModelError(
        .unwritable, at: folder.path, "the model cannot be written: \(error)",
        remedy: "check the folder's permissions and that the disk has room")
    }
    return try resolve(name)
  }

  static func checkName(_ name: String, of source: URL) throws(ModelError) {
    guard isName(name) else {
      throw ModelError(
        .modelUnsupported, at: source.path, "\(name) is not a valid name for a model",
        remedy: "give one of letters, digits, dots, dashes and underscores with --name")
    }
  }

  private static func isName(_ name: String) -> Bool {
    !name.isEmpty && !name.hasPrefix(".") && name.utf8.count <= 100
      && name.utf8.allSatisfy { byte in
        byte == 0x2D || byte == 0x2E || byte == 0x5F || (0x30...0x39).contains(byte)
          || (0x41...0x5A).contains(byte) || (0x61...0x7A).contains(byte)
      }
  }

  private static func digests(of source: URL) -> [String: String] {
    var found: [String: String] = [:]
    for name in ["config.json", "modules.json", "model.safetensors", "vocab.txt", "tokenizer.json"]
    {
      found[name] = Digest.hexadecimal(ofFile: source.appending(path: name))
    }
    return found
  }

  /// The text of a LICENSE file, else the licence that the header of the model card (README.md) names.
  private static func licence(in source: URL) -> String? {
    for name in ["LICENSE", "LICENSE.txt", "LICENSE.md"] {
      if let text = try? String(contentsOf: source.appending(path: name), encoding: .utf8) {
        return text
      }
    }
    guard let card = try? String(contentsOf: source.appending(path: "README.md"), encoding: .utf8)
    else { return nil }
    let line = card.split(separator: "\n").prefix(50).first { $0.hasPrefix("license:") }
    return line.map { $0.dropFirst("license:".count).trimmingCharacters(in: .whitespaces) }
  }
}
