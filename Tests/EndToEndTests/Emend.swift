import Foundation
import Synchronization
import Testing

/// The real program, run in a fresh folder that goes when the value goes.
final class Emend: Sendable {
  /// What one run of the program left behind.
  struct Outcome: Sendable, CustomStringConvertible {
    /// The exit status; 128 + n where signal n ended it, as a shell says it.
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

  /// The release program where it is built, else the debug one.
  static let program = Result {
    for kind in ["release", "debug"] {
      let path = package.appending(path: ".build/\(kind)/emend").path
      if FileManager.default.isExecutableFile(atPath: path) { return path }
    }
    throw NotPrepared(description: "emend is not built; run scripts/setup/build first")
  }

  /// The package's model and libraries with a cache of their own, so that tests neither see nor fill
  /// the user's.
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

  /// Holds every folder of this run of the tests, and goes when it ends.
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

  /// Everything in a folder, hidden files too; nothing where there is no such folder.
  func names(in name: String) -> [String] {
    ((try? FileManager.default.contentsOfDirectory(atPath: path(name))) ?? []).sorted()
  }

  /// One JSON object a line.
  func objects(_ name: String) throws -> [[String: Any]] {
    try text(name).split(whereSeparator: \.isNewline).map {
      try #require(try JSONSerialization.jsonObject(with: Data($0.utf8)) as? [String: Any])
    }
  }

  func object(_ name: String) throws -> [String: Any] {
    try #require(
      try JSONSerialization.jsonObject(with: Data(try read(name))) as? [String: Any])
  }

  /// The members `emend` of a file's lines.
  func verdicts(_ name: String) throws -> [[String: Any]] {
    try objects(name).map { try #require($0["emend"] as? [String: Any]) }
  }

  // MARK: - Runs

  /// A run that has been started.
  final class Started: Sendable {
    private let process: Process
    private let streams: URL
    /// Kept open for as long as this value.
    private let input: Pipe

    fileprivate init(_ process: Process, streams: URL, input: Pipe) {
      self.process = process
      self.streams = streams
      self.input = input
    }

    deinit { try? FileManager.default.removeItem(at: streams) }

    var identifier: Int32 { process.processIdentifier }

    var isRunning: Bool { process.isRunning }

    /// What it has said on standard error so far.
    var errors: String {
      String(
        decoding: (try? Data(contentsOf: streams.appending(path: "errors"))) ?? Data(),
        as: UTF8.self)
    }

    func send(_ signal: Int32) { kill(process.processIdentifier, signal) }

    /// Waits for the end, which a run that takes longer than `seconds` meets by force.
    func finish(within seconds: Int) throws -> Outcome {
      let identifier = process.processIdentifier
      let alarm = DispatchWorkItem { kill(identifier, SIGKILL) }
      DispatchQueue.global().asyncAfter(deadline: .now() + .seconds(seconds), execute: alarm)
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
  ///   - input: what comes on standard input.
  ///   - holdsInputOpen: whether standard input never ends, in place of `input`.
  ///   - output: a file or device for standard output, in place of one that is read back.
  ///   - home: `EMEND_HOME`; the tests' own where nil.
  ///   - variables: of the environment, beside those of the tests.
  ///   - program: in place of the one that was built.
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

  /// Runs `emend arguments…` in the folder and waits.
  @discardableResult
  func run(
    _ arguments: String..., input: [UInt8] = [], output: String? = nil, home: String? = nil,
    within seconds: Int = 120
  ) throws -> Outcome {
    try start(arguments, input: input, output: output, home: home).finish(within: seconds)
  }

  /// Runs another program on a file of the folder and gives its output.
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
