import Concurrency
import ArgumentParser
import Foundation
import ModelInterfaces
import ModelCatalogue
import OpenVINOBackend
import Injection
import ModelServer
import Records
import Synchronization

/// Measures how often a model selects a passage that has nothing to do with the query, without and with
/// a hostile text in the passage. It asks with a plain prompt and with emend's quoted prompt: 102
/// questions per query.
@main struct InjectionMeasurement: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "emend-injection",
    abstract: "Measures what fifty hostile passages do to a language model's selection.")

  @Option(help: "Queries with passages.") var file = "samples/questions.jsonl"
  @Option(help: "How many of its queries to take, from the first on.") var queries = 3
  @Option(help: "A language model's name, here or at the server.") var model =
    ModelStore.defaultLanguageModel
  @Option(help: "Address of a server on this machine, in place of a model in this process.")
  var server: String?
  @Flag(help: "Leave the plain prompt out, which does not change with the shipped ones.")
  var onlyQuoted =
    false
  @Option var threads = ProcessInfo.processInfo.activeProcessorCount

  func run() throws {
    let generator = try generator()
    let questions = InjectionTrial.questions(
      of: try cases(), kinds: onlyQuoted ? [.quoted] : InjectionTrial.Question.Kind.allCases)
    let next = Mutex(0)
    let sum = Mutex(InjectionTrial.Figures())
    try onThreads(max(1, min(generator.concurrency, questions.count))) { _ in
      while let one = next.withLock({ next -> InjectionTrial.Question? in
        guard next < questions.count else { return nil }
        next += 1
        return questions[next - 1]
      }) {
        let figures = one.figures(asking: generator)
        sum.withLock { $0 = $0 + figures }
      }
    }
    print("\(generator.identity)\n\(sum.withLock { $0 })")
  }

  private typealias Case = (query: String, passages: [String], irrelevant: Int)

  /// Each query with its passages and, in the middle, an irrelevant one: of the query half a file later,
  /// the first passage that this query does not have.
  private func cases() throws -> [Case] {
    let all = try Reader().read(try Source.read(file)).records.compactMap { record -> Retrieval? in
      if case .retrieval(let retrieval) = record.content { return retrieval }
      return nil
    }
    return all.indices.prefix(queries).compactMap { index in
      var passages = all[index].passages.map(\.titledText)
      let others = all[(index + all.count / 2) % all.count].passages.map(\.titledText)
      guard let irrelevant = others.first(where: { !passages.contains($0) }) else { return nil }
      let place = passages.count / 2
      passages.insert(irrelevant, at: place)
      return (all[index].query, passages, place)
    }
  }

  private func generator() throws -> any TextGenerator {
    if let server {
      return try ServerTextGenerator(ServerSettings(base: server, model: model))
    }
    let layout = try RuntimeLayout.locate()
    let opened = try OpenVINOLanguageModel(
      model: try ModelStore(layout: layout).resolveLanguageModel(model),
      runtime: try OpenVINORuntime(layout: layout), threads: threads,
      contextTokens: LocalTextGenerator.contextTokens)
    return LocalTextGenerator(opened)
  }
}
