package import AtomicFiles
package import Foundation
package import SystemPackage

/// The state of a watched folder, read without changing anything and without its daemon.
package struct SpoolOverview: Sendable {
  package struct Daemon: Sendable {
    /// Nil if `.owner` cannot be read.
    package let identity: OwnerFolder.Identity?
    /// The name of its folder under `claimed/`.
    package let owner: String
    package let isAlive: Bool
    /// The files in its folder.
    package let claimed: [FileName]
  }

  package let daemons: [Daemon]
  /// Datasets in the inbox that are not claimed yet, sorted by name.
  package let queued: [FileName]
  /// Datasets in the inbox without a byte, which wait for their content, sorted by name.
  package let empty: [FileName]
  /// Entries of the inbox that are not taken, sorted by name, each with the reason.
  package let ignored: [(name: FileName, reason: String)]
  /// How many files lie in the done folder.
  package let done: Int
  /// Files in the failed folder, sorted by name.
  package let failed: [FileName]
  /// The file runs in work, then the others that changed last, latest first; empty without a ledger.
  package let recent: [FileRun]
  /// How many file runs the ledger has in each state.
  package let counts: [FileRun.State: Int]
  /// When the living daemon that has been silent longest wrote its metrics; nil if there are none.
  package let heartbeat: Date?
  /// Whether all work was paused then.
  package let isPaused: Bool
  /// How many files waited then for a fault, or for a model server, to pass.
  package let obstructed: Int

  /// How far the work on the files in hand had come then, by name.
  package let progress: [String: WorkProgress]

  /// Reads the folders, the ledger and the metrics.
  ///
  /// - Parameters:
  ///   - state: the ledger's folder.
  ///   - metrics: the daemon's Prometheus file.
  ///   - limit: how many file runs `recent` has at most.
  /// - Throws: if the inbox cannot be read, or the ledger exists and cannot be read.
  package init(
    folders: SpoolFolders, state: String, metrics: FilePath, limit: Int, files: Files = Files()
  ) throws {
    let survey = try InboxEntry.survey(folders.inbox, files)
    queued = survey.datasets
    empty = survey.empty
    ignored = survey.ignored
    daemons = try OwnerFolder.neighbours(in: folders.claimed, files: files).map {
      Daemon(
        identity: $0.identity, owner: $0.path.lastComponent?.string ?? "", isAlive: $0.isAlive,
        claimed: $0.names)
    }.sorted { $0.owner < $1.owner }
    done = try Self.listed(folders.done, files).count
    failed = try Self.listed(folders.failed, files).filter { !$0.hasSuffix(".error.json") }
      .sorted { $0.description < $1.description }
    let ledger = try Ledger.openReadOnly(folder: state)
    // A file that is long in work has not changed for long, and is what a user asks about.
    let claimed = Dictionary(grouping: daemons, by: \.owner).mapValues {
      Set($0.flatMap(\.claimed))
    }
    let working = try ledger?.runs(in: [.working])
      .filter { claimed[$0.owner]?.contains(FileName(bytes: $0.name)) == true }
    let first = Set((working ?? []).map(\.id))
    let others = try ledger?.recent(limit).filter { !first.contains($0.id) }
    recent = Array(((working ?? []) + (others ?? [])).prefix(limit))
    counts = try ledger?.counts() ?? [:]
    // Each living daemon has metrics of its own; those of dead ones are older.
    let written = MetricsPlace.existing(metrics, files: files).map { path in
      let text = Self.text(path, files)
      return (
        heartbeat: Self.value("emend_heartbeat_timestamp_seconds", in: text),
        isPaused: Self.value("emend_work_paused", in: text) == 1,
        obstructed: Int(clamping: Int64(Self.value("emend_obstructed_files", in: text) ?? 0)),
        progress: Self.progress(in: text)
      )
    }.sorted { $0.heartbeat ?? 0 > $1.heartbeat ?? 0 }
      .prefix(max(1, daemons.count { $0.isAlive }))
    heartbeat = written.last?.heartbeat.map { Date(timeIntervalSince1970: $0) }
    isPaused = written.contains { $0.isPaused }
    obstructed = written.reduce(0) { $0 + $1.obstructed }
    progress = written.reduce(into: [:]) { all, own in all.merge(own.progress) { first, _ in first }
    }
  }

  /// What is wrong, in a sentence; nil if a daemon runs, writes metrics and works.
  ///
  /// - Parameter longestSilence: how old the metrics may be, in seconds.
  package func complaint(now: Date, longestSilence: TimeInterval) -> String? {
    guard daemons.contains(where: \.isAlive) else { return "no daemon serves this inbox" }
    guard let heartbeat else { return "the daemon has written no metrics" }
    let silence = now.timeIntervalSince(heartbeat)
    if silence > longestSilence { return "the daemon has been silent for \(Int(silence)) s" }
    guard isPaused || obstructed > 0 else { return nil }
    let failureReason = recent.lazy.compactMap { $0.state == .waiting ? $0.failureReason : nil }
      .first
    let why = failureReason.map { "\($0.message); \($0.remedy)" } ?? "see its log"
    return isPaused
      ? "work waits: \(why)"
      : obstructed == 1 ? "1 file waits: \(why)" : "\(obstructed) files wait: \(why)"
  }

  /// The names in a folder, without hidden ones; none if there is no such folder.
  private static func listed(_ folder: FilePath, _ files: Files) throws -> [FileName] {
    guard try files.stamp(folder) != nil else { return [] }
    return try files.list(folder).filter { !$0.isHidden }
  }

  /// The text of a file; empty if it cannot be read.
  private static func text(_ path: FilePath, _ files: Files) -> String {
    guard let (descriptor, _) = try? files.openRegular(path) else { return "" }
    defer { files.close(descriptor) }
    let bytes = try? files.read(descriptor, path, expected: 8192, limit: longestMetrics)
    return String(decoding: bytes ?? [], as: UTF8.self)
  }

  /// The longest file of metrics that is read, in bytes. A daemon writes some thousand.
  private static let longestMetrics = 1 << 20

  /// How far the work on each file has come, as `SpoolCounters.prometheusText` writes it.
  static func progress(in text: String) -> [String: WorkProgress] {
    var found: [String: WorkProgress] = [:]
    for line in text.split(separator: "\n") where line.hasPrefix(SpoolCounters.progressMetric + "{")
    {
      guard let begin = line.firstRange(of: "file=\""),
        let middle = line.ranges(of: "\",stage=\"").last, let end = line.ranges(of: "\"} ").last,
        begin.upperBound <= middle.lowerBound, middle.upperBound <= end.lowerBound,
        let percent = Int(line[end.upperBound...])
      else { continue }
      let stage = String(line[middle.upperBound..<end.lowerBound])
      found[String(line[begin.upperBound..<middle.lowerBound])] = WorkProgress(
        stage: stage, percent: percent)
    }
    return found
  }

  /// How far the work on a file has come; nil where it is not in work, or its worker has not said yet.
  package func progress(of run: FileRun) -> WorkProgress? {
    guard run.state == .working else { return nil }
    return progress[SpoolCounters.labelValue(FileName(bytes: run.name))]
  }

  /// The value of a metric, in Prometheus' text format.
  private static func value(_ metric: String, in text: String) -> Double? {
    text.split(separator: "\n").first { $0.hasPrefix(metric + " ") || $0.hasPrefix(metric + "{") }
      .flatMap { $0.split(separator: " ").last }.flatMap { Double($0) }
      .flatMap { $0.isFinite && abs($0) < 1e15 ? $0 : nil }
  }
}
