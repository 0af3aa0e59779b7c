import ArgumentParser
import Foundation
import ModelCatalogue
import ModelInterfaces
import OpenVINOBackend

extension Bench {
  /// Times the language model alone, after it is loaded and has run once.
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
      Bench.printFirst(figures)
    }
  }
}
