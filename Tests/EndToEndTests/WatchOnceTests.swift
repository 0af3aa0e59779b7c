import Foundation
import Testing

/// `emend watch --once`: the files in the inbox are repaired as with `emend run`, and the exit
/// status tells the outcome.
@Suite("Watch: once") struct WatchOnceTests {
  let emend: Emend
  let input = Samples.file(Samples.vectors(60))

  init() throws { emend = try Emend() }

  /// Inputs of all sorts, by name; no two have the same content or stem.
  static func inputs() throws -> [String: [UInt8]] {
    let tools = try Emend()
    func compressed(_ bytes: [UInt8], _ tool: String, _ suffix: String) throws -> [UInt8] {
      try tools.write(bytes, to: "data")
      try tools.tool(tool, "-q", "data")
      return try tools.read("data\(suffix)")
    }
    let gzip = try compressed(Samples.file(Samples.vectors(62)), "gzip", ".gz")
    let zstd = try compressed(Samples.file(Samples.vectors(64)), "zstd", ".zst")
    return [
      "texts.jsonl": Samples.file(Samples.classification(wrong: [5, 11])),
      "vectors.jsonl": Samples.file(Samples.vectors(60)),
      "packed.jsonl.gz": gzip, "tight.ndjson.zst": zstd,
      "rejects.jsonl": Samples.file(["nonsense"] + Samples.vectors(66) + ["{}", "[1]"]),
      "with spaces and 'quotes'.jsonl": Samples.file(Samples.vectors(68)),
      "two\nlines.json": Samples.file(Samples.vectors(70)),
      "日本語 café.jsonl": Samples.file(Samples.vectors(72)),
      String(repeating: "n", count: 249) + ".jsonl": Samples.file(Samples.vectors(74)),
      "-.jsonl": Samples.file(Samples.vectors(76)),
    ]
  }

