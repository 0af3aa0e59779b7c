import ArgumentParser
import OpenVINOBackend
import Records

/// Measures single stages, for the scripts in scripts/bench.
struct Bench: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Measures single stages.", shouldDisplay: false,
    subcommands: [
      Embed.self, Encode.self, Mine.self, Profile.self, Read.self, Reviewed.self, Search.self,
      Stages.self,
    ])

  /// The texts of a file's records; records of other kinds are left out.
  static func texts(of file: String) throws -> [String] {
    try Reader().read(try Source.read(file)).records.compactMap { record in
      if case .text(let text) = record.content { return text }
      return nil
    }
  }

  /// Prints the first figure as one JSON object.
  static func printFirst(_ figures: [BackendBenchmark.Figure]) {
    guard let figure = figures.first else { return }
    print(
      "{\"tokens\": \(figure.items), \"seconds\": \(figure.seconds), "
        + "\"tokens_per_s\": \(figure.itemsPerSecond)}")
  }
}
