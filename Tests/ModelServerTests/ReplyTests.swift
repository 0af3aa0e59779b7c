import Foundation
import ModelServer
import Testing
import UnrulyServer
import ModelInterfaces

@Suite struct ReplyTests {
  @Test func sendsTheDocumentedRequestAndReadsTheReply() throws {
    let server = try UnrulyServer(.reply("yes", finish: "length"))
    defer { server.stop() }
    let generator = try generator(server.base + "/") { $0.seed = 7 }
    #expect(
      try generator.reply(to: question)
        == Reply(text: "yes", meanLogProbability: -1, wasCut: true))
    let request = try #require(server.requests.first)
    #expect(request.line == "POST /v1/chat/completions HTTP/1.1")
    #expect(request.headers.contains("Content-Type: application/json"))
    #expect(
      request.body == """
        {"logprobs":true,"max_tokens":8,"messages":[{"content":"Be brief.","role":"system"},\
        {"content":"Is it?","role":"user"}],"model":"small","seed":7,"stream":false,\
        "temperature":0,"top_logprobs":1}
        """)
    #expect(generator.statistics.requests == 1)
    #expect(generator.statistics.replies == 1)
    #expect(generator.statistics.failedRequests.isEmpty)
    #expect(generator.identity == "\(server.base) temperature=0 seed=7 model=small")
  }

  @Test func readsAChunkedReplyWithoutProbabilitiesOrType() throws {
    let body = #"{"choices":[{"message":{"content":"so"}}]}"#
    let chunks = "\(String(body.utf8.count, radix: 16))\r\n\(body)\r\n0\r\n\r\n"
    let server = try UnrulyServer(
      .send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n\(chunks)"))
    defer { server.stop() }
    #expect(try generator(server.base).reply(to: question) == Reply(text: "so"))
  }

  @Test(
    "numbers of tokens are read where the server gives possible ones",
    arguments: [
      (#"{"prompt_tokens":31,"completion_tokens":2,"total_tokens":33}"#, 31),
      (#"{"prompt_tokens":-1,"completion_tokens":2}"#, nil), (#"{"prompt_tokens":"31"}"#, nil),
      ("7", nil), ("null", nil),
    ] as [(String, Int?)])
  func readsUsage(usage: String, prompt: Int?) throws {
    let server = try UnrulyServer(
      .answer(#"{"choices":[{"message":{"content":"so"}}],"usage":\#(usage)}"#))
    defer { server.stop() }
    let reply = try generator(server.base).reply(to: question)
    #expect(reply.text == "so" && reply.usage?.prompt == prompt)
    #expect(reply.usage?.isEstimated != true)
  }

  @Test func keepsTheKeyOutOfErrorsAndIdentity() throws {
    let server = try UnrulyServer(
      .answer(status: "401 Unauthorized", #"{"error":{"message":"wrong key: sk-secret"}}"#))
    defer { server.stop() }
    let generator = try generator(server.base, environment: ["KEY": "sk-secret"]) {
      $0.keyVariable = "KEY"
    }
    let error = try #require(failure(of: generator))
    #expect(server.requests.first?.headers.contains("Authorization: Bearer sk-secret") == true)
    #expect(error.kind == .rejected && error.description.contains("[key]"))
    #expect(!error.description.contains("secret") && !generator.identity.contains("secret"))
  }

  @Test("a key comes from a file that not everybody can read")
  func readsAKeyFromAFile() throws {
    let server = try UnrulyServer(.reply())
    let file = FileManager.default.temporaryDirectory.appending(path: "emend-key-\(UUID())")
    defer {
      server.stop()
      try? FileManager.default.removeItem(at: file)
    }
    try Data("sk-secret\n".utf8).write(to: file)
    chmod(file.path, 0o600)
    let keyed = try generator(server.base) { $0.keyFile = file.path }
    #expect(keyed.hasKey)
    _ = try keyed.reply(to: question)
    #expect(server.requests.last?.headers.contains("Authorization: Bearer sk-secret") == true)
    chmod(file.path, 0o604)
    let error = #expect(throws: GenerationError.self) {
      _ = try generator(server.base) { $0.keyFile = file.path }
    }
    #expect(error?.description.contains("secret") == false)
    #expect(error?.reason.contains("readable for everybody") == true)
    for path in ["/dev/zero", "/nowhere", file.path + "-2"] {
      #expect(throws: GenerationError.self) {
        _ = try generator(server.base) { $0.keyFile = path }
      }
    }
  }

  @Test(arguments: ["", "two words", "line\r\nX-Other: 1"])
  func refusesAnInvalidKey(key: String) {
    #expect(throws: GenerationError.self) {
      _ = try generator("http://127.0.0.1:1/v1", environment: ["KEY": key]) {
        $0.keyVariable = "KEY"
      }
    }
  }

  @Test func asksAgainWithoutProbabilitiesAndRemembers() throws {
    let server = try UnrulyServer { _, request in
      request.body.contains("logprobs")
        ? .answer(status: "400 Bad Request", #"{"error":"logprobs are not supported"}"#) : .reply()
    }
    defer { server.stop() }
    let generator = try generator(server.base)
    _ = try generator.reply(to: question)
    _ = try generator.reply(to: question)
    #expect(server.requests.count == 3)
    #expect(generator.statistics.askedWithoutProbabilities == 1)
    #expect(generator.statistics.retries == 0)
    #expect(generator.statistics.failedRequests.isEmpty)
  }

  @Test func keepsAskingForProbabilitiesThatTheServerGaveBefore() throws {
    let server = try UnrulyServer(
      .reply(), .answer(status: "400 Bad Request", #"{"error":{"message":"too long"}}"#))
    defer { server.stop() }
    let generator = try generator(server.base)
    _ = try generator.reply(to: question)
    let error = try #require(failure(of: generator))
    #expect(error.kind == .rejected && error.reason == "status 400: too long")
    #expect(server.requests.count == 2)
  }

  @Test func listsModelsAndReportsAMissingOne() throws {
    let server = try UnrulyServer(
      .answer(#"{"data":[{"id":"small:latest"},{"id":"other"},{}]}"#))
    defer { server.stop() }
    let generator = try generator(server.base)
    #expect(try generator.models() == ["small:latest", "other"])
    try generator.checkModel()
    #expect(server.requests.first?.line == "GET /v1/models HTTP/1.1")
    #expect(generator.statistics.listings == 2)
    let error = #expect(throws: GenerationError.self) {
      try ModelServerTests.generator(server.base) { $0.model = "large" }.checkModel()
    }
    #expect(error?.kind == .rejected)
    #expect(error?.reason.contains("small:latest, other") == true)
  }

  /// Needs a real server: EMEND_TEST_SERVER=http://127.0.0.1:8080/v1
  @Test(.enabled(if: ProcessInfo.processInfo.environment["EMEND_TEST_SERVER"] != nil))
  func aRealServerReplies() throws {
    let base = ProcessInfo.processInfo.environment["EMEND_TEST_SERVER"] ?? ""
    let names = try ServerTextGenerator(ServerSettings(base: base, model: "")).models()
    let generator = try ServerTextGenerator(
      ServerSettings(base: base, model: try #require(names.first)))
    try generator.checkModel()
    let capital = Conversation(user: "What is the capital of France?", maximumTokens: 24)
    let first = try generator.reply(to: capital)
    #expect(!first.text.isEmpty)
    #expect(try generator.reply(to: capital).text == first.text)
    if let mean = first.meanLogProbability { #expect(mean <= 0) }
    #expect(generator.statistics.replies == 2)
    let short = try generator.reply(
      to: Conversation(user: "Count from one to one hundred.", maximumTokens: 3))
    #expect(short.wasCut)
  }
}
