/// One error in a rules file.
package struct RuleProblem: Error, Sendable, Equatable, CustomStringConvertible {
  package let file: String
  /// The line, from 1; 0 where the problem is one of the whole file.
  package let line: Int
  /// The column in characters, from 1; 0 where the problem is one of the whole file.
  package let column: Int
  package let reason: String
  package let remedy: String

  package init(file: String, line: Int, column: Int, reason: String, remedy: String) {
    self.file = file
    self.line = line
    self.column = column
    self.reason = reason
    self.remedy = remedy
  }

  package var description: String {
    let place = line > 0 ? "\(file):\(line):\(column)" : file
    return "\(place): \(reason). \(remedy)"
  }
}

/// All problems of a folder of rules, in order of file, line and column.
package struct RulesError: Error, Sendable, Equatable, CustomStringConvertible {
  package let problems: [RuleProblem]

  package init(problems: [RuleProblem]) { self.problems = problems }

  package var description: String {
    problems.map(\.description).joined(separator: "\n")
  }
}
