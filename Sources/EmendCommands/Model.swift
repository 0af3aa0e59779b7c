import ArgumentParser
import Foundation
import ModelInterfaces
import ModelCatalogue
import OpenVINOBackend

struct Model: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Lists, imports and verifies models.",
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
      abstract: "Converts a sentence encoder or a language model and adds it.",
      discussion: """
        A directory is an encoder: any of the BERT family in Hugging Face layout with safetensors, a \
        WordPiece vocabulary and mean or CLS pooling. Rules name it with encoder: NAME.

        A GGUF file is a language model, of the llama, qwen2 or qwen3 architecture. Its conversion \
        needs Python with pip and a package index; running it does not. Rules name it with \
        utility: {model: NAME}.
        """)

    @Argument(
      help: ArgumentHelp("The encoder's directory, or the GGUF file.", valueName: "model"),
      completion: .file())
    var source: String

    @Option(help: ArgumentHelp("What it is called from now on.", valueName: "name"))
    var name: String?

    func run() throws {
      let layout = try RuntimeLayout.locate()
      let store = ModelStore(layout: layout)
      let place = URL(filePath: source)
      if LanguageModelImport.isFile(place) {
        let model = try LanguageModelImport(layout: layout).run(place, name: name, into: store)
        try StandardOutput.say("\(model.name) is ready in \(model.directory.path)")
      } else {
        let model = try store.importModel(
          from: URL(filePath: source, directoryHint: .isDirectory), name: name)
        try StandardOutput.say("\(model.name) is ready in \(model.directory.path)")
      }
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
