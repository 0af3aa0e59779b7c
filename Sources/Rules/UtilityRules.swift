/// What rules say of queries with passages: the key `utility`.
package struct UtilityRules: Sendable, Equatable {
  /// What says how much a passage helps.
  package enum Scorer: String, Sendable, CaseIterable {
    /// A server that rules name judges; else a language model judges where it is large enough, and scores
    /// where it is not; without one the texts speak for themselves.
    case auto
    /// No language model.
    case extractive
    /// A language model's likelihood of the query, and of the answer where one is known.
    case likelihood
    /// A language model is asked, and writes its selection.
    case judge
  }

  /// How a judge chooses what is useful; METHODS.md, section 3.
  package enum Selection: String, Sendable, CaseIterable {
    /// It selects any number of passages.
    case select
    /// It ranks them, and the best tenth is kept.
    case rank
  }

  /// A prompt of the user's own.
  package struct PromptFile: Sendable, Equatable {
    /// As rules name it, from the folder that they are in.
    package let path: String
    package let text: String
  }

  /// A server of the user's own that speaks OpenAI's protocol.
  package struct Server: Sendable, Equatable {
    /// Up to and without `/chat/completions`.
    package var address: String
    /// The model's name as the server knows it.
    package var model: String
    /// The variable of the environment that holds the key; nil where none is needed.
    package var keyVariable: String?
    /// Whether an address outside this machine is allowed: texts are sent there.
    package var allowsRemote = false
    /// For one reply.
    package var timeoutSeconds: Int?
    /// Conversations under way at once.
    package var concurrency: Int?

    package init(address: String, model: String) {
      self.address = address
      self.model = model
    }
  }

  package var scorer = Scorer.auto
  package var selection = Selection.select
  /// A language model's name; nil for the default one.
  package var model: String?
  package var server: Server?
  /// The highest grade that a passage's label may have.
  package var scale = 4
  /// The least grade that means useful.
  package var positiveFrom = 1
  /// Prompts that stand in for the shipped ones, by the shipped one's name.
  package var prompts: [String: PromptFile] = [:]

  package init() {}
}
