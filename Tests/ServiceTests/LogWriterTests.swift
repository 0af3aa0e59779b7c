import Foundation
import Logging
import Messages
import Service
import Synchronization
import Testing

@Suite("Log under load") struct LogWriterTests {
  let lines = Lines()

  @Test("whoever logs never waits for a reader; what was dropped is counted and said")
  func stalledReader() {
    let reader = DispatchSemaphore(value: 0)
    let isStalled = Mutex(true)
    let writer = LogWriter(
      notice: { "dropped \($0)\n" },
      write: { [lines] line in
        if isStalled.withLock({ $0 }) { reader.wait() }
        lines.append(line)
      })
    let line = String(repeating: "x", count: 1_000) + "\n"
    for _ in 0..<5_000 { writer.put(line) }
    #expect(!writer.flush(atMost: .milliseconds(10)))
    #expect(lines.all.isEmpty)
    isStalled.withLock { $0 = false }
    reader.signal()
    #expect(writer.flush(atMost: .seconds(60)))
    writer.put("after\n")
    #expect(writer.flush(atMost: .seconds(60)))
    let written = lines.all.count { $0 == line }
    #expect(lines.all.filter { $0 != line } == ["dropped \(5_000 - written)\n", "after\n"])
    #expect(written > 1_000 && written < 5_000)
  }

  @Test("of one kind of event a minute has so many lines, then a count")
  func flood() {
    let now = Mutex<Int64>(0)
    let limiter = LogLimiter(microseconds: { now.withLock { $0 } })
    let handler = LimitedLogHandler(
      LineLogHandler(
        format: .text, isForJournal: true, milliseconds: { 0 },
        sink: { [lines] in lines.append($0) }
      ), limiter: limiter)
    let logger = Logger(label: "test") { _ in handler }
    for number in 0..<1_000 { logger.warning("ignored", metadata: ["file": "\(number)"]) }
    logger.warning("another")
    #expect(lines.all.count == 121)
    now.withLock { $0 = 61_000_000 }
    logger.warning("ignored")
    #expect(
      lines.all.suffix(2) == [
        "<4>warning ignored: more of these, not shown count=880\n", "<4>warning ignored\n",
      ])
    for _ in 0..<200 { logger.warning("ignored") }
    handler.logOmissions(isLast: true)
    #expect(lines.all.last == "<4>warning ignored: more of these, not shown count=81\n")
  }

  @Test("a reason that may repeat a file's content is logged only if that was asked for")
  func redaction() throws {
    let isContent: @Sendable (String) -> Bool = { $0 == "input" }
    for (redacts, expected) in [(true, false), (false, true)] {
      let lines = Lines()
      let handler = LimitedLogHandler(
        LineLogHandler(format: .json, sink: { lines.append($0) }), limiter: LogLimiter(),
        redacts: redacts ? isContent : nil)
      let logger = Logger(label: "test") { _ in handler }
      logger.error(
        "failed", metadata: ["code": "input", "reason": "the name secret-7 appears twice"])
      logger.error("failed", metadata: ["code": "ENOSPC", "reason": "the disk is full"])
      #expect(lines.all[0].contains("secret-7") == expected)
      #expect(lines.all[1].contains("the disk is full"))
    }
  }

  @Test("a line is cut by bytes, however few characters it has")
  func longTexts() throws {
    let accents = "e" + String(repeating: "\u{301}", count: 1_000_000)
    for format in LogFormat.allCases {
      let lines = Lines()
      let logger = Logger(label: "test") { _ in
        LineLogHandler(format: format, sink: { lines.append($0) })
      }
      logger.error("\(accents)", metadata: ["reason": "\(accents)"])
      let line = try #require(lines.all.first)
      #expect(line.utf8.count < 3 * EscapedText.messageLimit)
    }
    #expect(EscapedText.excerpt(accents).utf8.count <= EscapedText.excerptLimit + 3)
    #expect(EscapedText.excerpt("short é") == "short é")
  }

  @Test(
    "what a terminal obeys, and what nobody sees, is escaped",
    arguments: [
      ("\u{1B}[2J", "\\u001b[2J"), ("\u{9B}1A", "\\u009b1A"), ("a\u{2028}b", "a\\u2028b"),
      ("\u{202E}txt", "\\u202etxt"), ("\u{200B}", "\\u200b"), ("\u{E0041}", "\\udb40\\udc41"),
      ("a\r\nb", "a\\r\\nb"), ("👩‍👩‍👧‍👦 é", "👩‍👩‍👧‍👦 é"),
    ])
  func escapes(text: String, expected: String) throws {
    #expect(EscapedText.plain(text) == expected)
    let json = EscapedText.quoted(text)
    #expect(try JSONDecoder().decode(String.self, from: Data(json.utf8)) == text)
    #expect(EscapedText.lines("\(text)\nb") == EscapedText.lines(text) + "\nb")
  }
}
