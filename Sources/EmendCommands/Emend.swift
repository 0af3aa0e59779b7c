package import ArgumentParser
import Foundation
import Messages
import Pipeline
import Records
import Spool

/// The command `emend`, with its sub-commands.
package struct Emend: ParsableCommand {
  package static let configuration = CommandConfiguration(
    commandName: "emend",
    abstract: "Repairs labelled data.",
    discussion: """
      Reads JSON lines and writes every line back with the credibility of its annotation, a soft \
      label, and a proposal where the label looks wrong; replaces labels where the evidence is good. \
      Runs on this machine, with a local sentence encoder.

      Exit status: 0 done, 1 failure, 3 finished with rejected lines, 11 inbox locked, 64 usage, \
      130 interrupted.
      """,
    version: """
      emend \(EmendVersion.current)
      Licence: Apache-2.0. Its separate helper program emend-events is linked with libinotifytools: \
      GPL-2.0-only (source: MIT).
      """,
    subcommands: [
      Run.self, Mine.self, Watch.self, Status.self, Retry.self, Forget.self, Check.self,
      Revert.self, Apply.self, Eval.self, Diff.self, ReportCommand.self, ReviewCommand.self,
      Model.self, StageCommand.self,
      Bench.self, Work.self,
    ],
    defaultSubcommand: nil)

  package init() {}

  /// Parses the arguments, runs the command, and turns every error into a message and an exit
  /// status of `ExitStatus`.
  package static func main() {
    do {
      if let unknown = CommandLine.arguments.dropFirst().first.flatMap(unknownCommand) {
        throw unknown
      }
      var command = try parseAsRoot()
      if !(command is any HandlesSignals) { Interruption.shared.listen() }
      try command.run()
    } catch let failure as Failure {
      Terminal.error(failure.message)
      exit(withError: ExitCode(failure.status.rawValue))
    } catch let locked as InboxLocked {
      Terminal.error(locked.description)
      exit(withError: ExitCode(ExitStatus.inboxLocked.rawValue))
    } catch let code as ExitCode {
      exit(withError: code)
    } catch let error as CleanExit {
      exit(withError: error)
    } catch {
      if exitCode(for: error) == .validationFailure || "\(type(of: error))" == "CommandError" {
        exit(withError: error)
      }
      Terminal.error("\(error)")
      exit(withError: ExitCode(ExitStatus.failure.rawValue))
    }
  }

  /// Why a first argument is no command, in words; nil where it is one, or a flag.
  ///
  /// - Parameter argument: the first argument. A file that is there is probably meant for `run`.
  static func unknownCommand(_ argument: String) -> Failure? {
    let commands = configuration.subcommands.map { command in
      (name: command._commandName, isShown: command.configuration.shouldDisplay)
    }
    guard !argument.hasPrefix("-"), argument != "help",
      !commands.contains(where: { $0.name == argument })
    else { return nil }
    let shown = commands.filter { $0.isShown }.map { $0.name }
    let help = "emend --help lists the commands"
    let remedy =
      if FileManager.default.fileExists(atPath: argument) {
        "emend run \(ShellWord.quoted(EscapedText.excerpt(argument))); \(help)"
      } else if let guess = NearestName.nearest(to: argument, among: shown) {
        "did you mean \(guess)? \(help)"
      } else {
        help
      }
    return Failure(
      "there is no command \(EscapedText.excerpt(argument)). Remedy: \(remedy)", status: .usage)
  }
}
