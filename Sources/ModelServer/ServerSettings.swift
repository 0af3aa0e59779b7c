package import Concurrency

/// Settings for asking a server. Every member but the first two has a default.
package struct ServerSettings: Sendable {
  /// The address before `/chat/completions`, such as `http://127.0.0.1:8080/v1`.
  package var base: String
  /// The model's name, as the server lists it.
  package var model: String
  package var seed: UInt64 = Self.defaultSeed
  /// The environment variable that has the key; nil if the server needs no key.
  package var keyVariable: String?
  /// The file that has the key; nil if the key comes from elsewhere or the server needs none.
  package var keyFile: String?
  /// Whether the server may be on another machine. Texts then leave this machine.
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

  /// Any number is good, as long as every run uses the same one.
  package static let defaultSeed: UInt64 = 1
  /// One conversation at a time, so that replies are reproducible. In a measurement, llama.cpp's server
  /// gave 40 replies to four questions: four different texts with one conversation at a time, eight with
  /// four at a time. Four at a time saved a fifth of the time on two cores. A higher number is worth while
  /// for a server on an accelerator.
  package static let defaultConcurrency = 1
  /// Over loopback a connection succeeds or fails at once; the time is for a network that loses packets.
  package static let defaultConnectTimeout = Duration.seconds(5)
  /// Enough for a long prompt and a few hundred tokens on two processor cores.
  package static let defaultRequestTimeout = Duration.seconds(120)
  /// Enough for two requests that time out, and some more time.
  package static let defaultConversationBudget = Duration.seconds(300)
  /// In bytes. A reply of 4,096 tokens with their probabilities is about 1 MiB.
  package static let defaultResponseLimit = 8 << 20
  /// A restart of the server makes one or two conversations fail. When five in a row fail, the server has
  /// not answered for minutes.
  package static let defaultCircuitLimit = 5
  /// In bytes. Servers send headers of less than 1 KiB.
  static let headerLimit = 64 << 10
}

/// How often a request is sent again after a failure, and after which wait.
package struct RetryPolicy: Sendable {
  /// The most requests after the first one. Without `Retry-After`, the waits are at most 7.5 s together,
  /// in which a small server can restart.
  package var limit = 4
  /// The first wait is as long as a short reply takes, so that the server has probably finished another
  /// request. The longest wait is short, so that a restarted server is not idle for long.
  package var backoff = Backoff(first: .milliseconds(500), longest: .seconds(20))
  /// The longest wait that a server may ask for by `Retry-After`. If it asks for an hour, the next request
  /// comes after this time.
  package var retryAfterCap = Duration.seconds(60)

  package init() {}

  /// The wait after the `attempt`-th failure, counted from 1. The wait doubles with each attempt, and is
  /// then multiplied by a factor between a half and one, so that conversations that failed together do
  /// not return together.
  ///
  /// - Parameters:
  ///   - share: in 0..<1; a higher share gives a longer wait.
  ///   - asked: the wait that the server asked for. The result is never shorter than this, up to the cap.
  func delay(after attempt: Int, share: Double, asked: Duration?) -> Duration {
    let own = backoff.middle(after: attempt) * (0.5 + share / 2)
    guard let asked else { return own }
    return max(own, min(asked, retryAfterCap))
  }
}
