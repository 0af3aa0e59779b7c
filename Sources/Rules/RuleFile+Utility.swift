import Yams

// The key `utility`.

extension RuleFile {
  private static let utilityKeys = [
    "scorer", "selection", "model", "server", "scale", "positive_from",
    "hard_negatives", "prompts",
  ]
  private static let hardNegativeKeys = [
    "range_min", "range_max", "max_score", "min_score", "absolute_margin", "relative_margin",
    "num_negatives",
  ]
  private static let serverKeys = [
    "address", "model", "key_variable", "key_file", "key_credential", "remote", "timeout_seconds",
    "concurrency",
  ]

  /// Reads the value of `utility`.
  /// - Parameter contents: reads the text of a file that the rules name; nil where it cannot be read.
  mutating func utility(_ node: Node, contents: (String) -> String?) -> UtilityRules {
    var utility = UtilityRules()
    guard let entries = entries(node, "utility", Self.utilityKeys) else { return utility }
    var positiveFrom: (value: Int, node: Node)?
    for (key, value) in entries where !isNull(value) {
      switch key {
      case "scorer":
        if let scorer: UtilityRules.Scorer = choice(value, key) { utility.scorer = scorer }
      case "selection":
        if let selection: UtilityRules.Selection = choice(value, key) {
          utility.selection = selection
        }
      case "model": utility.model = string(value, key)
      case "server": utility.server = server(value)
      case "scale": utility.scale = whole(value, key, in: 1...1000) ?? utility.scale
      case "positive_from": positiveFrom = whole(value, key, in: 1...1000).map { ($0, value) }
      case "hard_negatives": utility.hardNegatives = hardNegatives(value)
      default: utility.prompts = prompts(value, contents: contents)
      }
    }
    if let positiveFrom {
      utility.positiveFrom = positiveFrom.value
      if positiveFrom.value > utility.scale {
        problem(
          positiveFrom.node.mark,
          "positive_from is above the scale, which ends at \(utility.scale)",
          "Lower it, or raise scale.")
      }
    }
    if utility.server != nil, [.extractive, .likelihood].contains(utility.scorer) {
      problem(
        node.mark, "a server is named, and the scorer \(utility.scorer.rawValue) never asks it",
        "Write scorer: judge, or remove server.")
    }
    return utility
  }

  private mutating func hardNegatives(_ node: Node) -> UtilityRules.HardNegatives {
    var options = UtilityRules.HardNegatives()
    for (key, value) in entries(node, "hard_negatives", Self.hardNegativeKeys) ?? []
    where !isNull(value) {
      switch key {
      case "range_min": options.rangeMin = whole(value, key, in: 0...1_000_000)
      case "range_max": options.rangeMax = whole(value, key, in: 1...1_000_000)
      case "num_negatives": options.numNegatives = whole(value, key, in: 1...1_000_000)
      case "max_score": options.maxScore = share(value, key)
      case "min_score": options.minScore = share(value, key)
      case "absolute_margin": options.absoluteMargin = share(value, key)
      default: options.relativeMargin = share(value, key)
      }
    }
    if let least = options.rangeMin, let most = options.rangeMax, least >= most {
      problem(
        node.mark, "range_min is not below range_max, so no passage is a hard negative",
        "Ranks count from 0; write range_min: 0 and range_max: \(most).")
    }
    if let least = options.minScore, let most = options.maxScore, least > most {
      problem(
        node.mark, "min_score is above max_score, so no passage is a hard negative",
        "Lower min_score, or raise max_score.")
    }
    return options
  }

  private mutating func share(_ node: Node, _ key: String) -> Double? {
    guard let number = node.scalar.flatMap({ Double($0.string) }), (0...1).contains(number) else {
      problem(
        node.mark, "\(key) is not a number from 0 to 1",
        "Write it as 0.05; relevance is from 0 to 1.")
      return nil
    }
    return number
  }

