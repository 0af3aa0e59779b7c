import AtomicFiles
import Decisions
import Foundation
import Records
import Report
import ReviewQueue
import ReviewServer
import Synchronization
import SystemPackage
import Testing

/// The server over real sockets.
@Suite struct ServerTests {
  /// A server with its file of decisions.
  private final class Served: Sendable {
    let folder: URL
    let review: OngoingReview
    let server: ReviewServer
    let port: UInt16
    let token: String
    private let serving: Task<Void, any Error>

    var root: String { "/\(token)/" }
    var client: RawClient { RawClient(port: port) }

    init(records: Int = 3, texts: [String] = [], newLabels: Bool = false) async throws {
      folder = FileManager.default.temporaryDirectory.appending(
        path: "emend-server-\(UUID().uuidString)")
      try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
      let output = try Self.output(records, texts)
      let path = FilePath(folder.appending(path: "d.decisions.jsonl").path(percentEncoded: false))
      let (log, earlier) = try DecisionLog.open(path)
      review = OngoingReview(
        output, order: output.order, allowsNewLabels: newLabels, log: log, earlier: earlier)
      let server = ReviewServer(
        review,
        ReviewServer.Description(dataset: "d.jsonl", nextCommands: ["emend apply"]) { $0 })
      self.server = server
      let (addresses, continuation) = AsyncStream<String>.makeStream()
      serving = Task { try await server.run { continuation.yield($0) } }
      var address = ""
      for await first in addresses {
        address = first
        break
      }
      let parts = address.split(separator: "/")
      token = String(try #require(parts.last))
      port = try #require(
        parts.dropFirst().first?.split(separator: ":").last.flatMap { UInt16($0) })
    }

    func end() async {
      await server.stop()
      _ = try? await serving.value
      review.closeLog()
      try? FileManager.default.removeItem(at: folder)
    }

    var written: [Decision] {
      get throws {
        let path = folder.appending(path: "d.decisions.jsonl").path(percentEncoded: false)
        let source = try Source.read(path)
        return source.bytes.isEmpty ? [] : try DecisionFile.read(source)
      }
    }

    private static func output(_ count: Int, _ texts: [String]) throws -> ReviewableOutput {
      let lines = (0..<count).map { index in
        let text = index < texts.count ? texts[index] : "text \(index)"
        let label = index % 2 == 0 ? "a" : "b"
        return
          #"{"id": "r\#(index)", "text": "\#(text)", "label": "\#(label)", "emend": {"credibility": 0.1, "flagged": true, "action": "review", "label": "\#(label)", "proposal": "b", "soft_label": {"b": 0.9, "a": 0.1}, "weight": 1, "utility": 0, "review_rank": \#(index + 1), "evidence": {"neighbours": [], "signals": {"ridge": 0.1}}}}"#
      }
      let reading = try Reader().read(
        Source(file: "d.jsonl", content: Array(lines.joined(separator: "\n").utf8)))
      let report = RunReport(
        input: RunReport.InputFacts(
          name: "d", digest: "", bytes: 0, lines: 0, records: 0, rejected: 0, kinds: [:]),
        counts: RunReport.Counts(), errorRate: nil, witness: nil, labels: [], transitions: [],
        suspects: [], utility: nil, notes: [],
        provenance: RunReport.Provenance(
          version: "", encoder: nil, rules: "", rulesDigest: "", mode: "", signals: [], seed: 1))
      return try ReviewableOutput(reading, report: report, choice: .suspects)
    }

    /// A request with what a page of this server sends, changed as the test wants.
    func request(
      _ method: String = "POST", _ path: String? = nil, body: String = "",
      headers changes: [String: String?] = [:]
    ) -> String {
      var headers: [String: String] = [
        "Host": "127.0.0.1:\(port)", "Origin": "http://127.0.0.1:\(port)",
        "Content-Type": "application/json", "X-Emend-Token": token,
        "Sec-Fetch-Site": "same-origin", "Content-Length": "\(body.utf8.count)",
      ]
      for (name, value) in changes { headers[name] = value }
      let lines = headers.sorted { $0.key < $1.key }.map { "\($0.key): \($0.value)\r\n" }
      return "\(method) \(path ?? root + "api/decide") HTTP/1.1\r\n\(lines.joined())\r\n\(body)"
    }

    func call(_ name: String, _ more: String = "", by: String = "Anna", session: String = "1")
      async throws -> RawClient.Response
    {
      let body = #"{"session": "\#(session)", "reviewer": "\#(by)"\#(more)}"#
      return try await client.send(request("POST", root + "api/" + name, body: body))
    }
  }

  private static let decision =
    #"{"session": "1", "reviewer": "Anna", "index": 0, "answer": "keep"}"#

