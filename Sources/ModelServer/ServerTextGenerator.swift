// ModelServer owns asking a language model that a server runs: llama.cpp's, vLLM, Ollama or any other
// that speaks OpenAI's chat completions. It knows addresses, HTTP, retries and what failed how often;
// it knows nothing of what is asked and what the replies mean.

import Concurrency
import Foundation
import Synchronization
package import ModelInterfaces

/// Replies by asking a server; the caller's thread waits.
///
/// The server has to be on this machine unless the settings allow another: every address that its name
/// resolves to must be a loopback one, that resolution is kept, and no connection to any other address is
/// opened, whatever happens later. Redirects are not followed and the environment's proxies not used.
///
/// A request that finds nobody, times out, meets a server that has no time (429, 5xx) or brings an
/// answer that is broken off is sent again, with growing waits, within the conversation's budget; other
/// refusals are final. Where several conversations in a row found no server at work, it is given up for
/// the rest of the file: all later ones fail at once, and say so.
package final class ServerTextGenerator: TextGenerator {
  private let settings: ServerSettings
  private let endpoint: Endpoint
  private let key: String?
  private let clock: ServerClock
  /// Places for conversations; one that waits to try again keeps its own, so that a server in trouble is
  /// not given more to do.
  private let places: DispatchSemaphore
  private let state: Mutex<State>

  private struct State {
    var statistics = ServerStatistics()
    var jitter: SplitMix64
    var circuit: Circuit
    /// Whether the server takes the question for probabilities; nil until it has answered one.
    var givesProbabilities: Bool?
  }

  /// Checks the settings and resolves the server's name; nothing is sent.
  ///
  /// - Parameter environment: where the key's variable is looked up.
  package init(
    _ settings: ServerSettings,
    environment: [String: String] = ProcessInfo.processInfo.environment,
    clock: ServerClock = .system
  ) throws(GenerationError) {
    precondition(settings.concurrency > 0 && settings.circuitLimit > 0)
    self.settings = settings
    self.clock = clock
    endpoint = try Endpoint(settings.base, allowsRemote: settings.allowsRemote)
    key = try Self.key(named: settings.keyVariable, in: environment, for: endpoint)
    places = DispatchSemaphore(value: settings.concurrency)
    state = Mutex(
      State(
        jitter: SplitMix64(seed: settings.seed), circuit: Circuit(limit: settings.circuitLimit)))
  }

  /// The server's address, the model's name and what is asked of it. The weights behind the name are the
  /// server's: where they change under the same name, this does not. Nor are replies
  /// the same to the last bit where a server has several conversations at once: it adds in another order
  /// then, which changes probabilities and now and then a word.
  package var identity: String {
    "\(endpoint.base) temperature=0 seed=\(settings.seed) model=\(settings.model)"
  }

  package var concurrency: Int { settings.concurrency }

  /// Begins with a file: a server that was given up for the last one is asked again.
  package func beginFile() {
    state.withLock { $0.circuit = Circuit(limit: settings.circuitLimit) }
  }

  /// That the server was given up since `beginFile`; nil where it was not.
  package var loss: GenerationError? {
    state.withLock(\.circuit.opened).map(lost)
  }

  private func lost(_ kind: GenerationError.Kind) -> GenerationError {
    GenerationError(
      kind, at: endpoint.base,
      "not asked: \(settings.circuitLimit) conversations in a row found no server at work",
      remedy: "Start the server, look at its log, and run again.")
  }

  /// What asking came to so far.
  package var statistics: ServerStatistics { state.withLock(\.statistics) }

  package func reply(to conversation: Conversation) throws(GenerationError) -> Reply {
    places.wait()
    defer { places.signal() }
    do throws(GenerationError) {
      if let open = state.withLock({ $0.circuit.opened }) {
        state.withLock { $0.statistics.notSent += 1 }
        throw lost(open)
      }
      let reply = try insist { patience throws(Failure) in
        try self.chat(conversation, patience: patience)
      }
      state.withLock {
        $0.statistics.replies += 1
        $0.circuit.close()
      }
      return reply
    } catch {
      state.withLock {
        $0.statistics.failedConversations[error.kind, default: 0] += 1
        $0.circuit.record(error.kind)
      }
      throw error
    }
  }

  /// The names of the models that the server has.
  package func models() throws(GenerationError) -> [String] {
    let names = try insist { patience throws(Failure) in
      let answer = try self.ask("/models", body: nil, patience: patience)
      guard let list = try? JSONDecoder().decode(ModelList.self, from: answer.body),
        let models = list.data
      else { throw self.notUnderstood(answer) }
      return models.compactMap(\.id)
    }
    state.withLock { $0.statistics.listings += 1 }
    return names
  }

  /// Fails unless the server is there and has the model; to be called before a long run.
  package func checkModel() throws(GenerationError) {
    let names = try models()
    // Ollama lists `name:latest` for what it takes as `name`.
    guard !names.contains(settings.model), !names.contains(settings.model + ":latest") else {
      return
    }
    let listed = names.isEmpty ? "no model" : shown(names.joined(separator: ", "))
    throw GenerationError(
      .rejected, at: endpoint.base,
      "the server has \(listed), and not the model \(settings.model.cut)",
      remedy: "Name one that it has, or have the server load the model under that name.")
  }

  // MARK: One conversation

  /// A failed request.
  private struct Failure: Error {
    let error: GenerationError
    let isWorthRetrying: Bool
    var askedWait: Duration?
    /// Whether the request's parameters may be what is refused.
    var isAboutRequest = false
  }

  /// Calls `attempt` until it succeeds, fails for good or the budget is used up. `attempt` is given the
  /// time that one request may take.
  private func insist<Value>(
    _ attempt: (Duration) throws(Failure) -> Value
  ) throws(GenerationError) -> Value {
    let deadline = clock.now() + settings.conversationBudget
    var failures = 0
    while true {
      let left = max(deadline - clock.now(), .milliseconds(1))
      do throws(Failure) {
        return try attempt(min(settings.requestTimeout, left))
      } catch {
        failures += 1
        let share = state.withLock { state in
          state.statistics.failedRequests[error.error.kind, default: 0] += 1
          return state.jitter.uniform()
        }
        let delay = settings.retries.delay(
          after: failures, share: share, asked: error.askedWait)
        guard error.isWorthRetrying, failures <= settings.retries.limit,
          clock.now() + delay < deadline
        else { throw failures > 1 ? told(error.error, times: failures) : error.error }
        clock.wait(delay)
        state.withLock { $0.statistics.retries += 1 }
      }
    }
  }

  private func told(_ error: GenerationError, times: Int) -> GenerationError {
    GenerationError(
      error.kind, at: error.place, "\(error.reason) (the last of \(times) requests)",
      remedy: error.remedy)
  }

  private func chat(_ conversation: Conversation, patience: Duration) throws(Failure) -> Reply {
    let known = state.withLock(\.givesProbabilities)
    let asks = known != false
    let answer: Curl.Answer
    do throws(Failure) {
      answer = try ask(
        "/chat/completions",
        body: ChatRequest(conversation, settings: settings, wantsProbabilities: asks).bytes,
        patience: patience)
    } catch {
      // A server that never gave probabilities may refuse all because of them. One that did so means
      // something else, unless it names them.
      guard asks, error.isAboutRequest,
        known == nil || error.error.reason.lowercased().contains("logprob")
      else { throw error }
      state.withLock { $0.statistics.askedWithoutProbabilities += 1 }
      let second = try ask(
        "/chat/completions",
        body: ChatRequest(conversation, settings: settings, wantsProbabilities: false).bytes,
        patience: patience)
      state.withLock { $0.givesProbabilities = false }
      return try read(second, for: conversation)
    }
    if asks { state.withLock { if $0.givesProbabilities == nil { $0.givesProbabilities = true } } }
    return try read(answer, for: conversation)
  }

  private func read(
    _ answer: Curl.Answer, for conversation: Conversation
  ) throws(Failure) -> Reply {
    guard let chat = try? JSONDecoder().decode(ChatAnswer.self, from: answer.body),
      let choice = chat.choices?.first, let message = choice.message
    else { throw notUnderstood(answer) }
    if let refusal = message.refusal, !refusal.isEmpty {
      throw refused("the model refuses: \(shown(refusal))")
    }
    guard choice.finishReason != "content_filter" else {
      throw refused("the server's content filter took the reply away")
    }
    let text = message.content ?? ""
    let wasCut = choice.finishReason == "length"
    guard !text.allSatisfy(\.isWhitespace) else {
      // The same question gives the same nothing: not worth another request.
      let cause =
        message.thought.map { !$0.isEmpty } == true
        ? ": the model thought, and \(wasCut ? "the limit of tokens" : "the reply") ended there"
        : ""
      throw Failure(
        error: GenerationError(
          .malformed, at: endpoint.base,
          "the reply of at most \(conversation.maximumTokens) tokens has no text\(cause)",
          remedy: "Use a model for conversations, and one that replies without thinking first."),
        isWorthRetrying: false)
    }
    return Reply(
      text: text, meanLogProbability: choice.probabilities?.mean, wasCut: wasCut)
  }

  private func refused(_ reason: String) -> Failure {
    Failure(
      error: GenerationError(
        .rejected, at: endpoint.base, reason, remedy: "Look at the texts of this query."),
      isWorthRetrying: false)
  }

  private func notUnderstood(_ answer: Curl.Answer) -> Failure {
    let words = shown(ServersWords.inside(answer.body))
    let type = answer.contentType.isEmpty ? "no content type" : shown(answer.contentType)
    return Failure(
      error: GenerationError(
        .malformed, at: endpoint.base,
        "the answer (\(type)) is not what was asked for: \(words.isEmpty ? "empty" : words)",
        remedy: "Check that an OpenAI-compatible server answers at this address."),
      isWorthRetrying: true)
  }

  // MARK: One request

  /// Sends one request; returns an answer that the server calls a success.
  private func ask(_ path: String, body: Data?, patience: Duration) throws(Failure) -> Curl.Answer {
    state.withLock { $0.statistics.requests += 1 }
    var headers = ["Accept: application/json", "User-Agent: emend"]
    if body != nil {
      headers.append("Content-Type: application/json")
      // libcurl would first ask whether a long body is welcome, and servers that do not know the
      // question answer late.
      headers.append("Expect:")
    }
    if let key { headers.append("Authorization: Bearer \(key)") }
    let answer = Curl.ask(
      Curl.Request(
        url: endpoint.base + path, headers: headers, body: body, pin: endpoint.pin,
        isLoopbackOnly: !endpoint.allowsRemote, connectTimeout: settings.connectTimeout,
        timeout: patience, bodyLimit: settings.responseLimit,
        headerLimit: ServerSettings.headerLimit))
    if let failure = transferFailure(of: answer, patience: patience) ?? refusal(in: answer) {
      throw failure
    }
    return answer
  }

  private func transferFailure(of answer: Curl.Answer, patience: Duration) -> Failure? {
    func failure(_ kind: GenerationError.Kind, _ reason: String, _ remedy: String) -> Failure {
      Failure(
        error: GenerationError(kind, at: endpoint.base, reason, remedy: remedy),
        isWorthRetrying: true)
    }
    switch answer.outcome {
    case .answered:
      return nil
    case .unreachable:
      return failure(
        .unreachable, "no server answers: \(answer.reason.cut)",
        "Start the server, or correct its address.")
    case .timedOut:
      return failure(
        .timedOut,
        String(format: "no answer within %.3g s", patience / .seconds(1)),
        "Allow more time, ask fewer questions at once, or use a smaller model.")
    case .tooLarge:
      return failure(
        .malformed,
        "the answer is larger than \(settings.responseLimit >> 10) KiB, or its headers "
          + "than \(ServerSettings.headerLimit >> 10) KiB",
        "Check that an OpenAI-compatible server answers at this address.")
    case .broken:
      return failure(
        .malformed, "the answer was broken off: \(answer.reason.cut)",
        "Look at the server's log.")
    }
  }

  /// What a status other than success means.
  private func refusal(in answer: Curl.Answer) -> Failure? {
    let words = shown(ServersWords.inside(answer.body))
    let said = "status \(answer.status)\(words.isEmpty ? "" : ": \(words)")"
    func final(_ reason: String, _ remedy: String) -> Failure {
      Failure(
        error: GenerationError(.rejected, at: endpoint.base, reason, remedy: remedy),
        isWorthRetrying: false)
    }
    switch answer.status {
    case 200..<300:
      return nil
    case 300..<400:
      // An address may carry the key, and may have been cut within it.
      let elsewhere = key == nil ? answer.location.cut : "an address that is not shown"
      return final(
        "the server sends requests elsewhere (\(elsewhere)), and none was sent there",
        "Name the right address.")
    case 408:
      return Failure(
        error: GenerationError(
          .timedOut, at: endpoint.base, said, remedy: "Look at the server's log."),
        isWorthRetrying: true)
    case 425, 429, 500...:
      return Failure(
        error: GenerationError(
          .overloaded, at: endpoint.base, said,
          remedy: "Wait until the server is ready, ask fewer questions at once, or look at its log."
        ),
        isWorthRetrying: true, askedWait: answer.retryAfter)
    case 401, 403:
      return final(
        said,
        key == nil
          ? "Name the environment variable that has the server's key."
          : "Check the key in the environment variable \(settings.keyVariable ?? "").")
    case 404:
      return final(
        said, "Check the address, which usually ends in /v1, and the name \(settings.model.cut).")
    case 400..<500 where Self.speaksOfContext(words):
      return Failure(
        error: GenerationError(
          .tooLong, at: endpoint.base, said,
          remedy: "Start the server with a longer context, or shorten the texts."),
        isWorthRetrying: false)
    default:
      var failure = final(said, "Change the request as the server says.")
      failure.isAboutRequest = [400, 422].contains(answer.status)
      return failure
    }
  }

  /// Whether a refusal is for the length of what was asked. There is no status of its own for that;
  /// llama.cpp says "exceeds the available context size", vLLM "maximum context length".
  private static func speaksOfContext(_ words: String) -> Bool {
    let words = words.lowercased()
    return words.contains("context")
      && ["exceed", "length", "size", "too long"].contains { words.contains($0) }
  }

  // MARK: The key

  /// What a server says, without the key, which some repeat.
  private func shown(_ words: String) -> String {
    guard let key else { return words.cut }
    return words.replacingOccurrences(of: key, with: "[key]").cut
  }

  private static func key(
    named variable: String?, in environment: [String: String], for endpoint: Endpoint
  ) throws(GenerationError) -> String? {
    guard let variable else { return nil }
    guard let key = environment[variable], !key.isEmpty else {
      throw GenerationError(
        .rejected, at: endpoint.base, "the environment variable \(variable.cut) has no key",
        remedy: "Set it, or name none where the server asks for no key.")
    }
    // A line break in it would begin a header of its own.
    guard key.utf8.allSatisfy({ (0x21...0x7E).contains($0) }) else {
      throw GenerationError(
        .rejected, at: endpoint.base,
        "the key in \(variable.cut) has characters that no key has, such as blanks",
        remedy: "Set it again.")
    }
    return key
  }
}

/// Counts conversations in a row that found no server at work, and opens at a limit, for good.
struct Circuit: Sendable {
  private let limit: Int
  private var inRow = 0
  /// How the last of them failed; nil while it is closed.
  private(set) var opened: GenerationError.Kind?

  init(limit: Int) { self.limit = limit }

  /// A conversation had its reply.
  mutating func close() { inRow = 0 }

  mutating func record(_ kind: GenerationError.Kind) {
    switch kind {
    // A server that never answers costs more time than one that is not there.
    // One that hangs up each time, as in a loop of crashes, is no better.
    case .unreachable, .timedOut, .overloaded, .malformed: inRow += 1
    case .rejected, .tooLong, .failed: inRow = 0
    }
    if opened == nil, inRow >= limit { opened = kind }
  }
}
