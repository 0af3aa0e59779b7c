import ArgumentParser
import Foundation
import Pipeline
import Records

extension StageCommand {
  struct Texts: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Writes the texts whose vectors a dataset needs.",
      discussion: """
        Standard output gets a line that names the encoder, then each different text as a JSON string, one a line. \
        Parts of these lines, each with the first line before it, can be encoded anywhere.
        """)

    @OptionGroup var dataset: StagedDataset

    func run() throws {
      let (source, stages) = try dataset.opened(
        threads: 1, models: LocalModels(threads: 1, usesCache: false))
      try StandardOutput.write(try stages.texts(of: source).lines)
    }
  }
}
