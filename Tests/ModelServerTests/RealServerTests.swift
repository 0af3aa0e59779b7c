import Foundation
import ModelServer
import Testing
import ModelInterfaces

/// The address of a running server, such as llama.cpp's, up to `/v1`; nil if there is none.
private let realServer = ProcessInfo.processInfo.environment["EMEND_TEST_SERVER"]

/// Tests that need a real server with a model.
@Suite(.enabled(if: realServer != nil)) struct RealServerTests {
  @Test func listsItsModelAndReplies() throws {
    let base = try #require(realServer)
    let names = try ServerTextGenerator(ServerSettings(base: base, model: "any")).models()
    let generator = try ServerTextGenerator(
      ServerSettings(base: base, model: try #require(names.first)))
    try generator.checkModel()
    let first = try generator.reply(to: question)
    #expect(!first.text.isEmpty && first.meanLogProbability.map { $0 <= 0 } ?? true)
    #expect(try generator.reply(to: question).text == first.text)
    #expect(generator.statistics.replies == 2 && generator.statistics.failedRequests.isEmpty)
  }

  @Test func aConversationThatExceedsTheContextIsTooLong() throws {
    let base = try #require(realServer)
    let names = try ServerTextGenerator(ServerSettings(base: base, model: "any")).models()
    let generator = try ServerTextGenerator(
      ServerSettings(base: base, model: try #require(names.first)))
    let long = Conversation(
      user: String(repeating: "one more word ", count: 200_000), maximumTokens: 8)
    let error = #expect(throws: GenerationError.self) { try generator.reply(to: long) }
    #expect(error?.kind == .tooLong, "\(String(describing: error))")
  }
}
