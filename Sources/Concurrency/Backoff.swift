/// How long to wait before the next try: twice as long every time, up to a limit. Jitter keeps many
/// callers that wait from trying again at the same moment.
package struct Backoff: Sendable {
  /// The wait after the first failure. Two seconds avoid a busy loop, and are short enough that a
  /// person who removes the cause sees the next try succeed.
  package var first: Duration = .seconds(2)
  /// The longest wait, without jitter.
  package var longest: Duration = .seconds(300)

  package init() {}

  package init(first: Duration, longest: Duration) {
    self.first = first
    self.longest = longest
  }

  /// The wait after the `attempt`-th failure, counted from 1: `middle(after:)` ± a random part of up to
  /// a quarter of it.
  package func delay(
    after attempt: Int, using generator: inout some RandomNumberGenerator
  ) -> Duration {
    middle(after: attempt) * Double.random(in: 0.75...1.25, using: &generator)
  }

  /// The wait after the `attempt`-th failure, counted from 1, without jitter.
  package func middle(after attempt: Int) -> Duration {
    // The limit of 20 keeps the shift in range. 2^20 times `first` is above any useful `longest`.
    min(first * (1 << min(max(attempt, 1) - 1, 20)), longest)
  }
}
