/// How long to wait before the next try: twice as long every time, up to a limit, with jitter so that
/// many waiters do not come back at once.
package struct Backoff: Sendable {
  /// Long enough not to spin, short enough that a person who mends the cause sees it work.
  package var first: Duration = .seconds(2)
  package var longest: Duration = .seconds(300)

  package init() {}

  package init(first: Duration, longest: Duration) {
    self.first = first
    self.longest = longest
  }

  /// The wait after the `attempt`-th failure, from 1; within a quarter of its middle.
  package func delay(
    after attempt: Int, using generator: inout some RandomNumberGenerator
  ) -> Duration {
    middle(after: attempt) * Double.random(in: 0.75...1.25, using: &generator)
  }

  /// The wait after the `attempt`-th failure, from 1, without jitter.
  package func middle(after attempt: Int) -> Duration {
    // 2^20 times any first wait is past any longest one, and the shift stays defined.
    min(first * (1 << min(max(attempt, 1) - 1, 20)), longest)
  }
}
