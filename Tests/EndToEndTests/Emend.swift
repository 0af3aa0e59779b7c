import Foundation
import Synchronization
import TestSupport
import Testing

/// Runs the real program in a new folder, which is removed with the value.
final class Emend: Sendable {
  /// The result of one run of the program.
  struct Outcome: Sendable, CustomStringConvertible {
    /// The exit status; 128 + n if signal n ended the program, as in a shell.
    let status: Int32
    let output: [UInt8]
    let errors: String
    var text: String { String(decoding: output, as: UTF8.self) }
    var description: String { "status \(status)\n\(text.prefix(2000))\n\(errors.prefix(4000))" }
  }

  /// Why the tests cannot run at all.
  struct NotPrepared: Error, CustomStringConvertible {
    let description: String
  }

  static let package = URL(filePath: #filePath).deletingLastPathComponent()
    .deletingLastPathComponent().deletingLastPathComponent()

  /// The path of the release program if it is built, else of the debug one.
  static let program = Result {
    for kind in ["release", "debug"] {
      let path = package.appending(path: ".build/\(kind)/emend").path
      if FileManager.default.isExecutableFile(atPath: path) { return path }
    }
    throw NotPrepared(description: "emend is not built; run scripts/setup/build first")
  }

  /// A folder with the package's models and libraries and a new cache, so that tests neither use
  /// nor fill the user's cache.
  static let home = Result {
    let prepared = package.appending(path: ".emend")
    let model = prepared.appending(path: "models/all-MiniLM-L6-v2/emend-model.json").path
    guard FileManager.default.fileExists(atPath: model) else {
      throw NotPrepared(description: "no model in \(prepared.path); run scripts/setup/build first")
    }
    let home = try temporaryFolder()
    for part in ["openvino", "models"] {
      try FileManager.default.createSymbolicLink(
        at: home.appending(path: part), withDestinationURL: prepared.appending(path: part))
    }
    return home
  }

  let folder: URL

  init() throws { folder = try Self.temporaryFolder() }

  deinit { try? FileManager.default.removeItem(at: folder) }

  /// The folder with all folders of this test run; it is removed at the end.
  private static let root: URL = {
    atexit { try? FileManager.default.removeItem(at: Emend.root) }
    return FileManager.default.temporaryDirectory
      .appending(path: "emend-end-to-end-\(getpid())", directoryHint: .isDirectory)
  }()

  static func temporaryFolder() throws -> URL {
    let folder = root.appending(path: UUID().uuidString, directoryHint: .isDirectory)
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    return folder
  }

  // MARK: - Files

  func path(_ name: String) -> String { folder.appending(path: name).path }

  @discardableResult
  func write(_ bytes: some Sequence<UInt8>, to name: String) throws -> String {
    let place = folder.appending(path: name)
    try FileManager.default.createDirectory(
      at: place.deletingLastPathComponent(), withIntermediateDirectories: true)
    try Data(bytes).write(to: place)
    return name
  }

  @discardableResult
  func write(_ text: String, to name: String) throws -> String {
    try write(text.utf8, to: name)
  }

  func read(_ name: String) throws -> [UInt8] {
    try [UInt8](Data(contentsOf: folder.appending(path: name)))
  }

  func text(_ name: String) throws -> String { String(decoding: try read(name), as: UTF8.self) }

  func exists(_ name: String) -> Bool { FileManager.default.fileExists(atPath: path(name)) }

  /// The names in a folder, hidden ones too, sorted; empty if there is no such folder.
  func names(in name: String) -> [String] {
    ((try? FileManager.default.contentsOfDirectory(atPath: path(name))) ?? []).sorted()
  }

  /// The JSON objects of a file with one on each line.
  func objects(_ name: String) throws -> [[String: Any]] {
    try text(name).split(whereSeparator: \.isNewline).map {
      try #require(try JSONSerialization.jsonObject(with: Data($0.utf8)) as? [String: Any])
    }
  }

  /// The JSON object that a file holds.
  func object(_ name: String) throws -> [String: Any] {
    try #require(
      try JSONSerialization.jsonObject(with: Data(try read(name))) as? [String: Any])
  }

