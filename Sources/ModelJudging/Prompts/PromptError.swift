/// Every problem of the user's prompts, in order of file and line.
package struct PromptError: Error, Sendable, Equatable, CustomStringConvertible {
  package struct Problem: Sendable, Equatable, CustomStringConvertible {
    package let file: String
    /// From 1; 0 if the problem concerns the whole file.
    package let line: Int
    package let reason: String
    package let remedy: String

    package var description: String {
      "\(file)\(line > 0 ? ":\(line)" : ""): \(reason). \(remedy)"
    }
  }

  package let problems: [Problem]

  package var description: String { problems.map(\.description).joined(separator: "\n") }
}
