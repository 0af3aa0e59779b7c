import Foundation

extension RulesDirectory {
  /// Fails if rules that nobody named would do more than say how a dataset is to be read and repaired.
  ///
  /// A folder `rules` that lies in the current folder may be somebody else's. It must not send texts to
  /// another machine, take a key or another file of this user, or open a model that lies anywhere.
  ///
  /// - Parameter folder: the folder that the rules were found in.
  package func requireHarmless(in folder: String) throws(RulesError) {
    var problems: [RuleProblem] = []
    for set in rules {
      func refuse(_ what: String) {
        problems.append(
          RuleProblem(
            file: set.file ?? folder, line: 0, column: 0,
            reason: "\(what) counts only in rules that are named on the command line",
            remedy: "If you trust this file, name its folder: --rules \(folder)."))
      }
      let server = set.utility.server
      if server?.allowsRemote == true { refuse("remote: true") }
      if server?.keyVariable != nil { refuse("key_variable") }
      if server?.keyFile != nil { refuse("key_file") }
      if server?.keyCredential != nil { refuse("key_credential") }
      if set.encoder?.contains("/") == true { refuse("the path of an encoder") }
      if set.utility.model?.contains("/") == true { refuse("the path of a model") }
      func isInside(_ named: String) -> Bool {
        let place = URL(filePath: Self.place(of: named, in: folder)).resolvingSymlinksInPath().path
        return place.hasPrefix(URL(filePath: folder).resolvingSymlinksInPath().path + "/")
      }
      for prompt in set.utility.prompts.values.map(\.path).sorted() where !isInside(prompt) {
        refuse("a prompt outside their folder (\(prompt))")
      }
      if let decisions = set.decisions, !isInside(decisions) {
        refuse("a folder of decisions outside theirs (\(decisions))")
      }
    }
    guard problems.isEmpty else { throw RulesError(problems: problems) }
  }

  /// Fails if a server's key is to come from the environment: every program that a daemon starts, and
  /// whoever reads the daemon's memory, would have it.
  package func requireNoKeyInEnvironment() throws(RulesError) {
    let problems = rules.filter { $0.utility.server?.keyVariable != nil }.map { set in
      RuleProblem(
        file: set.file ?? "rules", line: 0, column: 0,
        reason:
          "key_variable counts only for emend run; emend watch passes on no keys in the environment",
        remedy:
          "Put the key into a file of its own and name that with key_file, or with key_credential "
          + "where systemd loads it.")
    }
    guard problems.isEmpty else { throw RulesError(problems: problems) }
  }
}
