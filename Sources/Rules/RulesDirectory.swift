import Digests
import Foundation

/// The rules of a folder, from which those of a dataset are chosen.
package struct RulesDirectory: Sendable, Equatable {
  /// The rules in the order in which they are tried: by file name, `default.yaml` last.
  package let rules: [RuleSet]

  /// No folder, so the built-in rules are used for every dataset.
  package static let none = RulesDirectory(rules: [])

  package init(rules: [RuleSet]) { self.rules = rules }

  /// Reads every `*.yaml` and `*.yml` of a folder, or one file, whose rules then hold for every dataset.
  ///
  /// - Throws: all problems of all files at once.
  package static func load(_ named: String) throws(RulesError) -> RulesDirectory {
    let isFile = isRegularFile(named)
    let folder = isFile ? self.folder(of: named) : named
    let names: [String]
    do {
      names =
        isFile
        ? [named.split(separator: "/").last.map(String.init) ?? named]
        : try FileManager.default.contentsOfDirectory(atPath: folder).filter(isRules)
    } catch {
      throw RulesError(problems: [
        RuleProblem(
          file: named, line: 0, column: 0, reason: "neither a folder of rules nor a file of rules",
          remedy: "Check the path and that this user may read it.")
      ])
    }
    var rules: [RuleSet] = []
    var problems: [RuleProblem] = []
    for name in names.sorted(by: precedes) {
      let path = isFile ? named : folder.hasSuffix("/") ? folder + name : "\(folder)/\(name)"
      guard let data = content(ofFile: path) else {
        problems.append(
          RuleProblem(
            file: path, line: 0, column: 0,
            reason:
              "the file cannot be read, is no regular file, or has more than \(largestFile) bytes",
            remedy: "Allow this user to read it, or remove it."))
        continue
      }
      var (set, found) = parse([UInt8](data), file: path) { named in
        content(ofFile: place(of: named, in: folder))
          .flatMap { String(validating: $0, as: UTF8.self) }
      }
      // Whoever names one file means it, whatever files its own patterns are for.
      if isFile { set.match = [Glob("*")].compactMap(\.self) }
      rules.append(set)
      problems += found
    }
    guard problems.isEmpty else { throw RulesError(problems: problems) }
    return RulesDirectory(rules: rules)
  }

  /// Reads one rules file from its bytes.
  ///
  /// - Parameter contents: reads the text of a file that the rules name; nil where it cannot be read.
  /// - Returns: the rules as far as they could be read, and every problem, by line and column.
  package static func parse(
    _ bytes: [UInt8], file: String, contents: (String) -> String? = { _ in nil }
  ) -> (RuleSet, [RuleProblem]) {
    guard let text = String(validating: bytes, as: UTF8.self) else {
      let problem = RuleProblem(
        file: file, line: 0, column: 0, reason: "the file is not UTF-8",
        remedy: "Save it as UTF-8, for instance with iconv -t UTF-8.")
      return (RuleSet(), [problem])
    }
    let name = file.split(separator: "/").last.map(String.init) ?? file
    let stem = name.split(separator: ".").first.map(String.init) ?? name
    var (set, problems) = RuleFile.read(text, file: file, stem: stem, contents: contents)
    let prompts = set.utility.prompts.sorted { $0.key < $1.key }
    set.digest = Digest.hexadecimal(
      of: prompts.reduce(bytes) { $0 + [0] + $1.key.utf8 + [0] + $1.value.text.utf8 })
    problems.sort { ($0.line, $0.column) < ($1.line, $1.column) }
    return (set, problems)
  }

  /// The rules for the dataset in `file`: the first ones that match its name, with or without `.gz` and
  /// `.zst`; the built-in rules where none match.
  package func rules(forFileNamed file: String) -> RuleSet {
    let name = file.split(separator: "/").last.map(String.init) ?? file
    var names = [name]
    for suffix in [".gz", ".zst"] where name.lowercased().hasSuffix(suffix) {
      names.append(String(name.dropLast(suffix.count)))
    }
    return rules.first { rule in names.contains { name in rule.match.contains { $0.matches(name) } }
    }
      ?? RuleSet()
  }

  /// The most bytes of a file of rules or of a prompt. Rules with a description and examples for each of a
  /// thousand labels have half of it.
  static let largestFile = 1 << 20

  /// The bytes of a regular file of at most `largestFile` bytes; nil for anything else. A FIFO is not
  /// opened, as that would wait for its writer.
  private static func content(ofFile path: String) -> Data? {
    let place = URL(filePath: path).resolvingSymlinksInPath().path
    guard let facts = try? FileManager.default.attributesOfItem(atPath: place),
      facts[.type] as? FileAttributeType == .typeRegular,
      let size = facts[.size] as? Int, size <= largestFile
    else { return nil }
    return FileManager.default.contents(atPath: place)
  }

  /// The path of a file that rules name: relative to the folder of the rules, unless it starts with `/`.
  package static func place(of named: String, in folder: String) -> String {
    named.hasPrefix("/") ? named : "\(folder)/\(named)"
  }

  /// The folder that a file lies in.
  package static func folder(of file: String) -> String {
    guard let slash = file.lastIndex(of: "/") else { return "." }
    return slash == file.startIndex ? "/" : String(file[..<slash])
  }

  private static func isRegularFile(_ path: String) -> Bool {
    let place = URL(filePath: path).resolvingSymlinksInPath().path
    let facts = try? FileManager.default.attributesOfItem(atPath: place)
    return facts?[.type] as? FileAttributeType == .typeRegular
  }

  private static func isRules(_ name: String) -> Bool {
    !name.hasPrefix(".") && (name.hasSuffix(".yaml") || name.hasSuffix(".yml"))
  }

  private static func precedes(_ left: String, _ right: String) -> Bool {
    let (leftIsLast, rightIsLast) = (left.hasPrefix("default."), right.hasPrefix("default."))
    return leftIsLast != rightIsLast ? rightIsLast : left < right
  }
}