  @Test func theWholeWayOfAPage() async throws {
    let served = try await Served()
    let page = try await served.client.send(served.request("GET", served.root))
    #expect(page.status == 200 && page.body.contains("page.js"))
    #expect(page.header("Content-Type") == "text/html; charset=utf-8")
    for asset in ["page.css", "page.js"] {
      #expect(
        try await served.client.send(served.request("GET", served.root + asset)).status == 200)
    }
    let start = try await served.call("start")
    #expect(start.status == 200)
    #expect(start.body.contains(#""labels":["a","b"]"#) && start.body.contains(#""turn":"record""#))
    #expect(try await served.call("start", by: "Ben", session: "2").body.contains(#""index":1"#))
    let next = try await served.call(
      "decide", #", "index": 0, "answer": "change", "labels": ["b"], "note": "n""#)
    #expect(next.status == 200 && next.body.contains(#""index":2"#))
    #expect(try served.written.map(\.verdict) == [.change])
    let undone = try await served.call("undo")
    #expect(undone.body.contains(#""index":0"#))
    _ = try await served.call("decide", #", "index": 0, "answer": "keep""#)
    let late = try await served.call(
      "decide", #", "index": 0, "answer": "neither""#, by: "Ben", session: "2")
    #expect(late.status == 409 && late.body.contains("Anna decided this record meanwhile"))
    #expect(late.body.contains(#""index":1"#))
    let foreign = try await served.call(
      "decide", #", "index": 1, "answer": "change", "labels": ["new"]"#)
    #expect(foreign.status == 409 && foreign.body.contains("No record has the label"))
    #expect(try served.written.map(\.verdict) == [.change, .skip, .keep])
    #expect(try await served.call("finish").body == #"{"isLast":false}"#)
    #expect(try await served.call("finish", by: "Ben", session: "2").body == #"{"isLast":true}"#)
    await served.end()
  }

  @Test func everyResponseForbidsWhatNoPageNeeds() async throws {
    let served = try await Served()
    let responses = [
      try await served.client.send(served.request("GET", served.root)),
      try await served.call("start"),
      try await served.client.send(served.request("GET", "/")),
    ]
    for response in responses {
      let policy = try #require(response.header("Content-Security-Policy"))
      #expect(policy.hasPrefix("default-src 'none'; script-src 'self';"))
      #expect(!policy.contains("unsafe") && policy.contains("frame-ancestors 'none'"))
      #expect(response.header("X-Frame-Options") == "DENY")
      #expect(response.header("Referrer-Policy") == "no-referrer")
      #expect(response.header("Cache-Control") == "no-store")
      #expect(response.header("X-Content-Type-Options") == "nosniff")
      #expect(!response.head.lowercased().contains("access-control"))
    }
    await served.end()
  }

  @Test func whatOtherPagesAndOtherUsersSendIsRefused() async throws {
    let served = try await Served(texts: ["secret text"])
    let port = served.port
    let wrong = String(repeating: "0", count: 32)
    let cases: [(String, String, Int)] = [
      (
        "another host",
        served.request(body: Self.decision, headers: ["Host": "evil.example:\(port)"]), 403
      ),
      ("another port", served.request(body: Self.decision, headers: ["Host": "127.0.0.1:1"]), 403),
      ("no port", served.request(body: Self.decision, headers: ["Host": "127.0.0.1"]), 403),
      ("no host", served.request(body: Self.decision, headers: ["Host": nil]), 403),
      (
        "a host with a name before",
        served.request(body: Self.decision, headers: ["Host": "x.127.0.0.1:\(port)"]), 403
      ),
      (
        "another origin",
        served.request(body: Self.decision, headers: ["Origin": "https://evil.example"]), 403
      ),
      ("a file's origin", served.request(body: Self.decision, headers: ["Origin": "null"]), 403),
      (
        "https",
        served.request(body: Self.decision, headers: ["Origin": "https://127.0.0.1:\(port)"]), 403
      ),
      (
        "another loopback page",
        served.request(body: Self.decision, headers: ["Origin": "http://127.0.0.1:1"]), 403
      ),
      (
        "localhost's page",
        served.request(body: Self.decision, headers: ["Origin": "http://localhost:\(port)"]), 403
      ),
      (
        "cross-site",
        served.request(body: Self.decision, headers: ["Sec-Fetch-Site": "cross-site"]), 403
      ),
      (
        "same-site", served.request(body: Self.decision, headers: ["Sec-Fetch-Site": "same-site"]),
        403
      ),
      ("no token", served.request(body: Self.decision, headers: ["X-Emend-Token": nil]), 403),
      (
        "a wrong token", served.request(body: Self.decision, headers: ["X-Emend-Token": wrong]), 403
      ),
      (
        "half the token",
        served.request(
          body: Self.decision, headers: ["X-Emend-Token": String(served.token.prefix(16))]), 403
      ),
      ("a wrong path", served.request("POST", "/\(wrong)/api/decide", body: Self.decision), 403),
      ("no path", served.request("POST", "/api/decide", body: Self.decision), 403),
      ("the root", served.request("GET", "/"), 403),
      ("a page without the token", served.request("GET", "/page.js"), 403),
      ("a form", served.request(body: Self.decision, headers: ["Content-Type": "text/plain"]), 415),
      (
        "a form of fields",
        served.request(
          body: Self.decision, headers: ["Content-Type": "application/x-www-form-urlencoded"]), 415
      ),
      ("no type", served.request(body: Self.decision, headers: ["Content-Type": nil]), 415),
      ("no length", served.request(headers: ["Content-Length": nil]), 415),
      ("GET", served.request("GET", served.root + "api/turn"), 405),
      ("PUT", served.request("PUT", served.root + "api/decide", body: Self.decision), 405),
      ("OPTIONS", served.request("OPTIONS", served.root + "api/decide"), 405),
      ("POST of the page", served.request("POST", served.root), 405),
      ("an unknown path", served.request("GET", served.root + "etc/passwd"), 404),
      ("a path upwards", served.request("GET", served.root + "../../etc/passwd"), 404),
      (
        "an escaped path upwards", served.request("GET", served.root + "%2e%2e/%2e%2e/etc/passwd"),
        404
      ),
      ("a path to nowhere", served.request("POST", served.root + "api/", body: Self.decision), 404),
      ("no JSON", served.request(body: "index=0"), 400),
      (
        "no session", served.request(body: #"{"reviewer": "Anna", "index": 0, "answer": "keep"}"#),
        400
      ),
      (
        "an empty name",
        served.request(body: #"{"session": "1", "reviewer": " ", "index": 0, "answer": "keep"}"#),
        400
      ),
      (
        "a name with a line end",
        served.request(
          body: #"{"session": "1", "reviewer": "A\nB", "index": 0, "answer": "keep"}"#), 400
      ),
      (
        "no answer",
        served.request(body: #"{"session": "1", "reviewer": "Anna", "index": 0, "answer": "yes"}"#),
        400
      ),
    ]
    for (name, request, status) in cases {
      let response = try await served.client.send(request)
      #expect(response.status == status, "\(name): \(response.head)")
      #expect(!response.body.contains("secret") && !response.body.contains(served.token), "\(name)")
    }
    #expect(try served.written.isEmpty)
    // And the one that they were made of is taken.
    #expect(try await served.client.send(served.request(body: Self.decision)).status == 200)
    #expect(try served.written.count == 1)
    await served.end()
  }

  @Test func aHugeBodyIsNeitherReadNorTakenForTheNextRequest() async throws {
    let served = try await Served()
    let huge = served.request(body: Self.decision, headers: ["Content-Length": "9000000000"])
    #expect(try await served.client.send(huge).status == 413)
    // A request within the body of a refused one.
    let inner = served.request(body: Self.decision)
    let outer = served.request(
      body: "", headers: ["Content-Length": "\(200_000)", "X-Emend-Token": nil])
    #expect(try await served.client.send(outer + inner).status == 403)
    let chunked = served.request(
      headers: ["Content-Length": nil, "Transfer-Encoding": "chunked"])
    #expect(try await served.client.send(chunked + "2\r\n{}\r\n0\r\n\r\n").status == 415)
    #expect(try served.written.isEmpty)
    #expect(try await served.call("start").status == 200)
    await served.end()
  }

  @Test func nonsenseDoesNotEndTheServer() async throws {
    let served = try await Served()
    for text in [
      "\r\n\r\n", "GET\r\n\r\n", "\u{0}\u{1}\u{2}\r\n",
      "POST / HTTP/1.1\r\nContent-Length: -1\r\n\r\n",
    ] {
      _ = try? await served.client.send(text)
    }
    _ = try? await served.client.send([0xFF, 0xFE, 0x0A, 0x0A])
    #expect(try await served.call("start").status == 200)
    await served.end()
  }

  /// Other machines and other addresses of this one do not reach it.
  @Test func itListensOn127001Alone() async throws {
    let served = try await Served()
    let request = Array(served.request("GET", served.root).utf8)
    await #expect(throws: RawClient.Failed.self) {
      _ = try await served.client.send(request, to: "127.0.0.2")
    }
    #expect(try await served.client.send(request, to: "127.0.0.1").status == 200)
    await served.end()
  }

  @Test func aFileThatCannotBeWrittenIsSaidAndNothingIsLost() async throws {
    let served = try await Served()
    try FileManager.default.removeItem(at: served.folder)
    let response = try await served.call("decide", #", "index": 0, "answer": "keep""#)
    #expect(response.status == 500 && response.body.contains("could not be saved"))
    #expect(served.review.decidedCount == 0)
    await served.end()
  }

  @Test func textsOfTheDatasetArriveAsTheyAre() async throws {
    let served = try await Served(texts: [#"</script><img src=x onerror=alert(1)> \" ä"#])
    let start = try await served.call("start")
    #expect(start.header("Content-Type") == "application/json")
    #expect(start.body.contains(#"</script><img src=x onerror=alert(1)> \" ä"#))
    await served.end()
  }

  @Test func tokensAreLongAndDiffer() {
    let tokens = Set((0..<100).map { _ in AccessToken().text })
    #expect(tokens.count == 100 && tokens.allSatisfy { $0.utf8.count == 32 })
  }
}
