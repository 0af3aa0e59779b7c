import Foundation
import ModelInterfaces
import ModelCatalogue
import OpenVINOBackend
import Synchronization
import Testing

/// The library and the models that scripts/setup/prepare fetches. Where something is missing, the tests that
/// need it fail with an error that names the script.
enum Prepared {
  static let root = URL(filePath: #filePath)
    .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()

  static let layout = RuntimeLayout(home: root.appending(path: ".emend"))

  /// The default encoder, imported once into a folder that only the tests use.
  static let model: Result<InstalledModel, any Error> = Result {
    let store = ModelStore(
      directory: FileManager.default.temporaryDirectory
        .appending(path: "emend-tests-\(ProcessInfo.processInfo.processIdentifier)"))
    return try store.importModel(
      from: layout.home.appending(path: "sources/all-MiniLM-L6-v2"), name: "all-MiniLM-L6-v2")
  }

  static let openVINO: Result<OpenVINORuntime, any Error> = Result {
    try OpenVINORuntime(layout: layout)
  }

  static func encoder(
    _ precision: PrecisionChoice, threads: Int, streams: Int? = nil
  ) throws -> OpenVINOEncoder {
    try OpenVINOEncoder(
      model: try model.get(), runtime: try openVINO.get(), precision: precision, threads: threads,
      streams: streams)
  }

  /// The default language model, as scripts/setup/prepare converted it.
  static func languageModelFiles() throws -> InstalledLanguageModel {
    try ModelStore(layout: layout).resolveLanguageModel(ModelStore.defaultLanguageModel)
  }

  /// The language models that were loaded. Loading one takes seconds, so tests share them.
  private static let languageModels = Mutex<[String: OpenVINOLanguageModel]>([:])

  static func languageModel(
    _ choice: PrecisionChoice, threads: Int,
    contextTokens: Int = OpenVINOLanguageModel.defaultContextTokens
  ) throws -> OpenVINOLanguageModel {
    // The processor's own precision is one of those that other tests name.
    let precision = choice == .auto ? try precisions().last ?? choice : choice
    return try languageModels.withLock { known in
      let key = "\(precision) \(threads) \(contextTokens)"
      if let model = known[key] { return model }
      let model = try OpenVINOLanguageModel(
        model: languageModelFiles(), runtime: try openVINO.get(), precision: precision,
        threads: threads, contextTokens: contextTokens)
      known[key] = model
      return model
    }
  }

  /// The precisions to test: single, and bfloat16 where the processor has it.
  static func precisions() throws -> [PrecisionChoice] {
    try openVINO.get().capabilities.contains("BF16") ? [.fp32, .bf16] : [.fp32]
  }

  static func fixture<Value: Decodable>(_ name: String, as type: Value.Type) throws -> Value {
    let file = try #require(
      Bundle.module.url(forResource: "Fixtures/\(name)", withExtension: "json"))
    return try JSONDecoder().decode(type, from: Data(contentsOf: file))
  }

  /// Calls `body` with a new folder, which is removed afterwards.
  static func inFreshDirectory<Result>(_ body: (URL) throws -> Result) throws -> Result {
    let folder = FileManager.default.temporaryDirectory.appending(path: UUID().uuidString)
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    return try body(folder)
  }
}
