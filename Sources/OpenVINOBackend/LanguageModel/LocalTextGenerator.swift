import ModelCatalogue
package import ModelInterfaces

/// Writes replies with a language model in this process.
package struct LocalTextGenerator: TextGenerator {
  private let model: OpenVINOLanguageModel

  /// The length of context for judging, unless the model's own limit is smaller: sixteen passages of
  /// three hundred words take 6,700 tokens in English, and the prompt's own words and a reply 1,000.
  package static let contextTokens = 8192

  package init(_ model: OpenVINOLanguageModel) { self.model = model }

  /// One conversation per thread, since each runs on a single thread.
  package var concurrency: Int { model.threads }

  package var identity: String { "\(model.identity)|greedy" }

  package func reply(to conversation: Conversation) throws(GenerationError) -> Reply {
    let reply: LanguageModelReply
    do {
      reply = try model.reply(
        system: conversation.system, user: conversation.user,
        maximumTokens: conversation.maximumTokens)
    } catch let error as ModelError where error.kind == .unusableText {
      throw GenerationError(.tooLong, at: error.place, error.reason, remedy: error.remedy)
    } catch let error as ModelError {
      throw GenerationError(.failed, at: error.place, error.reason, remedy: error.remedy)
    } catch {
      throw GenerationError(
        .failed, at: model.model.name, "\(error)", remedy: "Try emend model verify.")
    }
    // The question stands at the end of the user's message. A message without it asks something else.
    guard reply.cutUserTokens == 0 else {
      throw GenerationError(
        .tooLong, at: model.model.name,
        "the question is \(reply.cutUserTokens) tokens longer than the context of "
          + "\(model.contextTokens) holds",
        remedy: "Use a model with a longer context, or shorten the texts.")
    }
    return Reply(
      text: reply.text, meanLogProbability: reply.meanLogProbability, wasCut: reply.wasCut,
      usage: TokenUsage(prompt: reply.promptTokens, reply: reply.tokens))
  }
}
