/// How likely a language model finds a query's own words, and its answers', after each passage; natural
/// logarithms, means per token, never positive but for differences, higher is more useful.
package struct Likelihoods: Sendable, Equatable {
  /// Of the query, after each passage; nil where it was not asked: a passage without text, or a language
  /// that the model cannot read.
  package let query: [Double?]
  /// Of the answer, after passage and query, less the same without the passage; of several answers, the
  /// most. Nil as above; empty where there is no answer.
  package let answerGain: [Double?]
  /// (P("Yes") − P("No")) / (P("Yes") + P("No")) where the model is asked whether the passage contains the
  /// answer; −1…1. Nil as above; empty where the model was not asked this.
  package let containsAnswer: [Double?]

  package init(query: [Double?], answerGain: [Double?], containsAnswer: [Double?] = []) {
    self.query = query
    self.answerGain = answerGain
    self.containsAnswer = containsAnswer
  }
}
