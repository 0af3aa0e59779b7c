import ArgumentParser
import Foundation
import Pipeline
import Records
import Report
import Rules
import SystemPackage
import Synchronization

extension Bench {
  /// Runs a file as `emend run` does, and measures each stage.
  struct Stages: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Runs a file without publishing; prints time and peak memory of each stage.")

    @Argument var file: String
    @OptionGroup var rulesOptions: RulesOptions
    @Option var threads: Int = ProcessInfo.processInfo.activeProcessorCount

    func run() throws {
      let meter = StageMeter()
      let source = try Source.read(file)
      var stages = DatasetRepair(
        rules: try rulesOptions.load().rules(forFileNamed: file), fields: FieldMapping(),
        mode: nil, threads: threads, models: LocalModels(threads: threads, usesCache: true))
      let folder = FilePath(NSTemporaryDirectory())
      stages.makeStore = { SpooledStore(in: folder) }
      let repaired = try stages.run(source) { stage, _, _ in meter.enter(stage.rawValue) }
      let parts = try ResultSet(repaired).parts.count
      meter.enter("end")
      print(
        "{\"records\": \(repaired.report.input.records), \"labels\": \(repaired.report.labels.count), "
          + "\"files\": \(parts), \"encoded\": \(repaired.encodedCount), \"stages\": [\(meter.json)]}"
      )
    }
  }
}

/// What each stage takes: seconds of the clock, seconds of all processors, and the peak of resident memory.
private final class StageMeter: Sendable {
  private struct State {
    var name = "reading"
    var start = ContinuousClock.now
    var processor = StageMeter.processorSeconds()
    var rows: [String] = []
  }
  private let state = Mutex(State())

  var json: String { state.withLock { $0.rows.joined(separator: ", ") } }

  func enter(_ name: String) {
    state.withLock { state in
      guard name != state.name else { return }
      let processor = Self.processorSeconds()
      let seconds = state.start.duration(to: .now) / .seconds(1)
      state.rows.append(
        "{\"stage\": \"\(state.name)\", \"wall\": \(seconds), \"cpu\": \(processor - state.processor), "
          + "\"peak\": \(Self.peak())}")
      state.name = name
      state.start = .now
      state.processor = processor
      // Begins a new peak; see proc(5).
      try? Data("5".utf8).write(to: URL(filePath: "/proc/self/clear_refs"))
    }
  }

  private static func processorSeconds() -> Double {
    var usage = rusage()
    getrusage(Int32(RUSAGE_SELF.rawValue), &usage)
    func seconds(_ time: timeval) -> Double { Double(time.tv_sec) + Double(time.tv_usec) / 1e6 }
    return seconds(usage.ru_utime) + seconds(usage.ru_stime)
  }

  /// The peak of resident memory since it was last begun, in MiB.
  private static func peak() -> Int {
    let status = (try? String(contentsOfFile: "/proc/self/status", encoding: .utf8)) ?? ""
    let line = status.split(separator: "\n").first { $0.hasPrefix("VmHWM:") }
    return (line?.split(separator: " ").dropFirst().first.flatMap { Int($0) } ?? 0) / 1024
  }
}
