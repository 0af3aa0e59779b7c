package import Concurrency

/// How a server is asked. Every member but the first two has a default that is explained beside it.
package struct ServerSettings: Sendable {
  /// The address that `/chat/completions` is put after, such as `http://127.0.0.1:8080/v1`.
  package var base: String
  /// The model's name, as the server lists it.
  package var model: String
  package var seed: UInt64 = Self.defaultSeed
  /// The environment variable that has the key; nil where the server asks for none.
  package var keyVariable: String?
  /// Whether the server may be another machine. Texts then leave this one.
  package var allowsRemote = false
  package var concurrency = Self.defaultConcurrency
  package var connectTimeout = Self.defaultConnectTimeout
  package var requestTimeout = Self.defaultRequestTimeout
  package var conversationBudget = Self.defaultConversationBudget
  package var retries = RetryPolicy()
  package var responseLimit = Self.defaultResponseLimit
  package var circuitLimit = Self.defaultCircuitLimit

  package init(base: String, model: String) {
    self.base = base
    self.model = model
  }

  /// Any number does; it has to be the same every time.
  package static let defaultSeed: UInt64 = 1
  /// So that replies can be repeated: of 40 replies to four questions by llama.cpp's server four texts came
  /// one at a time, and eight came four at a time, which saved a fifth of the time on two cores. Worth
  /// raising for a server on an accelerator.
  package static let defaultConcurrency = 1
  /// Over loopback a connection is made at once or not at all; this is for a network with losses.
  package static let defaultConnectTimeout = Duration.seconds(5)
  /// A long prompt and a few hundred tokens on two processor cores.
  package static let defaultRequestTimeout = Duration.seconds(120)
  /// Two requests that time out, and a little.
  package static let defaultConversationBudget = Duration.seconds(300)
  /// A reply of 4,096 tokens with their probabilities is about 1 MiB.
  package static let defaultResponseLimit = 8 << 20
  /// One server that is started again takes a conversation or two with it; five have seen no answer
  /// for minutes.
  package static let defaultCircuitLimit = 5
  /// Servers send less than one.
  static let headerLimit = 64 << 10
}

/// When a request is sent again, and how long after.
package struct RetryPolicy: Sendable {
  /// Requests after the first one; 7.5 s of waiting in all, in which a small server starts again.
  package var limit = 4
  /// The first wait is as long as one short reply takes, so that a place is likely to have come free; the
  /// longest is short enough that a server that is back is not left idle.
  package var backoff = Backoff(first: .milliseconds(500), longest: .seconds(20))
  /// What a server may ask for by `Retry-After`; one that asks for an hour is asked after this.
  package var retryAfterCap = Duration.seconds(60)

  package init() {}

  /// The wait after the `attempt`-th failure, from 1: doubling, then a share of it between a half and
  /// the whole, so that conversations that failed together do not come back together.
  ///
  /// - Parameters:
  ///   - share: in 0..<1.
  ///   - asked: what the server asked for. It is kept to, up to the cap, and never cut by the share.
  func delay(after attempt: Int, share: Double, asked: Duration?) -> Duration {
    let own = backoff.middle(after: attempt) * (0.5 + share / 2)
    guard let asked else { return own }
    return max(own, min(asked, retryAfterCap))
  }
}
