import Foundation
package import Testing

/// How much a run of the tests covers: `scripts/test` runs the quick tests, `scripts/test --all` runs
/// all of them.
package enum Tier {
  /// Whether the tests that take minutes run too.
  package static let isAll = ProcessInfo.processInfo.environment["EMEND_TESTS"] == "all"

  /// How long a test waits for what must happen. A wait ends with the event, so only a test that
  /// fails takes so long, and the limit is far above what the busiest machine needs.
  package static let waitLimit: Duration = .seconds(isAll ? 900 : 600)

  /// The first `count` of a test's arguments; all of them where all tests run.
  package static func arguments<Argument>(_ all: [Argument], quick count: Int) -> [Argument] {
    isAll ? all : Array(all.prefix(count))
  }
}

extension Trait where Self == ConditionTrait {
  /// For a test that takes minutes. A smaller test of the same behaviour has to stand beside it.
  package static var full: Self { .enabled(if: Tier.isAll, "only scripts/test --all runs it") }
}
