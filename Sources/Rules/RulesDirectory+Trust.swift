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
      for prompt in set.utility.prompts.values.map(\.path).sorted() {
        let place = URL(filePath: Self.place(of: prompt, in: folder)).resolvingSymlinksInPath().path
        let inside = URL(filePath: folder).resolvingSymlinksInPath().path + "/"
        if !place.hasPrefix(inside) { refuse("a prompt outside their folder (\(prompt))") }
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
