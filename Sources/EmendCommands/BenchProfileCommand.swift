import ArgumentParser
import Records

extension Bench {
  /// Times reading and the profile of a file, without anything that needs a model.
  struct Profile: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Times reading and profiling a file; prints seconds.")

    @Argument var file: String

    func run() throws {
      let source = try Source.read(file)
      let clock = ContinuousClock()
      var reading: Reading?
      let readTime = try clock.measure { reading = try Reader().read(source) }
      guard let reading else { return }
      var findings = 0
      let profileTime = clock.measure {
        findings = FileProfile(of: reading, options: reading.options).findings.count
      }
      print(
        "{\"records\": \(reading.records.count), \"findings\": \(findings), "
          + "\"read\": \(readTime / .seconds(1)), \"profile\": \(profileTime / .seconds(1))}")
    }
  }
}
