/// How likely a language model finds the words of a query, and those of its answers, after each passage;
/// higher is more useful.
package struct Likelihoods: Sendable, Equatable {
  /// The mean log-likelihood per token of the query after each passage, natural logarithm, never positive.
  /// Nil if the model was not asked, because the texts decide the passage, it has no text, or the query is
  /// in a language that the model cannot read.
  package let query: [Double?]
  /// The mean log-likelihood per token of the answer after passage and query, minus the same without the
  /// passage, natural logarithm; the largest difference if there are several answers. Nil as above; empty
  /// if there is no answer.
  package let answerGain: [Double?]
  /// (P("Yes") − P("No")) / (P("Yes") + P("No")) of the model's reply to the question whether the passage
  /// contains the answer; −1…1. Nil as above; empty if the model was not asked this question.
  package let containsAnswer: [Double?]

  package init(query: [Double?], answerGain: [Double?], containsAnswer: [Double?] = []) {
    self.query = query
    self.answerGain = answerGain
    self.containsAnswer = containsAnswer
  }
}
