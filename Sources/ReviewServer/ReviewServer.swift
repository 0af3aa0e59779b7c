// ReviewServer owns the page on which people decide records in a browser: its address, who may ask it, and its
// messages. It knows nothing of how records are chosen or where decisions are kept.
package import ReviewQueue
import Dispatch
import FlyingFox
import FlyingSocks
import Foundation
import Synchronization

/// Serves the page of a review to browsers of this machine, and takes their answers.
///
/// It listens on 127.0.0.1 alone. Whoever asks must know the token in the address; `RequestGuard` says what else
/// is refused. No text of the dataset is in an address or a log.
package final class ReviewServer: Sendable {
  /// What the page shows beside the records.
  package struct Description: Sendable {
    /// The name of the output.
    package let dataset: String
    /// What can be done with the decisions: commands.
    package let nextCommands: [String]
    /// What the name of a signal means.
    package let signalName: @Sendable (String) -> String

    package init(
      dataset: String, nextCommands: [String], signalName: @escaping @Sendable (String) -> String
    ) {
      self.dataset = dataset
      self.nextCommands = nextCommands
      self.signalName = signalName
    }
  }

  /// Why the page cannot be served.
  package struct Unavailable: Error, CustomStringConvertible {
    package let description: String
  }

  private struct Running {
    var server: HTTPServer?
    var port: UInt16 = 0
    var isStopped = false
  }

  private let review: OngoingReview
  private let description: Description
  private let token: AccessToken
  private let running = Mutex(Running())
  /// Where answers are taken one after the other: writing to disk waits, which tasks must not.
  private let answering = DispatchQueue(label: "emend.review")

  package init(
    _ review: OngoingReview, _ description: Description, token: AccessToken = AccessToken()
  ) {
    self.review = review
    self.description = description
    self.token = token
  }

  /// Serves the page until `stop` is called, or until the last person has finished.
  ///
  /// - Parameters:
  ///   - port: 0 for any free one.
  ///   - whenReady: gets the address, with the token.
  /// - Throws: `Unavailable` where the port cannot be used.
  package func run(
    port: UInt16 = 0, whenReady: @escaping @Sendable (_ address: String) -> Void
  ) async throws {
    var port = port
    var isFirst = true
    while true {
      let server = try makeServer(port: port)
      guard
        running.withLock({ running in
          if running.isStopped { return false }
          running.server = server
          return true
        })
      else { return }
      let serving = Task { try await server.run() }
      do {
        try await server.waitUntilListening(timeout: Self.startTimeout)
        guard case .ip4(_, let bound)? = await server.listeningAddress else {
          throw Unavailable(description: "the page cannot be served on 127.0.0.1")
        }
        port = bound
        running.withLock { $0.port = bound }
      } catch {
        serving.cancel()
        guard isFirst else { throw error }
        throw Unavailable(
          description: port == 0
            ? "no port of 127.0.0.1 can be used for the page: \(error)"
            : "port \(port) of 127.0.0.1 cannot be used, perhaps because another program has it; name another with "
              + "--port, or none")
      }
      if isFirst { whenReady("http://127.0.0.1:\(port)/\(token.text)/") }
      isFirst = false
      _ = try? await serving.value
      if running.withLock({ $0.isStopped }) { return }
      // The listening socket has failed, for instance since too many files are open.
      try await Task.sleep(for: Self.pauseBeforeRestart)
    }
  }

  private static let startTimeout: TimeInterval = 10
  private static let pauseBeforeRestart: Duration = .milliseconds(300)
  /// A request is at most a decision with its note, or a name.
  static let longestBody = 64 << 10
  private static let requestTimeout: TimeInterval = 60

  private func makeServer(port: UInt16) throws -> HTTPServer {
    let configuration = HTTPServer.Configuration(
      address: try .inet(ip4: "127.0.0.1", port: port), timeout: Self.requestTimeout,
      sharedRequestBufferSize: Self.longestBody, sharedRequestReplaySize: Self.longestBody,
      pool: PromptSockets(), logger: .disabled)
    return HTTPServer(
      config: configuration, handler: ClosureHTTPHandler { [self] in await respond(to: $0) })
  }

  /// Ends `run`, after answers that are being written.
  package func stop() async {
    let server = running.withLock { running in
      running.isStopped = true
      return running.server
    }
    await server?.stop(timeout: Self.stopTimeout)
  }

  private static let stopTimeout: TimeInterval = 0.5

  // MARK: - Requests

  private func respond(to request: HTTPRequest) async -> HTTPResponse {
    let port = running.withLock { $0.port }
    let guardian = RequestGuard(token: token, port: port)
    let head = RequestGuard.Head(
      method: request.method.rawValue, path: request.target.path(),
      header: { request.headers[HTTPHeader($0)] })
    switch guardian.admit(head) {
    case .failure(let refusal): return refused(refusal)
    case .success(.asset(let asset)): return response(200, asset.type, asset.bytes)
    case .success(.call(let call)):
      guard let body = try? await request.bodyData, body.count <= Self.longestBody,
        let message = try? JSONDecoder().decode(ReviewMessage.self, from: body),
        let session = message.validSession
      else { return refused(.malformed) }
      return await withCheckedContinuation { continuation in
        answering.async { [self] in
          continuation.resume(returning: answer(call, message, session))
        }
      }
    }
  }

  private func answer(
    _ call: ReviewCall, _ message: ReviewMessage, _ session: ReviewQueue.Session
  ) -> HTTPResponse {
    let now = ContinuousClock.now
    do {
      switch call {
      case .start:
        return json(
          200, ReviewStart(review, description, view: shown(review.view(of: session, at: now))))
      case .turn: return json(200, shown(review.view(of: session, at: now)))
      case .again: return json(200, shown(review.lookAgain(session, at: now)))
      case .undo: return json(200, shown(try review.undo(session, at: now)))
      case .decide:
        guard let index = message.index, let answer = message.validAnswer else {
          return refused(.malformed)
        }
        let view = try review.decide(
          answer, on: index, note: message.note ?? "", session, at: now)
        return json(200, shown(view))
      case .leave, .finish:
        review.close(session)
        let isLast = review.sessionCount(at: now) == 0
        if call == .finish, isLast { Task { await stop() } }
        return json(200, ReviewEnd(isLast: isLast))
      }
    } catch let refusal as OngoingReview.Refusal {
      var view = shown(review.view(of: session, at: now))
      view.message = refusal.description
      return json(409, view)
    } catch {
      return json(
        500,
        ReviewProblem(
          error:
            "Your answer could not be saved, and nothing was changed. \(error). Then answer again.")
      )
    }
  }

  private func shown(_ view: OngoingReview.View) -> ReviewView {
    ReviewView(view) {
      ReviewCard($0, of: review.output, isBlind: review.isBlind, signalName: description.signalName)
    }
  }

  // MARK: - Responses

  private func json(_ status: Int, _ value: some Encodable) -> HTTPResponse {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.withoutEscapingSlashes]
    guard let body = try? encoder.encode(value) else { return refused(.malformed) }
    return response(status, "application/json", body)
  }

  private func refused(_ refusal: RequestGuard.Refusal) -> HTTPResponse {
    let text = Data("\(refusal.sentence)\n".utf8)
    var response = response(refusal.status, "text/plain; charset=utf-8", text)
    // What is left of the request is not read.
    response.payload = .httpBody(
      HTTPBodySequence(from: ClosingBytes(Array(text)), count: text.count))
    response.headers[.connection] = "close"
    return response
  }

  private func response(_ status: Int, _ type: String, _ body: Data) -> HTTPResponse {
    var headers: HTTPHeaders = [:]
    headers[.contentType] = type
    for (name, value) in RequestGuard.headers { headers[HTTPHeader(name)] = value }
    return HTTPResponse(
      statusCode: HTTPStatusCode(status, phrase: RequestGuard.phrase(of: status)),
      headers: headers, body: body)
  }
}
