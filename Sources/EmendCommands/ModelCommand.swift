import ArgumentParser
import ModelCatalogue

struct Model: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Lists, imports and verifies models.",
    subcommands: [List.self, Import.self, Verify.self])

  /// What the user can do if there is no encoder.
  static let remedy = "run scripts/quickstart, or import one with emend model import DIR"

  /// The models of this installation.
  static func store() throws -> ModelStore { ModelStore(layout: try RuntimeLayout.locate()) }
}
