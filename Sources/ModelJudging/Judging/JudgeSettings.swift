/// Settings for judging passages with a model.
package struct JudgeSettings: Sendable, Hashable {
  /// How the model states which passages are useful.
  package enum UtilityForm: String, Sendable, CaseIterable {
    /// The model selects the useful passages.
    case selection
    /// The model ranks the passages, and the first ones are useful.
    case ranking
  }

  /// Selection, because the number of useful passages should follow from the texts. Over many subjects,
  /// selection also had the better results (45.3 against 43.9 nDCG@10 on BEIR, arXiv 2504.05220).
  package static let defaultForm = UtilityForm.selection
  /// From arXiv 2504.05220; a model reads more passages at once less carefully.
  package static let defaultPassagesPerCall = 16
  /// From arXiv 2504.05220.
  package static let defaultWordsPerPassage = 300
  /// arXiv 2504.05220 keeps the first tenth of a ranking.
  package static let defaultKeptShare = 0.1
  /// Sixteen numbers in brackets take about 80 tokens; the rest is for a sentence around them.
  package static let defaultSelectionTokens = 256
  /// Enough for three sentences, also in a language that needs many tokens.
  package static let defaultAnswerTokens = 256
  /// The most rounds of selection. A round usually halves the number of passages that remain, and four
  /// rounds reduce 1,000 passages to one call.
  package static let mostRounds = 5

  package let form: UtilityForm
  package let passagesPerCall: Int
  package let wordsPerPassage: Int
  package let keptShare: Double
  package let selectionTokens: Int
  package let answerTokens: Int
  /// Tokens added to each limit, for models that write their reasoning before they reply.
  package let thinkingTokens: Int
  /// Seed of the order in which passages are shown.
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

  /// Names every setting that can change a judgement.
  var identity: String {
    "\(form.rawValue) \(passagesPerCall)x\(wordsPerPassage) \(keptShare) "
      + "\(selectionTokens)+\(answerTokens)+\(thinkingTokens) \(seed)"
  }
}
