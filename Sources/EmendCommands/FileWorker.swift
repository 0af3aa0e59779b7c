import Assessments
import Report
import Digests
import CLinux
import Foundation
import ModelInterfaces
import Spool
import Pipeline
import Records
import Rules
import AtomicFiles
import SystemPackage

/// Repairs claimed files in a worker process, one at a time.
final class FileWorker {
  private let outbox: FilePath
  private let rulesFolder: String?
  /// Whether the user has named the folder of rules.
  private let hasNamedRules: Bool
  private let threads: Int
  private let models: LocalModels
  /// The most bytes of memory that the work on a file may take; nil for no limit.
  private let memoryLimit: Int?
  /// The most unpacked bytes of a file that this worker takes on; nil for any file. A file that has more, or
  /// needs more memory, is handed back.
  private let largestFile: Int?
  private let files = Files(sharesWithGroup: true)
  /// The rules that were read last, and the fingerprint of their files.
  private var known: (state: String, rules: RulesDirectory)?

  init(
    outbox: FilePath, rules: String?, hasNamedRules: Bool, threads: Int, models: LocalModels,
    memoryLimit: Int? = nil, largestFile: Int? = nil
  ) {
    self.memoryLimit = memoryLimit
    self.largestFile = largestFile
    self.outbox = outbox
    rulesFolder = rules
    self.hasNamedRules = hasNamedRules
    self.threads = threads
    self.models = models
  }

  /// Whether this process holds a server's key that a file does not need. Such a file is for a process
  /// whose memory never had it.
  func holdsNeedlessKey(for job: Job) -> Bool {
    guard models.holdsKey else { return false }
    let name = String(decoding: job.name.bytes, as: UTF8.self)
    return (try? currentRules().rules(forFileNamed: name).utility.server) == nil
  }

  /// Repairs one file.
  ///
  /// - Parameters:
  ///   - report: sends a report; returns whether to go on.
  ///   - progress: told when the work has come further, and how much of a stage is done; on any thread.
  /// - Returns: the last report, which tells how the work ended; nil if `report` returned false.
  func repair(
    _ job: Job, progress: @escaping @Sendable (WorkProgress) -> Void,
    report: @escaping @Sendable (WorkReport) throws -> Bool
  ) -> WorkReport? {
    // The text that the command line would have for this name, so that reports are the same.
    let name = String(decoding: job.name.bytes, as: UTF8.self)
    do {
      var stopwatch = Stopwatch()
      let rules = try currentRules().rules(forFileNamed: name)
      let review = try StandingDecisions(rules).review(
        isStrict: false, targetPrecision: Review.usualTargetPrecision)
      let claimed = try read(job)
      let digest = Digest.hexadecimal(of: claimed.content)
      stopwatch.lap("read")
      guard
        try report(.read(digest: digest, key: key(digest, rules, review), stamp: claimed.stamp))
      else { return nil }
      let source = try Source(file: name, content: claimed.content)
      var stages = DatasetRepair(
        rules: rules, fields: FieldMapping(), mode: nil, threads: threads,
        models: models)
      stages.review = review
      stages.memoryLimit = memoryLimit
      if try isTooLarge(source, stages) { return .tooLarge }
      let (folder, files) = (outbox, files)
      stages.makeStore = { SpooledStore(in: folder, files: files) }
      models.beginFile { resource in
        guard try report(.needs(resource: resource)) else { throw ResourceNotGranted() }
      }
      let repaired = try stages.run(source) { stage, done, total in
        progress(WorkProgress(stage: stage.rawValue, percent: total > 0 ? 100 * done / total : 0))
      }
      // Without the server the scores are worse, and no user sees the warning. So the file waits
      // for the server. The replies so far are in the cache.
      if let lost = models.lostServer { throw lost }
      let set = try ResultSet(repaired)
      stopwatch.lap("repair")
      guard try report(.repaired) else { return nil }
      stopwatch.skip()
      let outputs = try publish(set, named: ResultSet.name(forStem: job.name.stem))
      stopwatch.lap("publish")
      return .published(
        WorkResult(
          outputs: outputs, records: repaired.report.input.records,
          rejected: repaired.rejections.count, seconds: stopwatch.seconds,
          findings: (repaired.report.findings ?? []).bySeverity.map(\.place)))
    } catch is ResourceNotGranted {
      return nil
    } catch let error as ModelError where error.kind == .modelTooLarge && largestFile != nil {
      return .tooLarge
    } catch {
      // OpenVINO reports a failed allocation as an error; Swift's own end the process in the same way.
      if error is ModelError, "\(error)".contains("bad_alloc") || emend_memory_is_short() != 0 {
        _exit(WorkerEnd.memoryStatus)
      }
      return .failed(WorkFailure(error).byRules)
    }
  }

  /// A file is held in memory as a whole, so one that is larger than the memory cannot be repaired.
  private static let machineMemory = Int(clamping: ProcessInfo.processInfo.physicalMemory)

  /// Whether a file takes more than this worker may, where that is for small files.
  private func isTooLarge(_ source: Source, _ stages: DatasetRepair) throws -> Bool {
    guard let largestFile else { return false }
    if source.bytes.count > largestFile { return true }
    return try MemoryEstimate(of: stages.read(source)).bytes > MemoryBudget.smallFile
  }

