import Foundation
import Messages
import Synchronization

/// Writes messages to standard error.
enum Terminal {
  static let isInteractive = isatty(STDERR_FILENO) == 1

  /// The control sequence that erases the current line, such as a progress bar; empty if standard
  /// error is no terminal.
  static let emptyLine = isInteractive ? "\r\u{1B}[K" : ""

  /// Writes an error that makes the command fail. It may list several problems, one a line.
  static func error(_ message: String) {
    say(lines: "emend: error: \(message)")
  }

  /// Writes a remark; the command goes on.
  static func warning(_ message: String) { say("emend: \(message)") }

  /// Writes one line, escaped and cut: a message may repeat what is in a file.
  static func say(_ message: String) {
    write(EscapedText.plain(message, limit: EscapedText.messageLimit) + "\n")
  }

  /// Writes lines, which the caller has put together of escaped ones.
  static func say(lines: String) {
    write(EscapedText.lines(lines, limit: EscapedText.messageLimit) + "\n")
  }

  /// Writes text. Errors are ignored: a message that cannot be written is lost.
  static func write(_ text: String) {
    try? FileHandle.standardError.write(contentsOf: Data(text.utf8))
  }
}

/// A progress bar on standard error, if that is a terminal; else a line every half minute.
final class ProgressBar: Sendable {
  private let isShown: Bool
  private let isLogged: Bool
  private let title: String
  private let drawn = Mutex(DrawnState())

  private struct DrawnState {
    var percent = -1
    var stage = ""
    var started = ContinuousClock.now
    /// How much was done when the stage began: results from the cache, which took no time.
    var first = 0
    /// When the last line was written, or the first stage began.
    var logged = ContinuousClock.now
  }

  /// A log has a line so often: a short run has none.
  private static let logInterval: Duration = .seconds(30)

  /// - Parameter isWanted: false under `--quiet`.
  init(title: String, isWanted: Bool) {
    self.title = EscapedText.excerpt(title)
    isShown = isWanted && Terminal.isInteractive
    isLogged = isWanted && !Terminal.isInteractive
  }

  /// Draws the bar if it has moved by one per cent, with an estimate of the stage's remaining time.
  func show(stage: String, done: Int, of total: Int) {
    guard isShown || isLogged, total > 0 else { return }
    let percent = min(100, done * 100 / total)
    drawn.withLock { last in
      if stage != last.stage {
        last = DrawnState(stage: stage, first: done, logged: last.logged)
      }
      // Threads report in no order.
      guard percent >= last.percent else { return }
      guard percent != last.percent else { return }
      last.percent = percent
      let elapsed = last.started.duration(to: .now) / .seconds(1)
      let left = Self.remaining(
        seconds: elapsed, done: done - last.first, left: total - done)
      guard isShown else {
        guard last.logged + Self.logInterval <= .now else { return }
        last.logged = .now
        return Terminal.say("\(title): \(stage) \(percent) %\(left)")
      }
      let filled = String(repeating: "█", count: percent / 4)
      let rest = String(repeating: "░", count: 25 - percent / 4)
      Terminal.write(
        "\(Terminal.emptyLine)\(title)  \(stage)  \(filled)\(rest) \(percent) %\(left)")
    }
  }

  /// The remaining time in words, by the mean time so far; empty in the first two seconds, and if
  /// none of the work is done or left.
  static func remaining(seconds: Double, done: Int, left: Int) -> String {
    guard seconds >= 2, done > 0, left > 0 else { return "" }
    let rest = Int((seconds / Double(done) * Double(left)).rounded(.up))
    if rest < 60 { return "  \(rest) s left" }
    return rest < 3600
      ? "  \((rest + 59) / 60) min left" : "  \(rest / 3600) h \(rest % 3600 / 60) min left"
  }

  /// Erases the bar.
  func clear() {
    guard isShown else { return }
    Terminal.write(Terminal.emptyLine)
  }
}
