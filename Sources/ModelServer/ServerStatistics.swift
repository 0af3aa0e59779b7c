package import Utility

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
}
