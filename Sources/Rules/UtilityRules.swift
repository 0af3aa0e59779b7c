/// The rules for queries with passages: the key `utility`.
package struct UtilityRules: Sendable, Equatable {
  /// The method that measures how much a passage helps.
  package enum Scorer: String, Sendable, CaseIterable {
    /// `judge` where the rules name a server; else `likelihood` where there is a language model, and
    /// `extractive` where there is none.
    case auto
    /// By the texts alone, without a language model.
    case extractive
    /// By a language model's likelihood of the query, and of the answer where one is known.
    case likelihood
    /// By the selection that a language model writes when it is asked.
    case judge
  }

  /// How a judge chooses the useful passages (docs/METHODS.md, section 4).
  package enum Selection: String, Sendable, CaseIterable {
    /// The judge selects any number of passages.
    case select
    /// The judge ranks the passages, and the best tenth is kept.
    case rank
  }

  /// A prompt of the user's own.
  package struct PromptFile: Sendable, Equatable {
    /// The path as the rules name it, relative to the folder of the rules.
    package let path: String
    package let text: String
  }

  /// A server of the user's own that speaks OpenAI's protocol.
  package struct Server: Sendable, Equatable {
    /// The address, without `/chat/completions` at its end.
    package var address: String
    /// The name that the server uses for the model.
    package var model: String
    /// The environment variable that holds the secret key, for `emend run` alone: a daemon's workers get
    /// no variables with keys. At most one of this and the next two is set.
    package var keyVariable: String?
    /// The file that holds the secret key: a path relative to the folder of the rules, unless it starts
    /// with `/`.
    package var keyFile: String?
    /// The systemd credential that holds the secret key: a file's name in `$CREDENTIALS_DIRECTORY`.
    package var keyCredential: String?
    /// Whether texts may be sent to an address outside this machine.
    package var allowsRemote = false
    /// The deadline for one reply, in seconds.
    package var timeoutSeconds: Int?
    /// The most conversations at the same time.
    package var concurrency: Int?

    package init(address: String, model: String) {
      self.address = address
      self.model = model
    }
  }

  /// Which passages are hard negatives, by the names of `mine_hard_negatives` in sentence-transformers; nil
  /// for the default, which `NegativeCriteria` has.
  package struct HardNegatives: Sendable, Equatable {
    package var rangeMin: Int?
    package var rangeMax: Int?
    /// This and the three below are relevances, or differences or shares of them, 0…1.
    package var maxScore: Double?
    package var minScore: Double?
    package var absoluteMargin: Double?
    package var relativeMargin: Double?
    package var numNegatives: Int?

    package init() {}
  }

  package var scorer = Scorer.auto
  package var selection = Selection.select
  /// A language model's name; nil for the default one.
  package var model: String?
  package var server: Server?
  /// The highest grade that a passage's label may have; TREC's relevance grades end at 3 or 4.
  package var scale = 4
  /// The least grade that means useful.
  package var positiveFrom = 1
  package var hardNegatives = HardNegatives()
  /// Prompts that replace shipped ones, by the name of the shipped prompt.
  package var prompts: [String: PromptFile] = [:]

  package init() {}
}
