import Foundation
import Logging
import Service
import Synchronization
import Testing

/// Collects the lines that a handler writes, in order.
final class Lines: Sendable {
  private let written = Mutex<[String]>([])
  var all: [String] { written.withLock { $0 } }
  func append(_ line: String) { written.withLock { $0.append(line) } }
}

@Suite("Log lines") struct LineLogHandlerTests {
  let lines = Lines()

  /// A logger that writes into `lines`.
  func logger(
    _ format: LogFormat, level: Logger.Level = .trace, provider: Logger.MetadataProvider? = nil,
    isForJournal: Bool = false, milliseconds: Int64 = 1_795_465_912_123
  ) -> Logger {
    Logger(label: "test") { [lines] _ in
      LineLogHandler(
        format: format, level: level, metadataProvider: provider, isForJournal: isForJournal,
        milliseconds: { milliseconds }, sink: { lines.append($0) })
    }
  }

  /// The members of the last line, which must be one JSON object.
  func members() throws -> [String: Any] {
    let line = try #require(lines.all.last)
    #expect(line.hasSuffix("}\n"))
    #expect(line.unicodeScalars.filter { $0 == "\n" }.count == 1)
    return try #require(
      try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any])
  }

  static let hostile = [
    "", " ", "\"", "\\", "\\\"", "\\n", "\n", "\r\n", "\t", "\0", "\u{1B}[2J\u{1B}]0;x\u{07}",
    "\u{7F}\u{85}\u{9B}", "😀 👩‍👩‍👧‍👦 é ß 漢字", "\u{2028}\u{2029}", "\u{202E}txt.exe\u{2066}",
    "\u{FEFF}\u{FFFE}\u{10FFFF}", "a=b", "{\"time\": 0}", "<0>emergency",
    String((0..<0x300).compactMap { Unicode.Scalar($0) }.map { Character($0) }),
  ]

  @Test func lineOfText() {
    let logger = logger(.text)
    logger.info("done", metadata: ["file": "a.jsonl", "records": "600", "why": "two words"])
    logger.warning("a = \"b\" \\ c")
    #expect(
      lines.all == [
        "2026-11-23T20:31:52.123Z info  done file=a.jsonl records=600 why=\"two words\"\n",
        "2026-11-23T20:31:52.123Z warning a = \"b\" \\ c\n",
      ])
  }

  @Test func everyLevelHasItsName() {
    let logger = logger(.text)
    for level in Logger.Level.allCases { logger.log(level: level, "m") }
    #expect(
      lines.all.map { $0.dropFirst(25) } == [
        "trace m\n", "debug m\n", "info  m\n", "notice m\n", "warning m\n", "error m\n",
        "critical m\n",
      ])
  }

  @Test func journalLinesHavePrioritiesAndTextHasNoTime() {
    let text = logger(.text, isForJournal: true)
    for level in Logger.Level.allCases { text.log(level: level, "m", metadata: ["k": "v"]) }
    logger(.json, isForJournal: true).error("m")
    #expect(
      lines.all == [
        "<7>trace m k=v\n", "<7>debug m k=v\n", "<6>info  m k=v\n", "<5>notice m k=v\n",
        "<4>warning m k=v\n", "<3>error m k=v\n", "<2>critical m k=v\n",
        "<3>{\"time\":\"2026-11-23T20:31:52.123Z\",\"level\":\"error\",\"message\":\"m\"}\n",
      ])
  }

  @Test(arguments: [
    ("plain-1.jsonl", "plain-1.jsonl"), ("/var/lib/ü/😀", "/var/lib/ü/😀"), ("", "\"\""),
    ("va lue", "\"va lue\""), ("a=b", "\"a=b\""), ("say \"x\"", "\"say \\\"x\\\"\""),
    ("C:\\new", "\"C:\\\\new\""), ("a\nb", "\"a\\nb\""), ("\u{1B}[2J", "\"\\u001b[2J\""),
    ("\u{A0}", "\"\u{A0}\""), ("\u{2028}", "\"\\u2028\""), ("\u{202E}x", "\"\\u202ex\""),
  ])
  func valuesAreQuotedWhereNeeded(value: String, word: String) {
    logger(.text).info("m", metadata: ["key": "\(value)"])
    #expect(lines.all == ["2026-11-23T20:31:52.123Z info  m key=\(word)\n"])
  }

  @Test func namesAreQuotedWhereNeeded() {
    logger(.text).info("m", metadata: ["a b": "1", "x\ny": "2"])
    #expect(lines.all == ["2026-11-23T20:31:52.123Z info  m \"a b\"=1 \"x\\ny\"=2\n"])
  }

  @Test func listsAndDictionariesAreOneWord() {
    logger(.text).info("m", metadata: ["list": ["a", "b"], "map": ["z": "1", "k": ["v"]]])
    #expect(
      lines.all == [
        #"2026-11-23T20:31:52.123Z info  m list="[\"a\",\"b\"]" map="{\"k\":[\"v\"],\"z\":\"1\"}""#
          + "\n"
      ])
  }

  @Test("one event is one line without control characters, whatever the text", arguments: hostile)
  func hostileText(text: String) throws {
    logger(.text).info("\(text)", metadata: ["\(text)": "\(text)", "list": ["\(text)"]])
    let line = try #require(lines.all.first)
    #expect(lines.all.count == 1)
    #expect(line.hasSuffix("\n"))
    for scalar in line.unicodeScalars.dropLast() {
      #expect(scalar.properties.generalCategory != .control)
      #expect(![0x2028, 0x2029, 0x202E, 0x2066].contains(scalar.value))
    }
  }

  @Test("a JSON line gives back the exact text, whatever it is", arguments: hostile)
  func hostileJSON(text: String) throws {
    logger(.json).info(
      "\(text)", metadata: ["a\(text)": "\(text)", "list": ["\(text)"], "map": ["\(text)": "1"]])
    let members = try members()
    #expect(members["message"] as? String == text)
    #expect(members["a\(text)"] as? String == text)
    #expect(members["list"] as? [String] == [text])
    #expect(members["map"] as? [String: String] == [text: "1"])
  }

  @Test func lineOfJSON() {
    logger(.json).notice(
      "done",
      metadata: [
        "records": .stringConvertible(600), "large": .stringConvertible(UInt64.max),
        "seconds": .stringConvertible(1.25), "tiny": .stringConvertible(1e-9),
        "not": .stringConvertible(Double.nan), "ok": .stringConvertible(true),
        "file": "a.jsonl", "list": [.stringConvertible(1), "b"],
      ])
    #expect(
      lines.all == [
        #"{"time":"2026-11-23T20:31:52.123Z","level":"notice","message":"done","file":"a.jsonl","#
          + #""large":18446744073709551615,"list":[1,"b"],"not":"nan","ok":true,"records":600,"#
          + #""seconds":1.25,"tiny":1e-09}"# + "\n"
      ])
  }

  @Test func metadataWithReservedNamesGetsUnderscores() throws {
    logger(.json).info("m", metadata: ["level": "x", "time": "y", "message": "z", "time_": "w"])
    let members = try members()
    #expect(members["level"] as? String == "info")
    #expect(members["message"] as? String == "m")
    #expect(members["level_"] as? String == "x")
    #expect(members["message_"] as? String == "z")
    #expect(members["time_"] as? String == "w")
    #expect(members["time__"] as? String == "y")
    #expect(members.count == 7)
  }

  @Test("the call's metadata replaces the provider's, and that the handler's")
  func metadataIsMergedInOrder() {
    let provider = Logger.MetadataProvider { ["a": "provider", "b": "provider", "c": "provider"] }
    var logger = logger(.text, provider: provider)
    logger[metadataKey: "a"] = "handler"
    logger[metadataKey: "d"] = "handler"
    logger.info("m", metadata: ["b": "call"])
    #expect(lines.all.first?.dropFirst(31) == "m a=provider b=call c=provider d=handler\n")
  }

  @Test func errorBecomesMetadata() {
    struct DiskError: Error, CustomStringConvertible { let description = "disk full" }
    logger(.text).error("m", error: DiskError())
    #expect(lines.all.first?.contains("error.message=\"disk full\" error.type=") == true)
  }

  @Test func copiesOfALoggerAreIndependent() {
    var first = logger(.text, level: .info)
    first[metadataKey: "only-on"] = "first"
    var second = first
    second.logLevel = .error
    second[metadataKey: "only-on"] = "second"
    first.info("m")
    second.info("not said")
    second.error("n")
    #expect(
      lines.all.map { $0.dropFirst(25) } == [
        "info  m only-on=first\n", "error n only-on=second\n",
      ])
  }

  @Test(
    arguments: [
      (0, "1970-01-01T00:00:00.000Z"), (951_782_400_007, "2000-02-29T00:00:00.007Z"),
      (-1, "1969-12-31T23:59:59.999Z"), (253_402_300_799_999, "9999-12-31T23:59:59.999Z"),
    ] as [(Int64, String)])
  func timesAreInUTC(milliseconds: Int64, text: String) {
    logger(.text, milliseconds: milliseconds).info("m")
    #expect(lines.all == ["\(text) info  m\n"])
  }
}
