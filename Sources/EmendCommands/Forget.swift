import ArgumentParser
import Spool
import AtomicFiles

struct Forget: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Forgets verdicts, so that the same content is repaired again when it is dropped.")

  @OptionGroup var place: SpoolPlace

  @Argument(help: "Names of files as they were dropped.")
  var names: [String] = []

  @Flag(help: "All verdicts.")
  var all = false

  func validate() throws {
    guard all != !names.isEmpty else { throw ValidationError("Name files, or say --all.") }
  }

  func run() throws {
    let ledger = try OptionalLedger(state: try place.statePath())
    if all {
      let count = try ledger.forgetAll()
      Terminal.say(count == 1 ? "1 verdict forgotten" : "\(count) verdicts forgotten")
      return
    }
    var isComplete = true
    for name in names.map({ FileName($0) }) {
      if try ledger.forget(name) > 0 {
        Terminal.say("\(name): forgotten")
      } else {
        Terminal.error("\(name): no verdict is known; emend status lists those that are")
        isComplete = false
      }
    }
    if !isComplete { throw ExitCode(ExitStatus.failure.rawValue) }
  }
}
