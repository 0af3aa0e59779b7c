import ArgumentParser
import Foundation
import Inference

struct Model: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Lists and verifies models, and imports sentence encoders.",
    subcommands: [List.self, Import.self, Verify.self])

  /// What to do where there is no encoder.
  static let remedy = "run scripts/quickstart, or import one with emend model import DIR"

  /// The store of this installation.
  static func store() throws -> ModelStore { ModelStore(layout: try RuntimeLayout.locate()) }
}

extension Model {
  struct List: ParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Lists the models that are here.")

    func run() throws {
      let store = try Model.store()
      let models = store.list()
      if models.isEmpty {
        try StandardOutput.say(
          "No encoder in \(store.directory.path); \(Model.remedy).")
      }
      for model in models {
        let manifest = model.manifest
        let mark = manifest.name == ModelStore.defaultModel ? "  (default)" : ""
        try StandardOutput.say(
          "\(manifest.name)  \(manifest.dimension) dimensions, \(manifest.pooling.rawValue) "
            + "pooling, up to \(manifest.maximumTokens) tokens\(mark)")
      }
      for model in store.languageModels() {
        let manifest = model.manifest
        let mark = manifest.name == ModelStore.defaultLanguageModel ? "  (default)" : ""
        try StandardOutput.say(
          "\(manifest.name)  language model, up to \(manifest.contextTokens) tokens\(mark)")
      }
    }
  }

  struct Import: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Converts a sentence-transformers directory and adds it.",
      discussion: """
        Any BERT-family encoder in Hugging Face layout with safetensors, a WordPiece vocabulary and \
        mean or CLS pooling. Rules name it with encoder: NAME.
        """)

    @Argument(
      help: ArgumentHelp("The model's directory.", valueName: "dir"), completion: .directory)
    var directory: String

    @Option(help: ArgumentHelp("What it is called from now on.", valueName: "name"))
    var name: String?

    func run() throws {
      let model = try Model.store().importModel(
        from: URL(filePath: directory, directoryHint: .isDirectory), name: name)
      try StandardOutput.say("\(model.name) is ready in \(model.directory.path)")
    }
  }

  struct Verify: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Checks the digest of every file of a model, or of all.")

    @Argument(help: "Names; all where none is given.")
    var names: [String] = []

    @Flag(help: "Only errors.")
    var quiet = false

    func run() throws {
      let store = try Model.store()
      let known = store.list().map(\.name) + store.languageModels().map(\.name)
      let chosen = names.isEmpty ? known : names
      guard !chosen.isEmpty else {
        throw Failure(
          "no encoder in \(store.directory.path); run scripts/quickstart, or import one with emend model import DIR"
        )
      }
      for name in chosen {
        try store.verify(name)
        if !quiet { try StandardOutput.say("\(name): every file is as it was imported") }
      }
    }
  }
}