  @Test(arguments: [(1, 1), (1, 2), (3, 1), (3, 2)])
  func bytesAreThoseOfEmendRun(jobs: Int, threads: Int) throws {
    let inputs = try Self.inputs()
    for (name, bytes) in inputs { try emend.drop(bytes, as: name) }
    var expected: [String: [UInt8]] = [:]
    for (name, bytes) in inputs {
      expected.merge(try emend.reference(bytes, named: name)) { first, _ in
        Issue.record("two outputs of one name")
        return first
      }
    }
    let outcome = try emend.drain("--jobs", "\(jobs)", "--threads", "\(threads)")
    #expect(outcome.status == 3, "\(outcome)")
    let outputs = try emend.contents(of: "out")
    #expect(outputs.keys.sorted() == expected.keys.sorted())
    for (name, bytes) in expected { #expect(outputs[name] == bytes, "\(name)") }
    #expect(try emend.contents(of: "inbox/done") == inputs)
    #expect(emend.names(in: "inbox") == [".emend", "claimed", "done", "failed"])
    #expect(emend.names(in: "inbox/failed").isEmpty)
    #expect(emend.claimed.isEmpty)
  }

  /// The worker for small files never takes what a large file may have.
  @Test func memoryForSmallFiles() throws {
    try FileManager.default.createDirectory(
      atPath: emend.path("inbox"), withIntermediateDirectories: true)
    let message = "small files wait behind large ones"
    let all = try emend.drain("--memory", "1000000")
    #expect(all.status == 0 && all.errors.contains(message), "\(all)")
    let little = try emend.drain("--memory", "0.25")
    #expect(little.status == 0 && !little.errors.contains(message), "\(little)")
  }

  /// A name that is not valid UTF-8 keeps its bytes. The report has the text that the command line
  /// would have.
  @Test func nameThatIsNotUTF8() throws {
    try emend.drop(input, as: "staged.jsonl")
    let raw: [CChar] =
      Array((emend.path("inbox") + "/b").utf8CString.dropLast())
      + [CChar(bitPattern: 0xFF)] + Array("d.jsonl".utf8CString)
    try #require(rename(emend.path("inbox/staged.jsonl"), raw) == 0)
    let outcome = try emend.drain()
    #expect(outcome.status == 0, "\(outcome)")
    #expect(outcome.errors.contains(#"file="b\\xffd.jsonl""#))
    let expected = try emend.reference(input, named: "b\u{FFFD}d.jsonl")
    for suffix in [".jsonl", ".report.html", ".report.json"] {
      let output: [CChar] =
        Array((emend.path("out") + "/b").utf8CString.dropLast())
        + [CChar(bitPattern: 0xFF)] + Array("d\(suffix)".utf8CString)
      let file = try #require(fopen(output, "r"))
      defer { fclose(file) }
      var bytes = [UInt8](repeating: 0, count: 1 << 20)
      bytes.removeLast(bytes.count - fread(&bytes, 1, bytes.count, file))
      #expect(bytes == expected["b\u{FFFD}d\(suffix)"])
    }
  }

  // MARK: - Exit status

  @Test func anEmptyInboxIs0() throws {
    try emend.write("", to: "inbox/README.md")
    let outcome = try emend.drain()
    #expect(outcome.status == 0)
    #expect(outcome.errors.isEmpty)
    #expect(outcome.output.isEmpty)
  }

  @Test func doneIs0RejectsAre3FailedIs1() throws {
    try emend.drop(input, as: "good.jsonl")
    #expect(try emend.drain().status == 0)
    try emend.drop(Samples.file(Samples.vectors(62) + ["{}"]), as: "rejects.jsonl")
    #expect(try emend.drain().status == 3)
    try emend.drop(Samples.file(Samples.vectors(64) + ["{}"]), as: "rejects.jsonl")
    try emend.drop(Array("nonsense\n".utf8), as: "bad.jsonl")
    #expect(try emend.drain().status == 1)
    #expect(emend.names(in: "inbox/failed") == ["bad.jsonl", "bad.jsonl.error.json"])
    // The failed file stays in the failed folder, and the next run does not count it.
    #expect(try emend.drain().status == 0)
  }

  @Test(arguments: [SIGINT, SIGTERM]) func aDrainThatIsCutShortIs130(signal: Int32) throws {
    for index in 0..<3 {
      try emend.drop(Samples.file(Samples.texts(400, seed: index)), as: "\(index).jsonl")
    }
    let daemon = try emend.watch("--once", "--no-cache", "--patience", "0")
    try emend.suspendWorkers(of: daemon)
    daemon.send(signal)
    let outcome = try daemon.end()
    #expect(outcome.status == 130, "\(outcome)")
    // Every input is either still in the inbox or done.
    let left = emend.names(in: "inbox").filter { $0.hasSuffix(".jsonl") }
    #expect((left + emend.names(in: "inbox/done")).sorted() == ["0.jsonl", "1.jsonl", "2.jsonl"])
    #expect(!left.isEmpty)
    #expect(emend.claimed.isEmpty)
    #expect(emend.names(in: "out").count == 3 * emend.names(in: "inbox/done").count)
  }

  @Test(arguments: [
    ["--jobs", "0"], ["--jobs", "300"], ["--threads", "0"], ["--settle", "-1"], ["--poll", "0"],
    ["--patience", "-1"], ["--log-format", "xml"], ["--log-level", "loud"], ["--no-such-flag"],
    ["file.jsonl"],
  ])
  func misuseIs64(flags: [String]) throws {
    let outcome = try emend.start(["watch", "--inbox", "inbox", "--outbox", "out"] + flags)
      .finish()
    #expect(outcome.status == 64, "\(outcome)")
    #expect(outcome.errors.contains("Usage:") || outcome.errors.contains("--help"))
    #expect(emend.names(in: "").isEmpty)
  }

  @Test(arguments: [["status", "--limit", "-1"], ["retry"], ["forget"], ["retry", "a", "--all"]])
  func misuseOfTheOthersIs64(arguments: [String]) throws {
    #expect(try emend.start(arguments).finish().status == 64)
  }

  @Test func brokenRulesAreReportedAtTheStart() throws {
    try emend.write("mode: automatic\n", to: "rules/a.yaml")
    let outcome = try emend.watch("--rules", "rules").end()
    #expect(outcome.status == 1)
    #expect(outcome.errors.contains("rules/a.yaml:1:7: mode cannot be automatic"))
    #expect(emend.names(in: "") == ["rules"])
  }

  @Test func brokenPromptIsReportedAtTheStart() throws {
    try emend.write("utility: {prompts: {answer: mine.txt}}\n", to: "rules/a.yaml")
    try emend.write("no placeholder here\n", to: "rules/mine.txt")
    let outcome = try emend.watch("--rules", "rules").end()
    #expect(outcome.status == 1, "\(outcome)")
    #expect(outcome.errors.contains("rules/mine.txt"), "\(outcome)")
    #expect(emend.names(in: "") == ["rules"])
  }

  // MARK: - Two daemons

  @Test func anotherOutboxIs11() throws {
    let daemon = try emend.watchUntilReady()
    let outcome = try emend.drain("--outbox", "elsewhere")
    #expect(outcome.status == 11, "\(outcome)")
    #expect(outcome.errors.contains("process \(daemon.identifier) on "))
    #expect(outcome.errors.contains("/out; stop it, or give this one the same --outbox"))
    #expect(!emend.exists("elsewhere"))
    try daemon.stop()
    #expect(try emend.drain("--outbox", "elsewhere").status == 0)
  }

  /// Each file is done once, by one of the two.
  @Test func twoDaemonsShareTheWork() throws {
    let names = (0..<20).map { "\($0).jsonl" }
    let first = try emend.watchUntilReady("--jobs", "2")
    let second = try emend.watch("--jobs", "2", "--metrics", "second.prom")
    try emend.until("both are there", of: second) { emend.names(in: "inbox/claimed").count == 2 }
    for (index, name) in names.enumerated() {
      try emend.drop(Samples.file(Samples.vectors(60 + index)), as: name)
    }
    try emend.until("all are done", of: first) { emend.names(in: "inbox/done").count == 20 }
    try first.stop()
    try second.stop()
    #expect(emend.names(in: "inbox/done") == names.sorted())
    #expect(emend.names(in: "out").count == 60)
    let done = "emend_files_done_total"
    #expect(
      try #require(emend.metrics()[done]) + #require(emend.metrics("second.prom")[done]) == 20)
  }
}
