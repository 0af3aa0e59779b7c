import Foundation
import ModelInterfaces
import ModelCatalogue
import OpenVINOBackend
import ModelServer
import Pipeline
import Rules
import Spool
import Synchronization
import Vectors

/// The models on this machine and the servers that rules name. Each is opened when it is first
/// needed, and then shared by all files of a run.
final class LocalModels: ModelSource {
  private let threads: Int
  private let usesCache: Bool
  private let opened = Mutex<[String: any Encoder]>([:])
  private let languageModels = Mutex<[String: any LanguageModel]>([:])
  private let generators = Mutex<[String: any TextGenerator]>([:])
  private let servers = Mutex<[String: ServerTextGenerator]>([:])
  private let runtime = Mutex<OpenVINORuntime?>(nil)
  /// Whether the permission is asked for before a language model on this machine is used, too.
  private let asksForLanguageModels: Bool
  /// Asked before the present file uses a server.
  private let permission = Mutex<@Sendable (String) throws -> Void>({ _ in })
  private let chosenCache = Mutex<RuntimeLayout.CacheChoice?>(nil)

  init(threads: Int, usesCache: Bool, asksForLanguageModels: Bool = false) {
    self.asksForLanguageModels = asksForLanguageModels
    self.threads = threads
    self.usesCache = usesCache
  }

  /// The encoder that the rules ask for.
  func encoder(_ rules: RuleSet) throws -> any Encoder {
    let name = rules.encoder ?? ModelStore.defaultModel
    let key = "\(name) \(rules.precision.rawValue)"
    if let known = opened.withLock({ $0[key] }) { return known }
    let layout = try RuntimeLayout.locate()
    let model = try ModelStore(layout: layout).resolve(name)
    try verify(model.directory, layout)
    let bare = try OpenVINOEncoder(
      model: model, runtime: try openRuntime(layout),
      precision: rules.precision, threads: threads)
    let encoder: any Encoder =
      cacheDirectory(layout).map { CachingEncoder(wrapping: bare, directory: $0) } ?? bare
    opened.withLock { $0[key] = encoder }
    return encoder
  }

  /// The fastest neighbour search: by lists for very many records, else exact.
  func search() -> any NeighbourSearch {
    InvertedListSearch(orExact: exactSearch(), threads: threads)
  }

  /// The fastest exact search: OpenVINO's if it can be opened, else the plain one, which gives the same
  /// bytes and needs no library.
  private func exactSearch() -> any NeighbourSearch {
    guard let layout = try? RuntimeLayout.locate(), let runtime = try? openRuntime(layout) else {
      return ExactNeighbourSearch(threads: threads)
    }
    return OpenVINONeighbourSearch(runtime: runtime, threads: threads)
  }

  /// The language model that scores texts for these rules; nil if the rules name none and the
  /// default one is not installed.
  func languageModel(_ rules: RuleSet) throws -> (any LanguageModel)? {
    let layout = try RuntimeLayout.locate()
    guard let installed = try installed(rules, in: layout) else { return nil }
    try askForLanguageModel()
    let key = "\(installed.name) \(rules.precision.rawValue)"
    if let known = languageModels.withLock({ $0[key] }) { return known }
    let bare = try open(installed, rules, layout)
    let model: any LanguageModel =
      cacheDirectory(layout).map {
        CachingLanguageModel(wrapping: bare, directory: $0.appending(path: "scores"))
      } ?? bare
    languageModels.withLock { $0[key] = model }
    return model
  }

  private func askForLanguageModel() throws {
    if asksForLanguageModels {
      try permission.withLock(\.self)(WorkReport.languageModelHere)
    }
  }

  /// The number of the language model's parameters, as its manifest states it; nil as above.
  func languageModelParameterCount(_ rules: RuleSet) throws -> Int? {
    try installed(rules, in: try RuntimeLayout.locate())?.manifest.parameters
  }

  /// The model that writes replies for these rules: the server's if the rules name one, else the
  /// installed one; nil if there is none.
  func generator(_ rules: RuleSet) throws -> (any TextGenerator)? {
    let layout = try RuntimeLayout.locate()
    if let server = rules.utility.server {
      return try generator(server, of: rules, layout)
    }
    guard let installed = try installed(rules, in: layout) else { return nil }
    try askForLanguageModel()
    let key = "\(installed.name) \(rules.precision.rawValue)"
    if let known = generators.withLock({ $0[key] }) { return known }
    let model = try open(
      installed, rules, layout, contextTokens: LocalTextGenerator.contextTokens)
    let generator = caching(LocalTextGenerator(model), layout)
    generators.withLock { $0[key] = generator }
    return generator
  }

  /// One line for each server to which any request has failed so far.
  var serverFailures: [String] {
    servers.withLock { Array($0.values) }.sorted { $0.identity < $1.identity }.compactMap {
      server in
      let failures = server.statistics.trouble
      return failures.map { "\(server.identity): \($0)" }
    }
  }