  private func read(_ job: Job) throws -> ClaimedFile {
    do {
      return try ClaimedFile(job, limit: Self.machineMemory, files: files)
    } catch let error as FileError {
      throw UnreadableFile(error: error)
    }
  }

  private func publish(_ set: ResultSet, named stem: FileName) throws -> [String] {
    let publication = Publication(folder: outbox, files: files)
    do throws(FileError) {
      return try publication.publish(name: stem, parts: set.parts, absent: set.absent)
        .map(\.string)
    } catch {
      // An outbox that was removed is made again. If the second try fails, its error is thrown.
      guard error.code == ENOENT else { throw error }
      try files.makeFolder(outbox)
      return try publication.publish(name: stem, parts: set.parts, absent: set.absent)
        .map(\.string)
    }
  }

  /// The present rules; they are read again if one of their files has changed.
  private func currentRules() throws -> RulesDirectory {
    guard let rulesFolder else { return .none }
    if let known, known.state == fingerprint(of: known.rules, in: rulesFolder) {
      return known.rules
    }
    var rules = try load(rulesFolder)
    while true {
      // Read again after taking the fingerprint. A change between the first reading and the
      // fingerprint would never be noticed otherwise.
      let state = fingerprint(of: rules, in: rulesFolder)
      let again = try load(rulesFolder)
      if again == rules {
        known = (state, rules)
        return rules
      }
      rules = again
    }
  }

  private func load(_ folder: String) throws -> RulesDirectory {
    let rules = try RulesDirectory.load(folder, isNamed: hasNamedRules)
    try rules.requireNoKeyInEnvironment()
    return rules
  }

  /// Names, sizes, times of change and inodes of the files in the folder, or of the one file, and of the
  /// prompts that the rules name, wherever they lie.
  private func fingerprint(of rules: RulesDirectory, in named: String) -> String {
    let listed = try? FileManager.default.contentsOfDirectory(atPath: named)
    let folder = listed == nil ? RulesDirectory.folder(of: named) : named
    let names = listed ?? [Path(named).name]
    let prompts = rules.rules.flatMap { $0.utility.prompts.values.map(\.path) }
    return (names.sorted() + prompts.sorted()).map { name in
      let place = RulesDirectory.place(of: name, in: folder)
      let facts = try? FileManager.default.attributesOfItem(atPath: place)
      let time = (facts?[.modificationDate] as? Date)?.timeIntervalSince1970 ?? 0
      return "\(name) \(facts?[.size] ?? 0) \(time) \(facts?[.systemFileNumber] ?? 0)"
    }.joined(separator: "\n")
  }

  /// Identifies the work: a digest of content, rules, decisions, models and version. The same key means the
  /// same results.
  private func key(_ digest: String, _ rules: RuleSet, _ review: Review?) -> String {
    var parts = [
      digest, rules.file.map { Path($0).name } ?? "", rules.digest ?? "", models.identity(rules),
      EmendVersion.current,
    ]
    if let review { parts.append(review.digest) }
    return Digest.hexadecimal(of: Array(parts.joined(separator: "\n").utf8))
  }
}

/// The file needs a server, or a language model, that it may not use for now.
private struct ResourceNotGranted: Error {}

/// An error in reading the claimed file, which concerns this file alone.
private struct UnreadableFile: Error {
  let error: FileError
}

extension WorkFailure {
  /// The same with members of rules in place of flags, which the watched folder does not have for a file.
  fileprivate var byRules: WorkFailure {
    func words(_ text: String) -> String { RulesWording.replacingFlags(in: text) }
    return WorkFailure(
      kind: kind,
      failureReason: FailureReason(
        code: failureReason.code, message: words(failureReason.message),
        line: failureReason.line, remedy: words(failureReason.remedy),
        findings: (failureReason.findings ?? []).map(words)))
  }

  /// Classifies an error: the file itself is the cause, or a cause that may pass.
  fileprivate init(_ error: any Error) {
    switch error {
    case let error as UnreadableFile: self.init(error.error, kind: .file)
    case let error as ClaimedFileError: self.init(error)
    case let error as FileError: self.init(error, kind: .spool)
    case let error as InputError:
      self.init(
        kind: .permanent,
        failureReason: FailureReason(
          code: error.code.rawValue, message: error.finding, line: error.line,
          remedy: error.remedy, findings: error.otherFindings.map(\.description)))
    case let error as GenerationError:
      // A model in this process is no resource that others could mend meanwhile.
      self.init(
        kind: error.kind == .failed ? .fault : .resource,
        failureReason: FailureReason(
          code: "server-\(error.kind.rawValue)", message: "\(error.place): \(error.reason)",
          line: nil, remedy: error.remedy))
    case let error as ModelError:
      self.init(
        kind: .fault,
        failureReason: FailureReason(
          code: "model-\(error.kind.rawValue)", message: "\(error.place): \(error.reason)",
          line: nil, remedy: error.remedy))
    case let error as RulesError:
      self.init(
        kind: .spool,
        failureReason: FailureReason(
          code: "rules", message: "\(error)", line: error.problems.first?.line,
          remedy: error.problems.first?.remedy ?? "correct the rules"))
    default:
      // Nothing shows that the file is the cause, so it is not given up.
      self.init(
        kind: .fault,
        failureReason: FailureReason(
          code: "failure", message: "\(error)", line: nil,
          remedy: "run emend run on the file to see more"))
    }
  }
}
