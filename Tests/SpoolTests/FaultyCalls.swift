import Foundation
import AtomicFiles
import Synchronization

/// System calls that fail when a test wants it.
final class FaultyCalls: SystemCalls {
  enum Fault: Sendable, Equatable {
    /// The call is not made, and fails with this error number.
    case code(Int32)
    /// The call reads or writes a single byte; other calls work as usual.
    case short
    /// The process has ended: this call and all later ones do nothing.
    case crash
  }

  /// Features that the file system lacks.
  struct FileSystem: OptionSet, Sendable {
    let rawValue: Int
    static let withoutExclusiveRename = FileSystem(rawValue: 1)
    static let withoutLinks = FileSystem(rawValue: 2)
    static let withoutFolderSync = FileSystem(rawValue: 4)
  }

  private struct State {
    var count = 0
    var isDead = false
    var refusals: [String: Int32] = [:]
    var isShort = false
    var before: (@Sendable (_ operation: String, _ number: Int) -> Void)?
  }

  private let failing: Int
  private let fault: Fault
  private let fileSystem: FileSystem
  private let state = Mutex(State())

  /// - Parameters:
  ///   - failing: the number of the call that fails, counted from 1; 0 for none.
  ///   - fault: how it fails.
  ///   - fileSystem: what the file system lacks.
  init(failing: Int = 0, _ fault: Fault = .code(0), on fileSystem: FileSystem = []) {
    self.failing = failing
    self.fault = fault
    self.fileSystem = fileSystem
  }

  /// How many calls there were so far.
  var count: Int { state.withLock { $0.count } }
  var isDead: Bool { state.withLock { $0.isDead } }

  /// Makes an operation fail until `permit`.
  func refuse(_ operation: String, _ code: Int32) {
    state.withLock { $0.refusals[operation] = code }
  }

  func permit(_ operation: String) { state.withLock { $0.refusals[operation] = nil } }

  /// Calls `body` before every call.
  func before(_ body: @escaping @Sendable (_ operation: String, _ number: Int) -> Void) {
    state.withLock { $0.before = body }
  }

  func attempt(_ operation: String, _ call: () -> Int) -> (result: Int, code: Int32) {
    let (number, before) = state.withLock { state in
      state.count += 1
      return (state.count, state.before)
    }
    before?(operation, number)
    let code: Int32? = state.withLock { state in
      if number == failing {
        switch fault {
        case .code(let code): return code
        case .short: state.isShort = true
        case .crash: state.isDead = true
        }
      }
      if state.isDead { return EIO }
      return state.refusals[operation] ?? limitation(operation)
    }
    defer { state.withLock { $0.isShort = false } }
    if let code { return (-1, code) }
    return LinuxCalls().attempt(operation, call)
  }

  func portion(of count: Int, _ operation: String) -> Int {
    state.withLock { $0.isShort } ? min(count, 1) : count
  }

  /// The error of an operation that the file system lacks; nil if it has it.
  private func limitation(_ operation: String) -> Int32? {
    switch operation {
    case "renameat2": fileSystem.contains(.withoutExclusiveRename) ? EINVAL : nil
    case "link": fileSystem.contains(.withoutLinks) ? EPERM : nil
    case "fsync folder": fileSystem.contains(.withoutFolderSync) ? EINVAL : nil
    default: nil
    }
  }
}