  /// The results in a file's lines: their members `emend`.
  func results(_ name: String) throws -> [[String: Any]] {
    try objects(name).map { try #require($0["emend"] as? [String: Any]) }
  }

  // MARK: - Runs

  /// A run that has been started.
  final class Started: Sendable {
    private let process: Process
    private let streams: URL
    /// Kept open until the value is released.
    private let input: Pipe

    fileprivate init(_ process: Process, streams: URL, input: Pipe) {
      self.process = process
      self.streams = streams
      self.input = input
    }

    deinit { try? FileManager.default.removeItem(at: streams) }

    var identifier: Int32 { process.processIdentifier }

    var isRunning: Bool { process.isRunning }

    /// What it has written to standard error so far.
    var errors: String {
      String(
        decoding: (try? Data(contentsOf: streams.appending(path: "errors"))) ?? Data(),
        as: UTF8.self)
    }

    func send(_ signal: Int32) { kill(process.processIdentifier, signal) }

    /// Whether it has a handler for a signal, so that the signal does not end it at once.
    func handles(_ signal: Int32) -> Bool {
      let status = try? String(contentsOfFile: "/proc/\(identifier)/status", encoding: .utf8)
      guard let digits = status?.firstMatch(of: #/\nSigCgt:\s*([0-9a-f]+)\n/#)?.1,
        let handled = UInt64(digits, radix: 16)
      else { return false }
      return handled & 1 << UInt64(signal - 1) != 0
    }

    /// Waits for the end; kills the program after the limit of all waits.
    func finish() throws -> Outcome {
      let identifier = process.processIdentifier
      let alarm = DispatchWorkItem { kill(identifier, SIGKILL) }
      DispatchQueue.global().asyncAfter(
        deadline: .now() + Tier.waitLimit / .seconds(1), execute: alarm)
      process.waitUntilExit()
      alarm.cancel()
      let status = process.terminationStatus
      return Outcome(
        status: process.terminationReason == .uncaughtSignal ? 128 + status : status,
        output: [UInt8](try Data(contentsOf: streams.appending(path: "output"))),
        errors: String(
          decoding: try Data(contentsOf: streams.appending(path: "errors")), as: UTF8.self))
    }
  }

  /// Starts `emend arguments…` in the folder.
  ///
  /// - Parameters:
  ///   - input: the content of standard input.
  ///   - holdsInputOpen: whether standard input is a pipe that never ends, in place of `input`.
  ///   - output: a file or device for standard output; nil to collect the output.
  ///   - home: the value of `EMEND_HOME`; nil for the tests' own.
  ///   - variables: further variables of the environment.
  ///   - program: the program to run; nil for the one that was built.
  func start(
    _ arguments: [String], input: [UInt8] = [], holdsInputOpen: Bool = false, output: String? = nil,
    home: String? = nil, variables: [String: String] = [:], program: String? = nil
  ) throws -> Started {
    let streams = try Self.temporaryFolder()
    let process = Process()
    process.executableURL = URL(filePath: try program ?? Self.program.get())
    process.arguments = arguments
    process.currentDirectoryURL = folder
    var environment = ProcessInfo.processInfo.environment
    environment["EMEND_HOME"] = try home ?? Self.home.get().path
    process.environment = environment.merging(variables) { _, own in own }
    try Data(input).write(to: streams.appending(path: "input"))
    func opened(_ name: String) throws -> URL {
      let url = streams.appending(path: name)
      try Data().write(to: url)
      return url
    }
    let outputFile = try opened("output")
    let errorFile = try opened("errors")
    let pipe = Pipe()
    process.standardInput =
      holdsInputOpen
      ? pipe as Any : try FileHandle(forReadingFrom: streams.appending(path: "input"))
    process.standardOutput = try FileHandle(
      forWritingTo: output.map { URL(filePath: $0) } ?? outputFile)
    process.standardError = try FileHandle(forWritingTo: errorFile)
    try process.run()
    return Started(process, streams: streams, input: pipe)
  }

  /// Runs `emend arguments…` in the folder and waits for the end.
  @discardableResult
  func run(
    _ arguments: String..., input: [UInt8] = [], output: String? = nil, home: String? = nil
  ) throws -> Outcome {
    try start(arguments, input: input, output: output, home: home).finish()
  }

  /// Runs another program in the folder, and expects that it succeeds.
  func tool(_ name: String, _ arguments: String...) throws {
    let process = Process()
    process.executableURL = URL(filePath: "/usr/bin/env")
    process.arguments = [name] + arguments
    process.currentDirectoryURL = folder
    try process.run()
    process.waitUntilExit()
    try #require(process.terminationStatus == 0, "\(name) \(arguments)")
  }
}
