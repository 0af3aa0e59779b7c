import Foundation
import Inference
import Pipeline
import Rules
import Synchronization
import Vectors

/// The models on this machine, opened when first needed and shared by all files of a run.
final class LocalModels: ModelSource {
  private let threads: Int
  private let usesCache: Bool
  private let opened = Mutex<[String: any Encoder]>([:])
  private let languageModels = Mutex<[String: any LanguageModel]>([:])
  private let runtime = Mutex<OpenVINORuntime?>(nil)

  init(threads: Int, usesCache: Bool) {
    self.threads = threads
    self.usesCache = usesCache
  }

  /// The encoder that the rules ask for.
  func encoder(_ rules: RuleSet) throws -> any Encoder {
    let name = rules.encoder ?? ModelStore.defaultModel
    let key = "\(name) \(rules.precision.rawValue)"
    if let known = opened.withLock({ $0[key] }) { return known }
    let layout = try RuntimeLayout.locate()
    let bare = try OpenVINOEncoder(
      model: try ModelStore(layout: layout).resolve(name), runtime: try openRuntime(layout),
      precision: PrecisionChoice(rules.precision), threads: threads)
    let encoder: any Encoder =
      usesCache ? CachingEncoder(wrapping: bare, directory: layout.writableCacheDirectory()) : bare
    opened.withLock { $0[key] = encoder }
    return encoder
  }

  /// The fastest exact search there is: OpenVINO's where it can be opened, else the plain one, which
  /// gives the same bytes and needs nothing.
  func search() -> any NeighbourSearch {
    guard let layout = try? RuntimeLayout.locate(), let runtime = try? openRuntime(layout) else {
      return ExactNeighbourSearch(threads: threads)
    }
    return OpenVINONeighbourSearch(runtime: runtime, threads: threads)
  }

  func languageModel(_ rules: RuleSet) throws -> (any LanguageModel)? {
    let name = rules.utility.model ?? ModelStore.defaultLanguageModel
    let key = "\(name) \(rules.precision.rawValue)"
    if let known = languageModels.withLock({ $0[key] }) { return known }
    let layout = try RuntimeLayout.locate()
    let store = ModelStore(layout: layout)
    // Whoever set emend up without a language model gets what texts alone say; one that rules name has
    // to be there.
    if rules.utility.model == nil, !store.languageModels().contains(where: { $0.name == name }) {
      return nil
    }
    let installed = try store.resolveLanguageModel(name)
    try installed.checkMemory(available: AvailableMemory.bytes())
    let bare = try OpenVINOLanguageModel(
      model: installed, runtime: try openRuntime(layout),
      precision: PrecisionChoice(rules.precision), threads: threads)
    let model: any LanguageModel =
      usesCache
      ? CachingLanguageModel(
        wrapping: bare, directory: layout.writableCacheDirectory().appending(path: "scores")) : bare
    languageModels.withLock { $0[key] = model }
    return model
  }

  /// Which models the rules ask for, by the digests of what makes them; "none" for one that is not
  /// there.
  func identity(_ rules: RuleSet) -> String {
    guard let layout = try? RuntimeLayout.locate() else { return "none none" }
    let store = ModelStore(layout: layout)
    let encoder = try? store.resolve(rules.encoder ?? ModelStore.defaultModel)
    let language = store.languageModels().first {
      $0.name == rules.utility.model ?? ModelStore.defaultLanguageModel
    }
    return
      "\(encoder?.manifest.fingerprint ?? "none") \(language?.manifest.fingerprint ?? "none")"
  }

  /// OpenVINO itself, for measurements.
  func measuredRuntime() throws -> OpenVINORuntime { try openRuntime(RuntimeLayout.locate()) }

  private func openRuntime(_ layout: RuntimeLayout) throws -> OpenVINORuntime {
    if let known = runtime.withLock({ $0 }) { return known }
    let fresh = try OpenVINORuntime(layout: layout)
    runtime.withLock { $0 = fresh }
    return fresh
  }
}

extension PrecisionChoice {
  init(_ precision: RuleSet.Precision) {
    switch precision {
    case .auto: self = .auto
    case .fp32: self = .fp32
    case .bf16: self = .bf16
    }
  }
}
