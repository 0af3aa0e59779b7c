/// How a model is asked to judge passages.
package struct JudgeSettings: Sendable, Hashable {
  /// How it says what is useful.
  package enum UtilityForm: String, Sendable, CaseIterable {
    /// It selects.
    case selection
    /// It ranks, and the first are kept.
    case ranking
  }

  /// Selection: the set that is chosen should be as large as the texts make it, and over many subjects
  /// it was the better one (45.3 against 43.9 nDCG@10 on BEIR, arXiv 2504.05220).
  package static let defaultForm = UtilityForm.selection
  /// arXiv 2504.05220; more passages at once are read less carefully.
  package static let defaultPassagesPerCall = 16
  /// arXiv 2504.05220.
  package static let defaultWordsPerPassage = 300
  /// arXiv 2504.05220 keeps the first tenth of a ranking.
  package static let defaultKeptShare = 0.1
  /// Sixteen numbers in brackets are some 80 tokens; the rest is for a sentence around them.
  package static let defaultSelectionTokens = 256
  /// Three sentences, with room for a language that takes many tokens.
  package static let defaultAnswerTokens = 256
  /// Rounds of selection; each usually halves what is left, and four bring 1,000 passages to one call.
  package static let mostRounds = 5

  package let form: UtilityForm
  package let passagesPerCall: Int
  package let wordsPerPassage: Int
  package let keptShare: Double
  package let selectionTokens: Int
  package let answerTokens: Int
  /// Tokens on top of each limit, for models that think aloud before they reply.
  package let thinkingTokens: Int
  /// Varies the order in which passages are shown.
  package let seed: UInt64

  package init(
    form: UtilityForm = defaultForm, passagesPerCall: Int = defaultPassagesPerCall,
    wordsPerPassage: Int = defaultWordsPerPassage, keptShare: Double = defaultKeptShare,
    selectionTokens: Int = defaultSelectionTokens, answerTokens: Int = defaultAnswerTokens,
    thinkingTokens: Int = 0, seed: UInt64 = 0
  ) {
    precondition(passagesPerCall >= 2, "one passage at a time cannot be compared")
    precondition(wordsPerPassage >= 1 && selectionTokens >= 1 && answerTokens >= 1)
    precondition(keptShare > 0 && keptShare <= 1 && thinkingTokens >= 0)
    self.form = form
    self.passagesPerCall = passagesPerCall
    self.wordsPerPassage = wordsPerPassage
    self.keptShare = keptShare
    self.selectionTokens = selectionTokens
    self.answerTokens = answerTokens
    self.thinkingTokens = thinkingTokens
    self.seed = seed
  }

  /// Names everything in here that can change a judgement.
  var identity: String {
    "\(form.rawValue) \(passagesPerCall)x\(wordsPerPassage) \(keptShare) "
      + "\(selectionTokens)+\(answerTokens)+\(thinkingTokens) \(seed)"
  }
}