  private mutating func server(_ node: Node) -> UtilityRules.Server? {
    guard let entries = entries(node, "server", Self.serverKeys) else { return nil }
    var server = UtilityRules.Server(address: "", model: "")
    let before = problems.count
    for (key, value) in entries where !isNull(value) {
      switch key {
      case "address": server.address = string(value, key) ?? ""
      case "model": server.model = string(value, "server's model") ?? ""
      case "key_variable": server.keyVariable = variable(value)
      case "key_file": server.keyFile = string(value, key)
      case "key_credential": server.keyCredential = credential(value)
      case "remote": server.allowsRemote = flag(value, key) ?? false
      case "timeout_seconds": server.timeoutSeconds = whole(value, key, in: 1...86_400)
      default: server.concurrency = whole(value, key, in: 1...64)
      }
    }
    guard problems.count == before else { return nil }
    guard !server.address.isEmpty, !server.model.isEmpty else {
      problem(
        node.mark, "server needs both address and model",
        "Write server: {address: \"http://127.0.0.1:8080/v1\", model: NAME}.")
      return nil
    }
    let keys = [server.keyVariable, server.keyFile, server.keyCredential].compactMap { $0 }
    if keys.count > 1 {
      problem(
        node.mark, "the server's key is named more than once",
        "Keep one of key_file, key_credential and key_variable.")
    }
    return server
  }

  /// Reads the name of a systemd credential, which is the name of a file.
  private mutating func credential(_ node: Node) -> String? {
    guard let name = string(node, "key_credential") else { return nil }
    guard !name.isEmpty, !name.contains("/"), !name.hasPrefix(".") else {
      problem(
        node.mark, "key_credential is not the name of a credential",
        "Write the name that LoadCredential= in the unit gives it, such as server-key.")
      return nil
    }
    return name
  }

  /// Reads the name of an environment variable. A message never repeats a value that is not a name, because
  /// it may be the secret key itself.
  private mutating func variable(_ node: Node) -> String? {
    guard let name = string(node, "key_variable") else { return nil }
    guard name.utf8.first.map({ !(0x30...0x39).contains($0) }) ?? false,
      name.utf8.allSatisfy({
        $0 == 0x5F || (0x30...0x39).contains($0) || (0x41...0x5A).contains($0)
          || (0x61...0x7A).contains($0)
      })
    else {
      problem(
        node.mark, "key_variable is not the name of a variable of the environment",
        "Write the name, such as MY_KEY, and put the key into that variable.")
      return nil
    }
    return name
  }

  /// Reads the names of prompts and the texts of their files. The files are read here, so that one that
  /// cannot be read is an error of the rules.
  private mutating func prompts(
    _ node: Node, contents: (String) -> String?
  ) -> [String: UtilityRules.PromptFile] {
    guard let mapping = node.mapping else {
      problem(
        node.mark, "prompts is \(words(node)) where name: file pairs are needed",
        "Write prompts: {answer: my-answer.txt}, the file beside this one.")
      return [:]
    }
    var prompts: [String: UtilityRules.PromptFile] = [:]
    for (key, value) in mapping {
      guard let name = string(key, "a prompt's name"), let file = string(value, "a prompt's file")
      else { continue }
      guard let text = contents(file) else {
        problem(
          value.mark, "the prompt's file \(file) cannot be read as UTF-8 text",
          "Its place is counted from the folder of this file.")
        continue
      }
      prompts[name] = UtilityRules.PromptFile(path: file, text: text)
    }
    return prompts
  }

  private mutating func whole(_ node: Node, _ key: String, in range: ClosedRange<Int>) -> Int? {
    guard let number = node.scalar.flatMap({ Int($0.string) }), range.contains(number) else {
      problem(
        node.mark, "\(key) is not a whole number from \(range.lowerBound) to \(range.upperBound)",
        "Write it in digits, without quotes.")
      return nil
    }
    return number
  }
}
