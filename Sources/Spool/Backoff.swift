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
    let doubled = first * (1 << min(max(attempt, 1) - 1, 20))
    return min(doubled, longest) * Double.random(in: 0.75...1.25, using: &generator)
  }
}
