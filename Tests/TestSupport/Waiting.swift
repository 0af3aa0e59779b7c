import Foundation

/// Looks every few milliseconds whether a condition holds, for what gives no sign of its own.
///
/// - Returns: whether it holds; false only after `Tier.waitLimit`.
package func waits(until condition: () throws -> Bool) rethrows -> Bool {
  let deadline = ContinuousClock.now + Tier.waitLimit
  while try !condition() {
    guard ContinuousClock.now < deadline else { return false }
    Thread.sleep(forTimeInterval: 0.005)
  }
  return true
}
