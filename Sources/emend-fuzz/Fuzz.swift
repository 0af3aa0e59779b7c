// emend-fuzz owns tests of Records with random files: it reads, writes and reverts datasets from a seeded
// generator, and stops at the first one that violates a property. It knows nothing of models or scores.
// Run it with `swift run -c release emend-fuzz --seconds 3600 --seed 1`.

import Foundation

@main
struct Fuzz {
  static func main() {
    let seconds = option("--seconds") ?? 10
    let seed = UInt64(option("--seed") ?? 1)
    let clock = ContinuousClock()
    let start = clock.now
    let end = start + .seconds(seconds)
    var nextReport = start + .seconds(60)
    var oracle = Oracle()
    var round: UInt64 = 0
    print("seed \(seed), \(seconds) s")
    while clock.now < end {
      let file = seed &* 1_000_000_007 &+ round
      var generator = Generator(seed: file)
      // Lists, objects of columns and tables besides lines.
      var bytes = round % 3 == 2 ? generator.containerFile() : generator.file()
      var problems = oracle.check(bytes, seed: file)
      if problems.isEmpty, !oracle.lastOutput.isEmpty {
        // An output that was damaged and is given to the program again.
        bytes = oracle.lastOutput
        generator.mutate(&bytes)
        problems = oracle.check(bytes, seed: file)
      }
      if !problems.isEmpty {
        print("file seed \(file): \(problems.joined(separator: "; "))")
        print(String(decoding: bytes, as: UTF8.self).debugDescription)
        exit(1)
      }
      round += 1
      if clock.now > nextReport {
        report(oracle, after: start.duration(to: clock.now))
        nextReport = clock.now + .seconds(60)
      }
    }
    report(oracle, after: start.duration(to: clock.now))
    for disagreement in oracle.disagreements.sorted().prefix(50) { print(disagreement) }
    print("no promise broken")
  }

  private static func report(_ oracle: Oracle, after time: Duration) {
    print(
      "\(time.components.seconds) s: \(oracle.files) files (\(oracle.refused) refused, \(oracle.containers) no lines, \(oracle.unwritable) not written),",
      "\(oracle.records) records, \(oracle.passages) passages, \(oracle.rejected) rejected,",
      "\(oracle.disagreements.count) disagreements with Foundation")
    fflush(nil)
  }

  private static func option(_ name: String) -> Int? {
    let arguments = CommandLine.arguments
    guard let at = arguments.firstIndex(of: name), at + 1 < arguments.count else { return nil }
    return Int(arguments[at + 1])
  }
}
