package import ModelInterfaces

/// What asking a server came to, for the report.
///
/// `requests` is `replies`, `listings`, `askedWithoutProbabilities` and all of `failedRequests`
/// together, once nothing is under way.
package struct ServerStatistics: Sendable, Equatable {
  /// Requests sent, the first of a conversation and retries alike.
  package internal(set) var requests = 0
  package internal(set) var replies = 0
  /// Answered questions for the models that there are.
  package internal(set) var listings = 0
  /// Requests sent again after a failure.
  package internal(set) var retries = 0
  /// Requests that the server took only once no probabilities were asked for.
  package internal(set) var askedWithoutProbabilities = 0
  package internal(set) var failedRequests: [GenerationError.Kind: Int] = [:]
  /// Conversations that ended without a reply, those not sent among them.
  package internal(set) var failedConversations: [GenerationError.Kind: Int] = [:]
  /// Conversations that were not sent, as the server had been given up.
  package internal(set) var notSent = 0

  /// What went wrong, in words; nil where nothing did.
  package var trouble: String? {
    guard !failedRequests.isEmpty || notSent > 0 else { return nil }
    let kinds = failedRequests.sorted { $0.key.rawValue < $1.key.rawValue }
      .map { "\($0.value) \($0.key.rawValue)" }.joined(separator: ", ")
    let lost = failedConversations.values.reduce(0, +)
    return "\(requests) requests, of which failed: \(kinds.isEmpty ? "none" : kinds); "
      + "\(retries) were sent again; \(lost) questions have no reply, \(notSent) of them unasked"
  }
}
