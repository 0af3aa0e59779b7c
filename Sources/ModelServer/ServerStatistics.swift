package import ModelInterfaces

/// Counts of requests, replies and failures of one server.
///
/// When no request is in progress, `requests` is the sum of `replies`, `listings`,
/// `askedWithoutProbabilities` and all `failedRequests`.
package struct ServerStatistics: Sendable, Equatable {
  /// Requests sent: first requests and retries.
  package internal(set) var requests = 0
  /// Those of them that had a conversation, and so texts, and that a server took.
  package internal(set) var conversations = 0
  package internal(set) var replies = 0
  /// Successful requests for the list of models.
  package internal(set) var listings = 0
  /// Requests sent again after a failure.
  package internal(set) var retries = 0
  /// Requests that the server refused and that were sent again without asking for probabilities.
  package internal(set) var askedWithoutProbabilities = 0
  package internal(set) var failedRequests: [GenerationError.Kind: Int] = [:]
  /// Conversations that ended without a reply, including those not sent.
  package internal(set) var failedConversations: [GenerationError.Kind: Int] = [:]
  /// Conversations that were not sent, because the server had been given up.
  package internal(set) var notSent = 0

  /// A sentence about the failures; nil if there were none.
  package var trouble: String? {
    guard !failedRequests.isEmpty || notSent > 0 else { return nil }
    let kinds = failedRequests.sorted { $0.key.rawValue < $1.key.rawValue }
      .map { "\($0.value) \($0.key.rawValue)" }.joined(separator: ", ")
    let lost = failedConversations.values.reduce(0, +)
    return "\(requests) requests, of which failed: \(kinds.isEmpty ? "none" : kinds); "
      + "\(retries) were sent again; \(lost) questions have no reply, \(notSent) of them unasked"
  }
}
