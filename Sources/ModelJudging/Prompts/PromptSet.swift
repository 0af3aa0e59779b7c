import Digests

/// The prompts of every question to a model: the shipped files, or a user's files in their place.
package struct PromptSet: Sendable, Hashable {
  /// The facts about one prompt for the report.
  package struct Entry: Sendable, Hashable {
    package let name: String
    package let version: String
    /// SHA-256 of the wording, in lower-case hexadecimal.
    package let digest: String
    /// Whether the prompt is the shipped one.
    package let isShipped: Bool
  }

  private let prompts: [Prompt.Name: Prompt]

  /// The shipped prompts.
  package static let shipped: PromptSet = {
    do {
      return PromptSet(prompts: try read(shippedContent))
    } catch {
      preconditionFailure("a shipped prompt is damaged: \(error)")
    }
  }()

  /// The shipped prompts with some of them replaced.
  ///
  /// - Parameter replacements: contents of files, by their names without `.txt`.
  /// - Throws: every problem of every file: an unknown name, no version, or a placeholder that is missing,
  ///   unknown, or in a part where it must not be.
  package init(replacing replacements: [String: String]) throws(PromptError) {
    var contents: [Prompt.Name: String] = [:]
    var problems: [PromptError.Problem] = []
    for (name, content) in replacements.sorted(by: { $0.key < $1.key }) {
      if let known = Prompt.Name(rawValue: name) {
        contents[known] = content
      } else {
        let names = Prompt.Name.allCases.map(\.rawValue).joined(separator: ", ")
        problems.append(
          PromptError.Problem(
            file: "\(name).txt", line: 0, reason: "there is no prompt of this name",
            remedy: "Rename it to one of: \(names)."))
      }
    }
    var replaced: [Prompt.Name: Prompt] = [:]
    do {
      replaced = try Self.read(contents)
    } catch {
      problems += error.problems
    }
    guard problems.isEmpty else {
      throw PromptError(problems: problems.sorted { ($0.file, $0.line) < ($1.file, $1.line) })
    }
    prompts = Self.shipped.prompts.merging(replaced) { _, new in new }
  }

  private init(prompts: [Prompt.Name: Prompt]) { self.prompts = prompts }

  package subscript(name: Prompt.Name) -> Prompt {
    guard let prompt = prompts[name] else { preconditionFailure("\(name.file) is not shipped") }
    return prompt
  }

  /// The facts about all prompts, in order of name.
  package var entries: [Entry] {
    Prompt.Name.allCases.sorted().map { name in
      let prompt = self[name]
      return Entry(
        name: name.rawValue, version: prompt.version, digest: prompt.digest,
        isShipped: prompt == Self.shipped[name])
    }
  }

  /// SHA-256 of all prompts' digests, in lower-case hexadecimal.
  package var digest: String { ContentDigest(entries.map(\.digest)).hexadecimal }

  private static func read(
    _ contents: [Prompt.Name: String]
  ) throws(PromptError) -> [Prompt.Name: Prompt] {
    var prompts: [Prompt.Name: Prompt] = [:]
    var problems: [PromptError.Problem] = []
    for (name, content) in contents.sorted(by: { $0.key < $1.key }) {
      do {
        prompts[name] = try Prompt(name, reading: content)
      } catch {
        problems += error.problems
      }
    }
    guard problems.isEmpty else { throw PromptError(problems: problems) }
    return prompts
  }

  /// The contents of the files in `Prompts/Texts`, which the build embeds into the program.
  static var shippedContent: [Prompt.Name: String] {
    let files: [Prompt.Name: [UInt8]] = [
      .answer: PackageResources.answer_txt,
      .labelChoice: PackageResources.label_choice_txt,
      .rating: PackageResources.rating_txt,
      .relevanceSelection: PackageResources.relevance_selection_txt,
      .utilityRanking: PackageResources.utility_ranking_txt,
      .utilitySelection: PackageResources.utility_selection_txt,
    ]
    return files.mapValues { String(decoding: $0, as: UTF8.self) }
  }
}
