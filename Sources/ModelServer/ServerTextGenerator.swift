import Concurrency
import Foundation
import Synchronization
package import ModelInterfaces

/// A text generator that asks a server; the caller's thread waits for the reply.
///
/// The server must be on this machine, unless the settings allow another one. Every address to which its
/// name resolves must then be a loopback address. The generator keeps this resolution and opens no
/// connection to any other address later. It follows no redirects and uses no proxies of the environment.
///
/// The generator sends a request again, after growing waits and within the conversation's budget, if no
/// server answers, if the time limit passes, if the server is overloaded (425, 429, 5xx), or if the answer
/// is cut off or unreadable. Other failures are final. After several conversations in a row that failed
/// because of the server, the generator gives the server up for the rest of the file: all later
/// conversations fail at once with that reason.
package final class ServerTextGenerator: TextGenerator {
  private let settings: ServerSettings
  private let endpoint: Endpoint
  private let key: String?
  private let clock: ServerClock
  /// Limits the conversations in progress. A conversation that waits for a retry keeps its place, so that
  /// an overloaded server gets no additional requests.
  private let places: DispatchSemaphore
  private let state: Mutex<State>

  private struct State {
    var statistics = ServerStatistics()
    var jitter: SplitMix64
    var circuit: Circuit
    /// Whether the server accepts requests for probabilities; nil until it has answered one.
    var givesProbabilities: Bool?
  }

  /// Checks the settings and resolves the server's name; sends nothing.
  ///
  /// - Parameter environment: the variables among which the key's variable is.
  package init(
    _ settings: ServerSettings,
    environment: [String: String] = ProcessInfo.processInfo.environment,
    clock: ServerClock = .system
  ) throws(GenerationError) {
    precondition(settings.concurrency > 0 && settings.circuitLimit > 0)
    self.settings = settings
    self.clock = clock
    endpoint = try Endpoint(settings.base, allowsRemote: settings.allowsRemote)
    key = try ServerKey.read(settings, in: environment, for: endpoint)
    places = DispatchSemaphore(value: settings.concurrency)
    state = Mutex(
      State(
        jitter: SplitMix64(seed: settings.seed), circuit: Circuit(limit: settings.circuitLimit)))
  }

  /// The server's address, the model's name, the temperature and the seed. The identity stays the same if
  /// the server changes the weights behind the model's name. It also does not guarantee equal replies if
  /// the server runs several conversations at once: the server then adds numbers in another order, which
  /// changes probabilities and sometimes a word.
  package var identity: String {
    "\(endpoint.base) temperature=0 seed=\(settings.seed) model=\(settings.model)"
  }

  package var concurrency: Int { settings.concurrency }

  /// Begins a new file: a server that was given up in the last file is asked again.
  package func beginFile() {
    state.withLock { $0.circuit = Circuit(limit: settings.circuitLimit) }
  }

  /// The error of a server that was given up since `beginFile`; nil if it was not given up.
  package var loss: GenerationError? {
    state.withLock(\.circuit.opened).map(givenUp)
  }

  private func givenUp(_ kind: GenerationError.Kind) -> GenerationError {
    GenerationError(
      kind, at: endpoint.base,
      "not asked: \(settings.circuitLimit) conversations in a row found no server at work",
      remedy: "Start the server, look at its log, and run again.")
  }

  /// Whether this process has a key of the server in its memory.
  package var hasKey: Bool { key != nil }

  /// The counts so far.
  package var statistics: ServerStatistics { state.withLock(\.statistics) }

  package func reply(to conversation: Conversation) throws(GenerationError) -> Reply {
    places.wait()
    defer { places.signal() }
    do throws(GenerationError) {
      if let open = state.withLock({ $0.circuit.opened }) {
        state.withLock { $0.statistics.notSent += 1 }
        throw givenUp(open)
      }
      let reply = try retry { timeout throws(Failure) in
        try self.chat(conversation, timeout: timeout)
      }
      state.withLock {
        $0.statistics.replies += 1
        $0.circuit.recordReply()
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
    let names = try retry { timeout throws(Failure) in
      let answer = try self.ask("/models", body: nil, timeout: timeout)
      guard let list = try? JSONDecoder().decode(ModelList.self, from: answer.body),
        let models = list.data
      else { throw self.notUnderstood(answer) }
      return models.compactMap(\.id)
    }
    state.withLock { $0.statistics.listings += 1 }
    return names
  }

  /// Fails unless the server answers and has the model. Call it before a long run.
  package func checkModel() throws(GenerationError) {
    let names = try models()
    // Ollama lists a model as `name:latest` and accepts it as `name`.
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
    /// Whether the server may have refused the request because of its parameters.
    var isAboutRequest = false
  }

  /// Calls `attempt` until it succeeds, fails with an error that is not worth a retry, or has used up the
  /// retries or the budget. `attempt` gets the time limit of one request.
  private func retry<Value>(
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
        else { throw failures > 1 ? counted(error.error, times: failures) : error.error }
        clock.wait(delay)
        state.withLock { $0.statistics.retries += 1 }
      }
    }
  }

  private func counted(_ error: GenerationError, times: Int) -> GenerationError {
    GenerationError(
      error.kind, at: error.place, "\(error.reason) (the last of \(times) requests)",
      remedy: error.remedy)
  }

  private func chat(_ conversation: Conversation, timeout: Duration) throws(Failure) -> Reply {
    let known = state.withLock(\.givesProbabilities)
    let asks = known != false
    let answer: Curl.Answer
    do throws(Failure) {
      answer = try ask(
        "/chat/completions",
        body: ChatRequest(conversation, settings: settings, wantsProbabilities: asks).bytes,
        timeout: timeout)
    } catch {
      // A server that never gave probabilities may refuse every request for them. If it gave them before,
      // its refusal has another cause, unless the message names probabilities.
      guard asks, error.isAboutRequest,
        known == nil || error.error.reason.lowercased().contains("logprob")
      else { throw error }
      state.withLock { $0.statistics.askedWithoutProbabilities += 1 }
      let second = try ask(
        "/chat/completions",
        body: ChatRequest(conversation, settings: settings, wantsProbabilities: false).bytes,
        timeout: timeout)
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
      // The same question would again give a reply without text, so a retry is useless.
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
      text: text, meanLogProbability: choice.probabilities?.mean, wasCut: wasCut,
      usage: chat.usage?.tokens)
  }

  private func refused(_ reason: String) -> Failure {
    Failure(
      error: GenerationError(
        .rejected, at: endpoint.base, reason, remedy: "Look at the texts of this query."),
      isWorthRetrying: false)
  }

  private func notUnderstood(_ answer: Curl.Answer) -> Failure {
    let words = shown(ServerMessage.text(in: answer.body))
    let type = answer.contentType.isEmpty ? "no content type" : shown(answer.contentType)
    return Failure(
      error: GenerationError(
        .malformed, at: endpoint.base,
        "the answer (\(type)) is not what was asked for: \(words.isEmpty ? "empty" : words)",
        remedy: "Check that an OpenAI-compatible server answers at this address."),
      isWorthRetrying: true)
  }

  // MARK: One request

  /// Sends one request.
  ///
  /// - Returns: an answer with a status of success.
  private func ask(_ path: String, body: Data?, timeout: Duration) throws(Failure) -> Curl.Answer {
    state.withLock { $0.statistics.requests += 1 }
    var headers = ["Accept: application/json", "User-Agent: emend"]
    if body != nil {
      headers.append("Content-Type: application/json")
      // Without this, libcurl would first ask with `Expect: 100-continue` whether it may send a long body,
      // and servers that do not know this header answer late.
      headers.append("Expect:")
    }
    if let key { headers.append("Authorization: Bearer \(key)") }
    let answer = Curl.ask(
      Curl.Request(
        url: endpoint.base + path, headers: headers, body: body, pin: endpoint.pin,
        isLoopbackOnly: !endpoint.allowsRemote, connectTimeout: settings.connectTimeout,
        timeout: timeout, bodyLimit: settings.responseLimit,
        headerLimit: ServerSettings.headerLimit))
    if body != nil, answer.outcome != .unreachable {
      state.withLock { $0.statistics.conversations += 1 }
    }
    if let failure = transferFailure(of: answer, timeout: timeout) ?? refusal(in: answer) {
      throw failure
    }
    return answer
  }

  /// The failure of a request without a complete answer; nil if the answer is complete.
  private func transferFailure(of answer: Curl.Answer, timeout: Duration) -> Failure? {
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
        String(format: "no answer within %.3g s", timeout / .seconds(1)),
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

  /// The failure that a status other than success means; nil for success.
  private func refusal(in answer: Curl.Answer) -> Failure? {
    let words = shown(ServerMessage.text(in: answer.body))
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
      // The address may contain the key, or part of the key if it was cut there.
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
          ? "Name the file that has the server's key."
          : "Check the key in \(ServerKey.place(settings)).")
    case 404:
      return final(
        said, "Check the address, which usually ends in /v1, and the name \(settings.model.cut).")
    case 400..<500 where Self.isAboutContextLength(words):
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

  /// Whether the server refused a request because it is too long for the model's context. HTTP has no
  /// status for that; llama.cpp says "exceeds the available context size", vLLM "maximum context length".
  private static func isAboutContextLength(_ words: String) -> Bool {
    let words = words.lowercased()
    return words.contains("context")
      && ["exceed", "length", "size", "too long"].contains { words.contains($0) }
  }

  // MARK: The key

  /// A server's text for a message, without the key, which some servers repeat.
  private func shown(_ words: String) -> String {
    guard let key else { return words.cut }
    return words.replacingOccurrences(of: key, with: "[key]").cut
  }
}

/// A circuit breaker: counts conversations in a row that failed because of the server, opens at a limit,
/// and stays open.
struct Circuit: Sendable {
  private let limit: Int
  private var consecutiveFailures = 0
  /// The kind of failure that opened the circuit; nil while it is closed.
  private(set) var opened: GenerationError.Kind?

  init(limit: Int) { self.limit = limit }

  /// Records a conversation with a reply.
  mutating func recordReply() { consecutiveFailures = 0 }

  /// Records a conversation without a reply.
  mutating func record(_ kind: GenerationError.Kind) {
    switch kind {
    // A server that never answers costs more time than one that is not running. A server that hangs up
    // each time, as in a loop of crashes, is as useless.
    case .unreachable, .timedOut, .overloaded, .malformed: consecutiveFailures += 1
    case .rejected, .tooLong, .failed: consecutiveFailures = 0
    }
    if opened == nil, consecutiveFailures >= limit { opened = kind }
  }
}
