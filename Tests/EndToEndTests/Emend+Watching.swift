import Foundation
import TestSupport
import Testing

/// A running `emend watch`, which is killed with the value.
final class Daemon {
  private let process: Emend.Started
  private var isOver = false

  init(_ process: Emend.Started) { self.process = process }

  deinit {
    guard !isOver else { return }
    process.send(SIGKILL)
    _ = try? process.finish()
  }

  var identifier: Int32 { process.identifier }
  var log: String { process.errors }
  var isRunning: Bool { process.isRunning }

  /// The lines of the log that contain all of these words.
  func lines(_ words: String...) -> [Substring] {
    log.split(separator: "\n").filter { line in words.allSatisfy { line.contains($0) } }
  }

  /// Sends a signal. Waits for the handler of one that asks it something, as before that the signal
  /// would end it or be lost.
  func send(_ signal: Int32) {
    if [SIGINT, SIGTERM, SIGHUP].contains(signal) {
      let isReady = waits { !isRunning || process.handles(signal) }
      #expect(isReady, "signal \(signal) is not handled\n\(log)")
    }
    process.send(signal)
  }

  /// Waits for it to end.
  func end() throws -> Emend.Outcome {
    let outcome = try process.finish()
    isOver = true
    return outcome
  }

  /// Asks it to end, as a service manager does, and expects status 0.
  @discardableResult
  func stop(sourceLocation: SourceLocation = #_sourceLocation) throws -> Emend.Outcome {
    send(SIGTERM)
    let outcome = try end()
    #expect(outcome.status == 0, "\(outcome)", sourceLocation: sourceLocation)
    return outcome
  }

  /// Kills it, as the kernel does when memory runs out.
  func kill() throws {
    send(SIGKILL)
    #expect(try end().status == 128 + SIGKILL)
  }

  /// The processes that it has started and that have not ended.
  var workers: [Int32] {
    let tasks = "/proc/\(identifier)/task"
    let threads = (try? FileManager.default.contentsOfDirectory(atPath: tasks)) ?? []
    return threads.flatMap { thread in
      let children = (try? String(contentsOfFile: "\(tasks)/\(thread)/children", encoding: .utf8))
      return (children ?? "").split(separator: " ").compactMap { Int32($0) }
    }.filter(Self.isAlive)
  }

  /// Its workers that have read a file and repair it, recognised by the open OpenVINO library.
  var busyWorkers: [Int32] {
    workers.filter { worker in
      let maps = try? String(contentsOfFile: "/proc/\(worker)/maps", encoding: .utf8)
      return maps?.contains("libopenvino") == true
    }
  }

  /// Whether a process exists and has not ended. (An ended process for which nobody waits stays as
  /// a zombie.)
  static func isAlive(_ process: Int32) -> Bool {
    guard let line = try? String(contentsOfFile: "/proc/\(process)/stat", encoding: .utf8),
      let end = line.lastIndex(of: ")")
    else { return false }
    return !["Z", "X"].contains(line[line.index(end, offsetBy: 2)])
  }
}

extension Emend {
  /// Starts a daemon with `inbox` and `out`; its settling time is a tenth of a second.
  func watch(
    _ flags: String..., home: String? = nil, variables: [String: String] = [:]
  ) throws -> Daemon {
    try watch(flags, home: home, variables: variables)
  }

  func watch(
    _ flags: [String], home: String? = nil, variables: [String: String] = [:],
    program: String? = nil
  ) throws -> Daemon {
    let standard = [
      ("--inbox", "inbox"), ("--outbox", "out"), ("--settle", "0.1"), ("--threads", "1"),
    ].filter { !flags.contains($0.0) }
    return Daemon(
      try start(
        ["watch"] + standard.flatMap { [$0.0, $0.1] } + flags, home: home, variables: variables,
        program: program))
  }

  /// Runs `emend watch --once` on `inbox`.
  func drain(_ flags: String..., home: String? = nil) throws -> Outcome {
    try watch(flags + ["--once"], home: home).end()
  }

  /// Starts a daemon, and waits until it has looked through its inbox for the first time.
  func watchUntilReady(
    _ flags: String..., home: String? = nil, variables: [String: String] = [:],
    program: String? = nil
  ) throws -> Daemon {
    let daemon = try watch(flags, home: home, variables: variables, program: program)
    // The daemon writes the metrics after its first scan.
    try until("the daemon is ready") { exists("inbox/.emend/emend.prom") || !daemon.isRunning }
    #expect(daemon.isRunning, "\(daemon.log)")
    return daemon
  }

