import ArgumentParser
import Foundation
import ModelCatalogue
import ModelInterfaces
import OpenVINOBackend

extension Bench {
  /// Times the encoder alone, after it is loaded and has run once.
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
      Bench.printFirst(figures)
    }
  }
}
