import ArgumentParser
import Foundation
import ModelCatalogue

extension Model {
  struct List: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Lists the models that are here.",
      discussion: """
        Examples:
          emend model list
        """)

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
}
