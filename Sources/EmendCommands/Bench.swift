import ArgumentParser
import Foundation
import ModelInterfaces
import ModelCatalogue
import OpenVINOBackend
import Pipeline
import Records
import Assessments
import Rules
import Vectors

/// Measurements of single stages, for the scripts in scripts/bench.
struct Bench: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Measures single stages.", shouldDisplay: false,
    subcommands: [Embed.self, Encode.self, Read.self, Search.self])
}

extension Bench {
  private static func texts(of file: String) throws -> [String] {
    try Reader().read(try Source.read(file)).records.compactMap { record in
      if case .text(let text) = record.content { return text }
      return nil
    }
  }

  private static func say(_ figures: [BackendBenchmark.Figure]) {
    guard let figure = figures.first else { return }
    print(
      "{\"tokens\": \(figure.items), \"seconds\": \(figure.seconds), "
        + "\"tokens_per_s\": \(figure.itemsPerSecond)}")
  }

  /// The vectors that a run would use, as NumPy's own format.
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

  /// The encoder alone, loaded and warm.
  struct Encode: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Times the encoder on a file's texts; prints tokens and seconds.")

    @Argument var file: String
    @Option var threads: Int = ProcessInfo.processInfo.activeProcessorCount
    @Option(help: "Texts that run side by side, each on its share of the threads.")
    var streams: Int?
    @Option(help: "auto, fp32 or bf16.") var precision: String = PrecisionChoice.auto.rawValue

    func run() throws {
      guard let choice = PrecisionChoice(rawValue: precision) else {
        throw ValidationError("--precision is auto, fp32 or bf16.")
      }
      let layout = try RuntimeLayout.locate()
      let texts = try Bench.texts(of: file)
      let figures = try BackendBenchmark.encode(
        texts: texts, model: try ModelStore(layout: layout).resolve(ModelStore.defaultModel),
        runtime: try LocalModels(threads: threads, usesCache: false).measuredRuntime(),
        precision: choice, threads: threads, streams: streams)
      Bench.say(figures)
    }
  }

  /// The language model alone, loaded and warm.
  struct Read: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Times the language model's reading of a file's texts; prints tokens and seconds.")

    @Argument var file: String
    @Option var threads: Int = ProcessInfo.processInfo.activeProcessorCount
    @Option(help: "auto, fp32 or bf16.") var precision: String = PrecisionChoice.auto.rawValue
    @Option(help: "A language model's name, or the folder of one.") var model: String =
      ModelStore.defaultLanguageModel

    func run() throws {
      guard let choice = PrecisionChoice(rawValue: precision) else {
        throw ValidationError("--precision is auto, fp32 or bf16.")
      }
      let layout = try RuntimeLayout.locate()
      let figures = try BackendBenchmark.read(
        texts: try Bench.texts(of: file),
        model: try ModelStore(layout: layout).resolveLanguageModel(model),
        runtime: try LocalModels(threads: threads, usesCache: false).measuredRuntime(),
        precision: choice, threads: threads)
      Bench.say(figures)
    }
  }

  /// The neighbour search alone.
  struct Search: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Times the exact neighbour search over a float32 .npy file of unit rows.")

    @Argument var file: String
    @Option var neighbours: Int = 50
    @Option(help: "int32 .npy file for the neighbours' indices.") var output: String?
    @Option var threads: Int = ProcessInfo.processInfo.activeProcessorCount

    func run() throws {
      let vectors = try NumPyFile.read(file)
      let search = LocalModels(threads: threads, usesCache: false).search()
      let started = ContinuousClock.now
      let graph = try search.neighbours(of: vectors, k: neighbours)
      let elapsed = started.duration(to: .now).components
      if let output {
        try NumPyFile.write(graph.indices, rows: graph.count, columns: graph.k, to: output)
      }
      let seconds = Double(elapsed.seconds) + Double(elapsed.attoseconds) * 1e-18
      print("{\"rows\": \(graph.count), \"seconds\": \(seconds)}")
    }
  }
}
