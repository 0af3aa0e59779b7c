import ArgumentParser
import Foundation
import ModelCatalogue

extension Model {
  struct Import: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Converts a sentence encoder or a language model and adds it.",
      discussion: """
        A directory is an encoder: any of the BERT family in Hugging Face layout with safetensors, a \
        WordPiece vocabulary and mean or CLS pooling. Rules name it with encoder: NAME.

        A GGUF file is a language model, of the llama, qwen2 or qwen3 architecture. Its conversion \
        needs Python with pip and a package index; running it does not. Rules name it with \
        utility: {model: NAME}.

        Examples:
          emend model import all-mpnet-base-v2
          emend model import qwen2.5-1.5b-instruct-q4_k_m.gguf --name qwen
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
}
