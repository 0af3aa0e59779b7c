import ArgumentParser
import AtomicFiles

struct Forget: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Forgets outcomes, so that the same content is repaired again when it is dropped.",
    discussion: """
      Examples:
        emend forget --inbox inbox intents.jsonl
      """)

  @OptionGroup var place: SpoolPlace

  @Argument(help: "Names of files as they were dropped.")
  var names: [String] = []

  @Flag(help: "All outcomes.")
  var all = false

  func validate() throws {
    guard all != !names.isEmpty else { throw ValidationError("Name files, or use --all.") }
    if let path = names.first(where: { !FileName($0).isEntry }) {
      throw ValidationError("\(path) is no file's name: give the name alone, without a folder.")
    }
  }

  func run() throws {
    let ledger = try OptionalLedger(state: try place.statePath())
    if all {
      let count = try ledger.forgetAll()
      Terminal.say(count == 1 ? "1 outcome forgotten" : "\(count) outcomes forgotten")
      return
    }
    var isComplete = true
    for name in names.map({ FileName($0) }) {
      if try ledger.forget(name) > 0 {
        Terminal.say("\(name): forgotten")
      } else {
        Terminal.error(
          "\(name): the ledger has no outcome of this file; emend status lists the files it knows")
        isComplete = false
      }
    }
    if !isComplete { throw ExitCode(ExitStatus.failure.rawValue) }
  }
}
