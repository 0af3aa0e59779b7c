import ArgumentParser
import Pipeline

extension StageCommand {
  struct Score: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract:
        "Does the rest of emend run, with vectors and neighbours that were computed elsewhere.",
      discussion: "Takes one file and every flag of emend run, and writes the same results.")

    @Option(
      help: ArgumentHelp(
        "The vectors that emend stage encode wrote; not needed for records with ready vectors.",
        valueName: "file"), completion: .file())
    var vectors: String?
    @Option(
      help: ArgumentHelp(
        "The lists of one space; repeated for each space that emend stage fit wrote, in their order.",
        valueName: "file"), completion: .file())
    var neighbours: [String] = []
    @OptionGroup var repair: Run

    func run() throws {
      guard repair.files.count == 1, let file = repair.files.first, file != "-" else {
        throw Failure(
          "emend stage score takes one file, whose vectors and neighbours these are; name one",
          status: .usage)
      }
      let encoder = try vectors.map { try StageFile.encoder($0) }
      let graphs = try neighbours.map {
        try StoredNeighbours(try StageFile.reader(of: $0, .neighbours))
      }
      try repair.run { StagedModels($0, vectors: encoder, neighbours: graphs) }
    }
  }
}