  /// How many requests with texts servers took so far; nil where none was opened.
  var sentConversations: Int? {
    let servers = servers.withLock { Array($0.values) }
    return servers.isEmpty ? nil : servers.reduce(0) { $0 + $1.statistics.conversations }
  }

  /// Whether the key of a server is in this process's memory.
  var holdsKey: Bool { servers.withLock { $0.values.contains(where: \.hasKey) } }

  /// Lets every server be asked again, even one that was given up in an earlier file: it may be
  /// back by now.
  ///
  /// - Parameter permit: called with a server's address, or `WorkReport.languageModelHere`, before the file uses
  ///   that; throws if it may not.
  func beginFile(permit: @escaping @Sendable (String) throws -> Void = { _ in }) {
    permission.withLock { $0 = permit }
    for server in servers.withLock({ Array($0.values) }) { server.beginFile() }
  }

  /// Why a server was given up in the present file; nil if none was.
  var lostServer: GenerationError? {
    servers.withLock { Array($0.values) }.lazy.compactMap(\.loss).first
  }

  /// Opens the server that the rules name, and asks it for its models, so that a wrong address is
  /// reported before any work.
  private func generator(
    _ server: UtilityRules.Server, of rules: RuleSet, _ layout: RuntimeLayout
  ) throws -> any TextGenerator {
    try permission.withLock(\.self)(server.address)
    let key = "\(server)"
    let known = servers.withLock { $0[key] }
    let folder = rules.file.map { Path($0).folder } ?? "."
    let server = try known ?? ServerTextGenerator(ServerSettings(server, rulesFolder: folder))
    servers.withLock { $0[key] = server }
    try server.checkModel()
    if let generator = generators.withLock({ $0[key] }) { return generator }
    let generator = caching(server, layout)
    generators.withLock { $0[key] = generator }
    return generator
  }

  /// The generator with a cache of its replies, unless the cache is switched off.
  private func caching(_ generator: any TextGenerator, _ layout: RuntimeLayout)
    -> any TextGenerator
  {
    guard let directory = cacheDirectory(layout) else { return generator }
    return CachingTextGenerator(
      wrapping: generator, directory: directory.appending(path: "replies"))
  }

  /// The folder of the caches; nil where they are switched off or there is none that is this user's alone.
  private func cacheDirectory(_ layout: RuntimeLayout) -> URL? {
    usesCache ? cacheFolder(layout)?.directory : nil
  }

  /// The folder of this user's caches, chosen once. Says why another one is not used.
  private func cacheFolder(_ layout: RuntimeLayout) -> CacheFolder? {
    let (choice, isFirst) = chosenCache.withLock { known in
      if let known { return (known, false) }
      let choice = layout.cacheChoice()
      known = choice
      return (choice, true)
    }
    if isFirst { for warning in choice.warnings { Terminal.warning(warning) } }
    return choice.folder
  }

  /// Compares a model's files with the digests of its manifest, unless they have not changed since that
  /// was done last.
  private func verify(_ directory: URL, _ layout: RuntimeLayout) throws {
    try ModelStore(layout: layout).verify(
      directory.standardizedFileURL.path,
      remembering: cacheFolder(layout).map { VerifiedFiles(cache: $0) })
  }

  /// The language model that the rules ask for. If they name none, the default one; nil if that is
  /// not installed, and texts are then scored without a model.
  ///
  /// - Throws: if the rules name a model that is not installed.
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
    try verify(installed.directory, layout)
    return try OpenVINOLanguageModel(
      model: installed, runtime: try openRuntime(layout),
      precision: rules.precision, threads: threads, contextTokens: contextTokens)
  }

  /// The fingerprints of the encoder and the language model that the rules ask for; "none" for one
  /// that is not installed.
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

  /// OpenVINO's runtime, for measurements.
  func measuredRuntime() throws -> OpenVINORuntime { try openRuntime(RuntimeLayout.locate()) }

  private func openRuntime(_ layout: RuntimeLayout) throws -> OpenVINORuntime {
    if let known = runtime.withLock({ $0 }) { return known }
    let fresh = try OpenVINORuntime(layout: layout)
    runtime.withLock { $0 = fresh }
    return fresh
  }
}

extension ServerSettings {
  /// - Parameter rulesFolder: the folder from which the path of a key's file counts.
  init(_ rules: UtilityRules.Server, rulesFolder: String) {
    self.init(base: rules.address, model: rules.model)
    keyVariable = rules.keyVariable
    if let file = rules.keyFile {
      keyFile = RulesDirectory.place(of: file, in: rulesFolder)
    } else if let name = rules.keyCredential {
      let folder = ProcessInfo.processInfo.environment["CREDENTIALS_DIRECTORY"]
      // Without a folder, the message that the file is not there names the variable.
      keyFile = "\(folder ?? "$CREDENTIALS_DIRECTORY")/\(name)"
    }
    allowsRemote = rules.allowsRemote
    if let seconds = rules.timeoutSeconds {
      requestTimeout = .seconds(seconds)
      conversationBudget = max(conversationBudget, requestTimeout * 2)
    }
    concurrency = rules.concurrency ?? concurrency
  }
}
