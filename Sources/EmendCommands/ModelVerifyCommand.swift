import ModelCatalogue
import ArgumentParser
import Foundation

extension Model {
  struct Verify: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Checks the digest of every file of a model, or of all.",
      discussion: """
        Examples:
          emend model verify
          emend model verify all-MiniLM-L6-v2
        """)

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
