import ArgumentParser
import Spool
import AtomicFiles
import SystemPackage

struct Retry: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Gives failed files back to the inbox.",
    discussion: """
      The ledger forgets their outcome, so that they are tried like new files.

      Examples:
        emend retry --inbox inbox intents.jsonl
        emend retry --inbox inbox --all
      """)

  @OptionGroup var place: SpoolPlace

  @Argument(help: "Names in the failed folder.")
  var names: [String] = []

  @Flag(help: "All failed files.")
  var all = false

  @Option(
    help: ArgumentHelp(
      "Folder of failed inputs, as given to emend watch. Without it, failed in the inbox.",
      valueName: "dir"),
    completion: .directory)
  var failed: String?

  func validate() throws {
    guard all != !names.isEmpty else { throw ValidationError("Name files, or use --all.") }
    if let path = names.first(where: { !FileName($0).isEntry }) {
      throw ValidationError("\(path) is no file's name: give the name alone, without a folder.")
    }
  }

  func run() throws {
    let folders = SpoolFolders(
      inbox: FilePath(try place.inboxPath()), outbox: FilePath("."),
      failed: failed.map { FilePath($0) })
    let failures = FailedFiles(folders: folders)
    let ledger = try OptionalLedger(state: try place.statePath())
    var isComplete = true
    for name in all ? try failures.names() : names.map({ FileName($0) }) {
      _ = try ledger.forget(name)
      switch try failures.retry(name) {
      case .retried: Terminal.say("\(name): back in the inbox")
      case .unknown:
        Terminal.error("\(name): no such file in \(folders.failed); emend status lists them")
        isComplete = false
      case .taken:
        Terminal.error(
          "\(name): the inbox holds another file of that name; try again when it is done")
        isComplete = false
      }
    }
    if !isComplete { throw ExitCode(ExitStatus.failure.rawValue) }
  }
}
