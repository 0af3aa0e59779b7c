import Foundation
import Synchronization

/// What is said on standard error, and the progress bar there.
enum Terminal {
  static let isInteractive = isatty(STDERR_FILENO) == 1

  /// Takes away what stands in the line, such as a progress bar; nothing where there is no terminal.
  static let emptyLine = isInteractive ? "\r\u{1B}[K" : ""

  static func error(_ message: String) { say("emend: error: \(message)") }

  static func warning(_ message: String) { say("emend: \(message)") }

  /// One line on standard error.
  static func say(_ message: String) { write(message + "\n") }

  /// Where nobody can read what is said, there is nobody to tell.
  static func write(_ text: String) {
    try? FileHandle.standardError.write(contentsOf: Data(text.utf8))
  }
}

/// A bar on standard error, only where that is a terminal.
final class ProgressBar: Sendable {
  private let isShown: Bool
  private let title: String
  private let drawn = Mutex(Drawn())

  private struct Drawn {
    var percent = -1
    var stage = ""
    var started = ContinuousClock.now
    /// Done when the stage began: what was remembered from an earlier run took no time.
    var first = 0
  }

  /// - Parameter isWanted: false under `--quiet`.
  init(title: String, isWanted: Bool) {
    self.title = title
    isShown = isWanted && Terminal.isInteractive
  }

  /// Draws the bar where it has moved by a per cent, with the time that the stage will still take.
  func show(stage: String, done: Int, of total: Int) {
    guard isShown, total > 0 else { return }
    let percent = min(100, done * 100 / total)
    drawn.withLock { last in
      if stage != last.stage { last = Drawn(stage: stage, first: done) }
      guard percent != last.percent else { return }
      last.percent = percent
      let elapsed = last.started.duration(to: .now) / .seconds(1)
      let left = Self.remaining(
        seconds: elapsed, done: done - last.first, left: total - done)
      let filled = String(repeating: "█", count: percent / 4)
      let rest = String(repeating: "░", count: 25 - percent / 4)
      Terminal.write(
        "\(Terminal.emptyLine)\(title)  \(stage)  \(filled)\(rest) \(percent) %\(left)")
    }
  }

  /// In words; nothing until there is enough to go by.
  static func remaining(seconds: Double, done: Int, left: Int) -> String {
    guard seconds >= 2, done > 0, left > 0 else { return "" }
    let rest = Int((seconds / Double(done) * Double(left)).rounded(.up))
    if rest < 60 { return "  \(rest) s left" }
    return rest < 3600
      ? "  \((rest + 59) / 60) min left" : "  \(rest / 3600) h \(rest % 3600 / 60) min left"
  }

  /// Takes the bar away.
  func clear() {
    guard isShown else { return }
    Terminal.write(Terminal.emptyLine)
  }
}
