import Rules
import ArgumentParser
import Foundation
import Pipeline
import Records

extension Bench {
  /// Writes the vectors that a run would use, in NumPy's format.
  struct Embed: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Writes the records' vectors as a float32 .npy file, in record order.")

    @Argument var file: String
    @Option var output: String
    @OptionGroup var rulesOptions: RulesOptions
    @Option var threads: Int = ProcessInfo.processInfo.activeProcessorCount

    func run() throws {
      let models = LocalModels(threads: threads, usesCache: true)
      let stages = DatasetRepair(
        rules: try rulesOptions.load().rules(forFileNamed: file), fields: FieldMapping(),
        mode: nil, threads: threads, models: models)
      let vectors = try stages.embed(try Source.read(file))
      try NumPyFile.write(vectors, to: output)
    }
  }
}
