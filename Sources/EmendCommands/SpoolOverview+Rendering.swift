import Foundation
import Messages
import Spool
import Service
import AtomicFiles

extension SpoolOverview {
  /// The overview for people: the daemons, the files that wait, and the latest file runs.
  func table(now: Date, complaint: String?) -> String {
    var lines: [String] = []
    for daemon in daemons {
      let who = daemon.identity.map { "process \($0.process) on \($0.host)" } ?? daemon.owner
      let since = daemon.identity.map { ", since \(Self.time($0.started))" } ?? ""
      lines.append(
        daemon.isAlive
          ? "daemon   \(who)\(since): \(daemon.claimed.count) in hand"
          : "daemon   \(who) died; its \(daemon.claimed.count) files are taken over at the next start"
      )
    }
    if daemons.isEmpty { lines.append("daemon   none") }
    lines.append("health   \(complaint ?? "good")")
    let placeholders = empty.isEmpty ? "" : ", \(empty.count) empty\(Self.named(empty))"
    lines.append("inbox    \(queued.count) waiting\(placeholders)")
    if !ignored.isEmpty {
      lines.append("ignored  \(ignored.count)")
      for (name, reason) in ignored.prefix(Self.shownIgnored) {
        lines.append("         \(name): \(reason)")
      }
      if ignored.count > Self.shownIgnored { lines.append("         …") }
    }
    lines.append("done     \(done)")
    lines.append("failed   \(failed.count)\(Self.listed(failed))")
    // These lines hold names of files and paths, which may have any characters.
    lines = lines.map { EscapedText.plain($0) }
    guard !recent.isEmpty else { return lines.joined(separator: "\n") }
    let rows = recent.map { run in
      [
        run.state.rawValue, FileName(bytes: run.name).description,
        run.state == .done ? "\(run.records)" : "",
        run.state == .done ? "\(run.rejected)" : "",
        Self.time(run.finishedAt ?? run.claimedAt),
        progress(of: run).map { "\($0.stage), \($0.percent) %" } ?? Self.remark(run, now: now),
      ].map { EscapedText.plain($0) }
    }
    let titles = ["STATE", "FILE", "RECORDS", "REJECTED", "TIME", ""]
    let widths = titles.indices.map { column in
      min(40, ([titles] + rows).map { $0[column].count }.max() ?? 0)
    }
    lines.append("")
    for row in [titles] + rows {
      let cells = row.enumerated().map { column, cell in
        column == row.count - 1
          ? cell : cell + String(repeating: " ", count: max(0, widths[column] - cell.count))
      }
      lines.append(
        cells.joined(separator: "  ").replacing(#/\s+$/#, with: ""))
    }
    return lines.joined(separator: "\n")
  }

  private static let shownIgnored = 5

  private static func named(_ names: [FileName]) -> String {
    guard !names.isEmpty else { return "" }
    let shown = names.prefix(3).map(\.description).joined(separator: ", ")
    return ": \(shown)\(names.count > 3 ? ", …" : "")"
  }

  private static func listed(_ names: [FileName]) -> String {
    names.isEmpty ? "" : named(names) + " (emend retry NAME)"
  }

  private static func remark(_ run: FileRun, now: Date) -> String {
    switch run.state {
    case .done: return run.outputs.last ?? ""
    case .skipped: return "same content as \(run.outputs.last ?? "an earlier file")"
    case .waiting:
      let wait = run.nextAttemptAt.map { max(0, Int($0.timeIntervalSince(now).rounded())) }
      let again = wait.map { "; again in \($0) s" } ?? ""
      return (run.failureReason?.message ?? "for a worker") + again
    case .failed, .quarantined: return run.failureReason?.message ?? ""
    case .working, .released: return ""
    }
  }

  private static func time(_ date: Date) -> String {
    date.formatted(
      .iso8601.year().month().day().dateTimeSeparator(.space).time(
        includingFractionalSeconds: false))
  }

  /// The overview as a JSON object, for programs.
  func json(complaint: String?) throws -> [UInt8] {
    struct Document: Encodable {
      struct Daemon: Encodable {
        var owner: String
        var alive: Bool
        var process: Int32?
        var host: String?
        var started: Date?
        var claimed: [String]
      }
      struct File: Encodable {
        var name: String
        var state: FileRun.State
        var size: Int
        var digest: String?
        var attempts: Int
        var records: Int
        var rejected: Int
        var outputs: [String]
        var seen: Date
        var claimed: Date
        var finished: Date?
        var nextAttempt: Date?
        var seconds: [String: Double]
        /// What is done with it now, and how much of that is done, in per cent; nil where it is not in work.
        var stage: String?
        var percent: Int?
        /// The JSON member's name.
        var trouble: FailureReason?
      }
      var healthy: Bool
      var complaint: String?
      var daemons: [Daemon]
      struct Ignored: Encodable {
        var name: String
        var reason: String
      }
      var queued: [String]
      var empty: [String]
      var ignored: [Ignored]
      var done: Int
      var failed: [String]
      var counts: [String: Int]
      var recent: [File]
    }
    let document = Document(
      healthy: complaint == nil, complaint: complaint,
      daemons: daemons.map {
        Document.Daemon(
          owner: $0.owner, alive: $0.isAlive, process: $0.identity?.process,
          host: $0.identity?.host, started: $0.identity?.started,
          claimed: $0.claimed.map(\.description))
      },
      queued: queued.map(\.description), empty: empty.map(\.description),
      ignored: ignored.map { Document.Ignored(name: $0.name.description, reason: $0.reason) },
      done: done, failed: failed.map(\.description),
      counts: Dictionary(uniqueKeysWithValues: counts.map { ($0.key.rawValue, $0.value) }),
      recent: recent.map {
        Document.File(
          name: FileName(bytes: $0.name).description, state: $0.state, size: $0.size,
          digest: $0.digest, attempts: $0.attempts, records: $0.records, rejected: $0.rejected,
          outputs: $0.outputs, seen: $0.seenAt, claimed: $0.claimedAt, finished: $0.finishedAt,
          nextAttempt: $0.nextAttemptAt, seconds: $0.seconds, stage: progress(of: $0)?.stage,
          percent: progress(of: $0)?.percent, trouble: $0.failureReason)
      })
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
    encoder.dateEncodingStrategy = .iso8601
    return [UInt8](try encoder.encode(document)) + [0x0A]
  }
}
