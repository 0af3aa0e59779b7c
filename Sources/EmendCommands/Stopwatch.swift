/// Measures the seconds of each stage.
struct Stopwatch {
  private(set) var seconds: [String: Double] = [:]
  private var started = ContinuousClock.now

  /// Counts the time since the last lap for a stage.
  mutating func lap(_ stage: String) {
    seconds[stage, default: 0] += started.duration(to: .now) / .seconds(1)
    started = .now
  }

  /// Counts the time since the last lap for no stage.
  mutating func skip() { started = .now }
}