  /// Waits until a condition is true; ends the test after the limit of all waits.
  func until(
    _ what: String, of daemon: Daemon? = nil,
    sourceLocation: SourceLocation = #_sourceLocation,
    _ condition: () throws -> Bool
  ) throws {
    guard try !waits(until: condition) else { return }
    let state = ["inbox", "inbox/done", "inbox/failed", "out"].map { "\($0): \(names(in: $0))" }
    try #require(
      Bool(false), "\(what)\n\(state.joined(separator: "\n"))\n\(daemon?.log ?? "")",
      sourceLocation: sourceLocation)
  }

  /// Waits until as many workers repair files, and stops them in the middle of it: what the test does
  /// next comes before the end of the work, however slow the machine is.
  ///
  /// - Returns: the workers, which go on after SIGCONT.
  @discardableResult
  func suspendWorkers(of daemon: Daemon, count: Int = 1) throws -> [Int32] {
    try until("the work has begun", of: daemon) { daemon.busyWorkers.count == count }
    let workers = daemon.busyWorkers
    for worker in workers { kill(worker, SIGSTOP) }
    return workers
  }

  /// Waits until these inputs are put away in `inbox/done`, which happens after the publication of
  /// their outputs.
  func untilDone(
    _ names: String..., of daemon: Daemon? = nil, sourceLocation: SourceLocation = #_sourceLocation
  ) throws {
    for name in names {
      try until("\(name) is done", of: daemon, sourceLocation: sourceLocation) {
        exists("inbox/done/\(name)")
      }
    }
  }

  /// Writes a file elsewhere and renames it into the inbox.
  @discardableResult
  func drop(_ bytes: some Sequence<UInt8>, as name: String) throws -> String {
    let staged = try write(bytes, to: "staging/\(UUID().uuidString)")
    try FileManager.default.createDirectory(
      atPath: path("inbox"), withIntermediateDirectories: true)
    try #require(rename(path(staged), path("inbox/\(name)")) == 0)
    return name
  }

  /// The bytes of the outputs of `emend run` for a file, by name.
  func reference(_ bytes: [UInt8], named name: String, _ flags: String...) throws
    -> [String: [UInt8]]
  {
    let folder = "reference-\(UUID().uuidString)"
    try write(bytes, to: "\(folder)/\(name)")
    let outcome = try start(
      ["run", "\(folder)/\(name)", "--outbox", "\(folder)/out", "--quiet"] + flags
    ).finish()
    #expect([0, 3].contains(outcome.status), "\(outcome)")
    return try contents(of: "\(folder)/out")
  }

  /// The bytes of all files in a folder, by name.
  func contents(of folder: String) throws -> [String: [UInt8]] {
    Dictionary(
      uniqueKeysWithValues: try names(in: folder).map { ($0, try read("\(folder)/\($0)")) })
  }

  /// The names in `claimed` and in the daemons' folders there.
  var claimed: [String] {
    names(in: "inbox/claimed").flatMap { owner in
      [owner] + names(in: "inbox/claimed/\(owner)").map { "\(owner)/\($0)" }
    }
  }

  /// The metrics that were written last, by name.
  func metrics(_ name: String = "inbox/.emend/emend.prom") -> [String: Double] {
    let lines = ((try? text(name)) ?? "").split(separator: "\n").filter { !$0.hasPrefix("#") }
    return Dictionary(
      lines.compactMap { line in
        guard let space = line.lastIndex(of: " "),
          let value = Double(line[line.index(after: space)...])
        else { return nil }
        return (String(line[..<space]), value)
      }, uniquingKeysWith: { _, last in last })
  }

  /// The object that `emend status --json` prints.
  func status(_ flags: String...) throws -> [String: Any] {
    let outcome = try start(["status", "--inbox", "inbox", "--json"] + flags).finish()
    return try #require(
      try JSONSerialization.jsonObject(with: Data(outcome.output)) as? [String: Any],
      "\(outcome)")
  }
}

extension Samples {
  /// Lines with texts, different for every seed. Without a cache an encoder needs some time for
  /// them.
  static func texts(_ count: Int, seed: Int = 0) -> [String] {
    (0..<count).map { index in
      let (text, label) = requests[index % requests.count]
      let long = "\(text), said person \(index) of \(seed), and then once more: \(text), please"
      return "{\"text\": \(quoted(long)), \"label\": \(quoted(label))}"
    }
  }
}
