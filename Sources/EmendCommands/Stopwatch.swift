/// Seconds by stage.
struct Stopwatch {
  private(set) var seconds: [String: Double] = [:]
  private var started = ContinuousClock.now

  mutating func lap(_ stage: String) {
    seconds[stage, default: 0] += started.duration(to: .now) / .seconds(1)
    started = .now
  }

  /// What has passed since the last lap belongs to no stage.
  mutating func skip() { started = .now }
}
