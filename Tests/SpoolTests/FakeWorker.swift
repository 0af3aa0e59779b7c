import Foundation
import Spool
import AtomicFiles
import SystemPackage

/// A worker in this process that follows one order at each call of `act`. The outcome depends on
/// the beginning of the file: `poison` fails for good, `kill` ends the worker as the kernel does when
/// memory runs out, `crash` as a fault of the program does, `server` needs a server, and `model` a language
/// model on this machine.
final class FakeWorker: Worker {
  /// What happens in place of following an order; nil to follow it.
  typealias Interference = (_ order: WorkOrder, _ name: FileName) -> WorkerEvent?

  private let files: Files
  private let outbox: FilePath
  private let rules: String
  private let report: (WorkerEvent) -> Void
  private let interfere: Interference

  private var orders: [WorkOrder] = []
  private var job: Job?
  private var content: [UInt8] = []
  /// Whether it has asked to use the server, or the language model, for the present file.
  private(set) var hasServer = false
  private(set) var isAlive = true
  private(set) var isRetired = false

  init(
    files: Files, outbox: FilePath, rules: String, interfere: @escaping Interference,
    report: @escaping (WorkerEvent) -> Void
  ) {
    self.files = files
    self.outbox = outbox
    self.rules = rules
    self.interfere = interfere
    self.report = report
  }

  func send(_ order: WorkOrder) { if isAlive { orders.append(order) } }

  func kill() { end(.signalled(SIGKILL)) }

  /// The present file, or the last one.
  var file: FileName? { job?.name }

  func retire() {
    isRetired = true
    end(.exited(0))
  }

  private func end(_ end: WorkerEnd) {
    guard isAlive else { return }
    isAlive = false
    report(.ended(end))
  }

  var hasOrders: Bool { !orders.isEmpty }

  /// Follows the oldest order.
  ///
  /// - Returns: whether there was one.
  @discardableResult
  func act() -> Bool {
    guard isAlive, !orders.isEmpty else { return false }
    let order = orders.removeFirst()
    if case .begin(let job) = order {
      self.job = job
      hasServer = false
    }
    guard let job else { return true }
    if let event = interfere(order, job.name) {
      if case .ended(let how) = event { end(how) } else { report(event) }
      return true
    }
    switch order {
    case .begin: read(job)
    case .proceed:
      if content.starts(with: Array("kill".utf8)) {
        end(.signalled(SIGKILL))
      } else if content.starts(with: Array("crash".utf8)) {
        end(.signalled(SIGSEGV))
      } else if content.starts(with: Array("server".utf8)), !hasServer {
        report(.report(.needs(resource: Self.server)))
        hasServer = true
      } else if content.starts(with: Array("model".utf8)), !hasServer {
        report(.report(.needs(resource: WorkReport.languageModelHere)))
        hasServer = true
      } else if content.starts(with: Array("poison".utf8)) {
        report(.report(.failed(Self.permanentFailure)))
      } else {
        report(.report(.repaired))
      }
    case .publish: publish(job)
    case .drop: self.job = nil
    }
    return true
  }

  static let permanentFailure = WorkFailure(
    kind: .permanent,
    failureReason: FailureReason(
      code: "not-json", message: "line 3: this is no JSON", line: 3, remedy: "mend the line"))

  /// The server that files need that begin with `server`.
  static let server = "http://127.0.0.1:8080/v1"

  /// The output for a content.
  static func outputOf(_ content: String) -> String { "repaired: " + content }

  private func read(_ job: Job) {
    do {
      let claimed = try ClaimedFile(job, files: files)
      content = claimed.content
      let digest = Self.digest(content)
      report(
        .report(.read(digest: digest, key: "\(digest)+\(rules)", stamp: claimed.stamp)))
    } catch let error as FileError {
      report(.report(.failed(WorkFailure(error, kind: .file))))
    } catch let error as ClaimedFileError {
      report(.report(.failed(WorkFailure(error))))
    } catch {
      report(.report(.failed(Self.permanentFailure)))
    }
  }

  private func publish(_ job: Job) {
    let output = Self.outputOf(String(decoding: content, as: UTF8.self))
    do throws(FileError) {
      let paths = try Publication(folder: outbox, files: files).publish(
        name: job.name.stem,
        parts: [
          Publication.Part(suffix: ".report.json", bytes: Array("report: \(output)".utf8)),
          Publication.Part(suffix: ".jsonl", bytes: Array(output.utf8)),
        ])
      report(
        .report(
          .published(
            WorkResult(
              outputs: paths.map(\.string), records: 1, rejected: output.contains("reject") ? 1 : 0,
              seconds: ["fake": 1]))))
    } catch {
      report(.report(.failed(WorkFailure(error, kind: .spool))))
    }
  }

  /// FNV-1a, which is enough to tell the few contents of a test apart.
  static func digest(_ bytes: [UInt8]) -> String {
    let hash = bytes.reduce(UInt64(0xCBF2_9CE4_8422_2325)) { ($0 ^ UInt64($1)) &* 0x100_0000_01B3 }
    return String(hash, radix: 16)
  }
}
