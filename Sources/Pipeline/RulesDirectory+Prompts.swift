package import Rules
import ModelJudging

extension RulesDirectory {
  /// Reads every rules file of a folder, or one rules file, and the prompts that they name.
  ///
  /// - Throws: all errors of all rules files or, if these have none, all errors of their prompts.
  package static func loadWithPrompts(_ named: String) throws(RulesError) -> RulesDirectory {
    let directory = try load(named)
    var problems: [RuleProblem] = []
    for set in directory.rules {
      let prompts = set.utility.prompts
      do {
        _ = try PromptSet(replacing: prompts.mapValues(\.text))
      } catch {
        problems += error.problems.map { problem in
          let name = String(problem.file.dropLast(".txt".count))
          let rules = set.file ?? named
          let file = prompts[name].map { place(of: $0.path, in: folder(of: rules)) } ?? rules
          return RuleProblem(
            file: file, line: problem.line, column: problem.line > 0 ? 1 : 0,
            reason: problem.reason, remedy: problem.remedy)
        }
      }
    }
    guard problems.isEmpty else { throw RulesError(problems: problems) }
    return directory
  }
}
