import Foundation
import ModelInterfaces
import ModelCatalogue
import OpenVINOBackend
import ModelServer
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
  private let generators = Mutex<[String: any TextGenerator]>([:])
  private let servers = Mutex<[String: ServerTextGenerator]>([:])
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
      precision: rules.precision, threads: threads)
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
    let layout = try RuntimeLayout.locate()
    guard let installed = try installed(rules, in: layout) else { return nil }
    let key = "\(installed.name) \(rules.precision.rawValue)"
    if let known = languageModels.withLock({ $0[key] }) { return known }
    let bare = try open(installed, rules, layout)
    let model: any LanguageModel =
      usesCache
      ? CachingLanguageModel(
        wrapping: bare, directory: layout.writableCacheDirectory().appending(path: "scores")) : bare
    languageModels.withLock { $0[key] = model }
    return model
  }

  func languageModelParameterCount(_ rules: RuleSet) throws -> Int? {
    try installed(rules, in: try RuntimeLayout.locate())?.manifest.parameters
  }

  func generator(_ rules: RuleSet) throws -> (any TextGenerator)? {
    let layout = try RuntimeLayout.locate()
    if let server = rules.utility.server { return try generator(server, layout) }
    guard let installed = try installed(rules, in: layout) else { return nil }
    let key = "\(installed.name) \(rules.precision.rawValue)"
    if let known = generators.withLock({ $0[key] }) { return known }
    let model = try open(
      installed, rules, layout, contextTokens: LocalTextGenerator.contextTokens)
    let generator = remembering(LocalTextGenerator(model), layout)
    generators.withLock { $0[key] = generator }
    return generator
  }

  /// Requests to servers so far, a line for each server that had any trouble.
  var serverTroubles: [String] {
    servers.withLock { Array($0.values) }.sorted { $0.identity < $1.identity }.compactMap {
      server in
      let trouble = server.statistics.trouble
      return trouble.map { "\(server.identity): \($0)" }
    }
  }

  /// Every file begins anew: a server comes and goes while the watched folder is served.
  func beginFile() {
    for server in servers.withLock({ Array($0.values) }) { server.beginFile() }
  }

  /// That a server was given up in the file that was worked on last; nil where none was.
  var lostServer: GenerationError? {
    servers.withLock { Array($0.values) }.lazy.compactMap(\.loss).first
  }

  /// The server is asked for its models, so that a wrong address costs no night.
  private func generator(
    _ rules: UtilityRules.Server, _ layout: RuntimeLayout
  ) throws -> any TextGenerator {
    let key = "\(rules)"
    let known = servers.withLock { $0[key] }
    let server = try known ?? ServerTextGenerator(ServerSettings(rules))
    servers.withLock { $0[key] = server }
    try server.checkModel()
    if let generator = generators.withLock({ $0[key] }) { return generator }
    let generator = remembering(server, layout)
    generators.withLock { $0[key] = generator }
    return generator
  }

  private func remembering(_ generator: any TextGenerator, _ layout: RuntimeLayout)
    -> any TextGenerator
  {
    guard usesCache else { return generator }
    return CachingTextGenerator(
      wrapping: generator, directory: layout.writableCacheDirectory().appending(path: "replies"))
  }

  /// The language model that the rules ask for. Whoever set emend up without one gets what texts alone
  /// say; one that rules name has to be there.
  private func installed(
    _ rules: RuleSet, in layout: RuntimeLayout
  ) throws -> InstalledLanguageModel? {
    let store = ModelStore(layout: layout)
    if let name = rules.utility.model { return try store.resolveLanguageModel(name) }
    return store.languageModels().first { $0.name == ModelStore.defaultLanguageModel }
  }

  private func open(
    _ installed: InstalledLanguageModel, _ rules: RuleSet, _ layout: RuntimeLayout,
    contextTokens: Int = OpenVINOLanguageModel.defaultContextTokens
  ) throws -> OpenVINOLanguageModel {
    let threads = try installed.sequences(
      fitting: AvailableMemory.bytes(), atMost: self.threads,
      contextTokens: contextTokens)
    // Some tenths of a second for the default one, and nothing beside what opening a large one takes.
    try ModelStore(layout: layout).verify(installed.directory.path)
    return try OpenVINOLanguageModel(
      model: installed, runtime: try openRuntime(layout),
      precision: rules.precision, threads: threads, contextTokens: contextTokens)
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

extension ServerSettings {
  init(_ rules: UtilityRules.Server) {
    self.init(base: rules.address, model: rules.model)
    keyVariable = rules.keyVariable
    allowsRemote = rules.allowsRemote
    if let seconds = rules.timeoutSeconds {
      requestTimeout = .seconds(seconds)
      conversationBudget = max(conversationBudget, requestTimeout * 2)
    }
    concurrency = rules.concurrency ?? concurrency
  }
}
