import Foundation

/// The processor time that `body` takes on this thread: unlike the time on a clock, it does not grow
/// while other programs keep the machine busy.
package func processorTime(of body: () throws -> Void) rethrows -> Duration {
  func now() -> Duration {
    var time = timespec()
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
    return .seconds(Int64(time.tv_sec)) + .nanoseconds(Int64(time.tv_nsec))
  }
  let begin = now()
  try body()
  return now() - begin
}
