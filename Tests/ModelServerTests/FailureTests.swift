import Foundation
import ModelServer
import Synchronization
import Testing
import UnrulyServer
import ModelInterfaces

@Suite struct FailureTests {
  struct FailureCase: Sendable, CustomTestStringConvertible {
    let testDescription: String
    let action: UnrulyServer.Action
    let kind: GenerationError.Kind
    let isRetried: Bool
    /// A text that the error's reason must contain.
    var reason = ""
  }

  static let cases: [FailureCase] = [
    FailureCase(
      testDescription: "hangs up before headers", action: .send(""), kind: .malformed,
      isRetried: true, reason: "broken off"),
    FailureCase(
      testDescription: "hangs up within the body",
      action: .send("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{"), kind: .malformed,
      isRetried: true, reason: "broken off"),
    FailureCase(
      testDescription: "an answer that is not HTTP", action: .send("SSH-2.0-OpenSSH\r\n"),
      kind: .malformed, isRetried: true),
    FailureCase(
      testDescription: "invalid JSON", action: .answer("{\"choices\": ["), kind: .malformed,
      isRetried: true),
    FailureCase(
      testDescription: "no choices", action: .answer(#"{"id":"x"}"#), kind: .malformed,
      isRetried: true),
    FailureCase(
      testDescription: "empty choices", action: .answer(#"{"choices":[]}"#), kind: .malformed,
      isRetried: true),
    FailureCase(
      testDescription: "an error with the status of success",
      action: .answer(#"{"error":{"message":"out of \u001b[31mmemory"}}"#), kind: .malformed,
      isRetried: true, reason: "out of [31mmemory"),
    FailureCase(
      testDescription: "another content type", action: .answer(type: "text/html", "<html>Welcome"),
      kind: .malformed, isRetried: true, reason: "text/html"),
    FailureCase(
      testDescription: "empty content", action: .reply(" \\n"), kind: .malformed, isRetried: false,
      reason: "no text"),
    FailureCase(
      testDescription: "reasoning without a reply",
      action: .answer(
        #"{"choices":[{"message":{"content":null,"reasoning_content":"Hm"},"finish_reason":"length"}]}"#
      ),
      kind: .malformed, isRetried: false, reason: "the model thought"),
    FailureCase(
      testDescription: "a refusal",
      action: .answer(#"{"choices":[{"message":{"content":null,"refusal":"I will not."}}]}"#),
      kind: .rejected, isRetried: false, reason: "I will not."),
    FailureCase(
      testDescription: "429", action: .answer(status: "429 Too Many Requests", "{}"),
      kind: .overloaded,
      isRetried: true, reason: "429"),
    FailureCase(
      testDescription: "loading",
      action: .answer(status: "503 Service Unavailable", #"{"error":{"message":"Loading model"}}"#),
      kind: .overloaded, isRetried: true, reason: "Loading model"),
    FailureCase(
      testDescription: "404", action: .answer(status: "404 Not Found", #"{"detail":"Not Found"}"#),
      kind: .rejected, isRetried: false, reason: "404: Not Found"),
    FailureCase(
      testDescription: "too long",
      action: .answer(
        status: "400 Bad Request",
        #"{"error":{"message":"request (9999 tokens) exceeds the available context size"}}"#),
      kind: .tooLong, isRetried: false, reason: "9999"),
    FailureCase(
      testDescription: "an endless body",
      action: .endless(
        head: "HTTP/1.1 200 OK\r\n\r\n", more: String(repeating: "x", count: 1 << 16)),
      kind: .malformed, isRetried: true, reason: "larger"),
    FailureCase(
      testDescription: "endless headers",
      action: .endless(
        head: "HTTP/1.1 200 OK\r\n", more: "X: \(String(repeating: "x", count: 4000))\r\n"),
      kind: .malformed, isRetried: true, reason: "larger"),
  ]

  @Test(arguments: cases) func failsAndRetriesAsExpected(expected: FailureCase) throws {
    let server = try UnrulyServer(expected.action)
    defer { server.stop() }
    let generator = try generator(server.base) { $0.responseLimit = 1 << 20 }
    let error = try #require(failure(of: generator))
    #expect(error.kind == expected.kind)
    #expect(error.place == server.base && !error.remedy.isEmpty)
    #expect(expected.reason.isEmpty || error.reason.contains(expected.reason))
    let requests = expected.isRetried ? 5 : 1
    #expect(server.requests.count == requests)
    let statistics = generator.statistics
    #expect(statistics.requests == requests && statistics.retries == requests - 1)
    #expect(statistics.failedRequests == [expected.kind: requests])
    #expect(statistics.failedConversations == [expected.kind: 1])
    #expect(statistics.replies == 0)
    #expect(server.isIdle())
  }

  @Test func timesOutAndClosesItsConnections() throws {
    let server = try UnrulyServer(.silence)
    defer { server.stop() }
    let generator = try generator(server.base) {
      $0.requestTimeout = .milliseconds(60)
      $0.retries.limit = 1
    }
    let error = try #require(failure(of: generator))
    #expect(error.kind == .timedOut && error.reason.contains("within 0.06 s"))
    #expect(generator.statistics.failedRequests == [.timedOut: 2])
    #expect(server.isIdle())
  }

  @Test func recoversAndCountsTheFailures() throws {
    let server = try UnrulyServer(
      .answer(status: "500 Internal Server Error", "oh"), .send(""), .reply("fine"))
    defer { server.stop() }
    let clock = RecordingClock()
    let generator = try generator(server.base, clock: clock)
    #expect(try generator.reply(to: question).text == "fine")
    #expect(generator.statistics.failedRequests == [.overloaded: 1, .malformed: 1])
    #expect(generator.statistics.retries == 2 && generator.statistics.failedConversations.isEmpty)
    // Waits of half a second and of one second, each multiplied by a factor from a half to one.
    try #require(clock.waits.count == 2)
    #expect((.milliseconds(250)..<(.milliseconds(500))).contains(clock.waits[0]))
    #expect((.milliseconds(500)..<(.seconds(1))).contains(clock.waits[1]))
  }

  @Test(arguments: [(7, 7), (3600, 60)])
  func waitsAsTheServerAsks(asked: Int, waits: Int) throws {
    let server = try UnrulyServer(
      .answer(status: "429 Too Many Requests", extra: "Retry-After: \(asked)\r\n", "{}"), .reply())
    defer { server.stop() }
    let clock = RecordingClock()
    _ = try generator(server.base, clock: clock).reply(to: question)
    #expect(clock.waits == [.seconds(waits)])
  }

  @Test func staysWithinTheConversationBudget() throws {
    let server = try UnrulyServer(
      .answer(status: "503 Service Unavailable", extra: "Retry-After: 30\r\n", "{}"))
    defer { server.stop() }
    let clock = RecordingClock()
    let generator = try generator(server.base, clock: clock) {
      $0.conversationBudget = .seconds(70)
    }
    #expect(failure(of: generator)?.kind == .overloaded)
    #expect(clock.waits == [.seconds(30), .seconds(30)])
  }

  @Test func givesUpAServerThatDoesNotAnswer() throws {
    let server = try UnrulyServer(.reply())
    let base = server.base
    server.stop()
    let generator = try generator(base) {
      $0.retries.limit = 1
      $0.circuitLimit = 3
    }
    for _ in 0..<3 { #expect(failure(of: generator)?.kind == .unreachable) }
    #expect(generator.statistics.requests == 6)
    let error = try #require(failure(of: generator))
    #expect(error.kind == .unreachable && error.reason.contains("3 conversations in a row"))
    #expect(generator.statistics.requests == 6 && generator.statistics.notSent == 1)
    #expect(generator.statistics.failedConversations == [.unreachable: 4])
  }

  @Test func anyAnswerResetsTheCountOfFailures() throws {
    let server = try UnrulyServer { number, _ in
      number % 2 == 0
        ? .answer(status: "503 Service Unavailable", "") : .answer(status: "404 Not Found", "")
    }
    defer { server.stop() }
    let generator = try generator(server.base) {
      $0.retries.limit = 0
      $0.circuitLimit = 2
    }
    for _ in 0..<6 { _ = failure(of: generator) }
    #expect(generator.statistics.notSent == 0 && server.requests.count == 6)
  }

  @Test func aServerThatWasGivenUpIsAskedAgainForTheNextFile() throws {
    let server = try UnrulyServer { number, _ in number < 2 ? .send("") : .reply() }
    defer { server.stop() }
    let generator = try generator(server.base) {
      $0.retries.limit = 0
      $0.circuitLimit = 2
    }
    #expect(generator.loss == nil)
    // A server that closes each connection counts as one that does not answer.
    for _ in 0..<2 { #expect(failure(of: generator)?.kind == .malformed) }
    #expect(generator.loss != nil && failure(of: generator) != nil && server.requests.count == 2)
    generator.beginFile()
    #expect(generator.loss == nil && failure(of: generator) == nil)
  }

  @Test(
    "no message has the key, even if the server repeats it",
    arguments: [
      UnrulyServer.Action.answer(
        status: "302 Found", extra: "Location: http://127.0.0.1/?k=sk-SECRET\r\n", ""),
      .answer(
        status: "400 Bad Request",
        "{\"error\": {\"message\": \"\(String(repeating: "x", count: 236))sk-SECRET\"}}"),
      .answer(type: "text/sk-SECRET", "sk-SECRET"),
    ])
  func keysStaySecret(_ action: UnrulyServer.Action) throws {
    let server = try UnrulyServer(action)
    defer { server.stop() }
    let generator = try generator(server.base, environment: ["KEY": "sk-SECRET"]) {
      $0.keyVariable = "KEY"
    }
    let message = try #require(failure(of: generator)).description
    #expect(!message.contains("sk-"), "\(message)")
  }

  @Test func followsNoRedirects() throws {
    let other = try UnrulyServer(.reply())
    let server = try UnrulyServer(
      .answer(status: "307 Temporary Redirect", extra: "Location: \(other.base)/x\r\n", ""))
    defer {
      other.stop()
      server.stop()
    }
    let error = try #require(failure(of: try generator(server.base)))
    #expect(error.kind == .rejected && error.reason.contains(other.base))
    #expect(other.requests.isEmpty && server.requests.count == 1)
  }

  @Test func usesNoProxy() throws {
    let proxy = try #require(EnvironmentProxy.shared)
    let server = try UnrulyServer(.reply("from the server"))
    defer { server.stop() }
    #expect(try generator(server.base).reply(to: question).text == "from the server")
    #expect(proxy.requests.isEmpty)
  }

  @Test func limitsTheConversationsInProgress() throws {
    // The server waits until two requests are there and answers both; a third one would be counted.
    let server = try UnrulyServer { number, _ in
      .together((number / 2 + 1) * 2, UnrulyServer.Action.reply())
    }
    defer { server.stop() }
    let generator = try generator(server.base) { $0.concurrency = 2 }
    // Each conversation has its own thread, because a queue runs at most one block per processor.
    let ended = DispatchSemaphore(value: 0)
    for _ in 0..<8 {
      Thread.detachNewThread {
        _ = failure(of: generator)
        ended.signal()
      }
    }
    for _ in 0..<8 { ended.wait() }
    #expect(generator.statistics.replies == 8)
    #expect(generator.concurrency == 2)
    #expect(server.mostTogether == 2)
  }
}

@Suite struct AddressTests {
  @Test(arguments: [
    "http://127.0.0.1:8080/v1", "http://127.9.9.9:1", "http://[::1]:8080/v1/",
    "http://localhost/v1",
    "HTTPS://LOCALHOST", "http://[::ffff:127.0.0.1]/", "http://127.1/v1",
  ])
  func acceptsAddressesOfThisMachine(address: String) throws {
    _ = try generator(address)
  }

  /// libcurl does not take a numeric IPv6 address in its list of resolved names.
  @Test(.enabled(if: (try? UnrulyServer(isIPv6: true) { _, _ in .reply("x") }) != nil))
  func asksAServerAtAnIPv6Address() throws {
    let server = try UnrulyServer(isIPv6: true) { _, _ in .reply("yes") }
    #expect(server.base.hasPrefix("http://[::1]:"))
    #expect(try generator(server.base).reply(to: question).text == "yes")
  }

  @Test(arguments: [
    "http://192.0.2.1/v1", "http://[2001:db8::1]/v1", "http://0.0.0.0:8080", "http://8.8.8.8",
    "http://[::ffff:192.0.2.1]/", "http://127.0.0.1@192.0.2.1/", "http://user@127.0.0.1/",
    "http://127.0.0.1/v1?key=x", "http://127.0.0.1/#x", "file:///etc/passwd", "ftp://127.0.0.1/",
    "127.0.0.1:8080", "", "http://", "http:///v1", "http://127.0.0.1:99999/",
    "http://127.0.0.1\u{0}.example/", "http://192.0.2.1\\@127.0.0.1/",
  ])
  func refusesAllOtherAddresses(address: String) {
    #expect(throws: GenerationError.self) { _ = try generator(address) }
  }

  @Test func errorHasARemedyAndNoPassword() {
    let remote = #expect(throws: GenerationError.self) { _ = try generator("http://192.0.2.1/v1") }
    #expect(remote?.kind == .rejected && remote?.remedy.contains("127.0.0.1") == true)
    let secret = #expect(throws: GenerationError.self) {
      _ = try generator("http://a:pw@localhost/")
    }
    #expect(secret?.description.contains("pw") == false)
  }

  @Test func acceptsAnotherMachineIfAllowed() throws {
    _ = try generator("http://192.0.2.1/v1") { $0.allowsRemote = true }
  }

  /// The last check: however the address was parsed, no connection leaves this machine.
  @Test func opensNoConnectionElsewhere() throws {
    try Curl.open()
    let answer = Curl.ask(
      Curl.Request(
        url: "http://192.0.2.1/", headers: [], body: nil, pin: nil, isLoopbackOnly: true,
        connectTimeout: .milliseconds(200), timeout: .milliseconds(200), bodyLimit: 1,
        headerLimit: 1))
    #expect(answer.outcome == .unreachable)
    #expect(answer.reason == "the address is not this machine's own")
  }

  /// A name may later resolve to another address, so the request goes to the addresses of the check.
  @Test func reachesALocalName() throws {
    let server = try UnrulyServer(.reply())
    defer { server.stop() }
    let local = try generator("http://localhost:\(server.port)/v1")
    #expect(try local.reply(to: question).text == "yes")
    #expect(server.requests.first?.headers.contains("Host: localhost:\(server.port)") == true)
  }
}
