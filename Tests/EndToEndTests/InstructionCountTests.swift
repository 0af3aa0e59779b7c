import Foundation
import Testing

/// What `scripts/check/instructions.py` says of counts, here made ones: which growth fails, and what lets it pass.
@Suite("The comparison of instruction counts") struct InstructionCountTests {
  private static let script = URL(filePath: #filePath).resolvingSymlinksInPath()
    .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
    .appending(path: "scripts/check/instructions.py")

  /// What the script ends with, and the counts that are kept afterwards.
  private func compare(
    _ found: [String: Int], with kept: [String: Int], changes: String = "# Changelog\n",
    _ arguments: String...
  ) throws -> (status: Int32, said: String, kept: [String: Int]) {
    let folder = FileManager.default.temporaryDirectory.appending(path: UUID().uuidString)
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    func write(_ counts: [String: Int], _ name: String) throws -> String {
      let file = folder.appending(path: name)
      try JSONEncoder().encode(Counts(compiler: "C", instructions: counts)).write(to: file)
      return file.path
    }
    let keptFile = try write(kept, "kept.json")
    let foundFile = try write(found, "found.json")
    let changesFile = folder.appending(path: "changes.md")
    try Data(changes.utf8).write(to: changesFile)
    let process = Process()
    let pipe = Pipe()
    process.executableURL = URL(filePath: "/usr/bin/env")
    // The system's Python starts at once; others are looked for by a program of their own.
    process.arguments =
      ["PATH=/usr/bin:\(ProcessInfo.processInfo.environment["PATH"] ?? "")", "python3"]
      + [Self.script.path, "--kept", keptFile, "--found", foundFile, "--changes", changesFile.path]
      + arguments
    process.standardOutput = pipe
    process.standardError = pipe
    try process.run()
    let said = try pipe.fileHandleForReading.readToEnd() ?? Data()
    process.waitUntilExit()
    let after = try JSONDecoder().decode(
      Counts.self, from: Data(contentsOf: URL(filePath: keptFile)))
    return (process.terminationStatus, String(decoding: said, as: UTF8.self), after.instructions)
  }

  private struct Counts: Codable {
    var compiler: String
    var instructions: [String: Int]
  }

  @Test("a growth of over 5 % fails, and says by how much and what to do")
  func growthFails() throws {
    let kept = ["a": 1_000_000, "b": 2_000_000]
    let grown = try compare(["a": 1_050_001, "b": 2_000_000], with: kept)
    #expect(grown.status == 1)
    #expect(grown.said.contains("a takes 1,050,001 instructions a round, 5.0% more"))
    #expect(grown.said.contains("the 1,000,000 that were kept"))
    #expect(grown.said.contains("- Instructions: `a` 1.1 million a round: WHY"))
    #expect(!grown.said.contains("b takes"))
    let less = try compare(["a": 1_050_000, "b": 2_100_000], with: kept)
    #expect(less.status == 0 && !less.said.contains("takes"), "\(less.said)")
  }

  @Test("a note in the topmost section lets it pass, up to 5 % more than the note says")
  func noteLetsItPass() throws {
    let note = "- Instructions: `a` 1.5 million a round: it does more.\n"
    let kept = ["a": 1_000_000, "b": 1_000_000]
    func status(_ a: Int, _ b: Int, _ changes: String) throws -> Int32 {
      try compare(["a": a, "b": b], with: kept, changes: changes).status
    }
    let topmost = "# Changelog\n\n## 2\n\n- Other.\n\(note)\n## 1\n\n- First.\n"
    let older = "# Changelog\n\n## 2\n\n- Other.\n\n## 1\n\n\(note)"
    #expect(try status(1_500_000, 1_000_000, topmost) == 0)
    #expect(try status(1_570_000, 1_000_000, topmost) == 0)
    #expect(try status(1_580_000, 1_000_000, topmost) == 1)
    #expect(try status(1_500_000, 1_500_000, topmost) == 1)
    #expect(try status(1_500_000, 1_000_000, older) == 1)
    // The line that the script prints is such a note.
    let said = try compare(["a": 1_500_000, "b": 1_000_000], with: kept).said
    let line = try #require(said.split(separator: "\n").first { $0.contains("- Instructions") })
    let printed = line.drop { $0 == " " }.replacing("WHY", with: "more digits.")
    #expect(try status(1_500_000, 1_000_000, "# Changelog\n\n## 2\n\n\(printed)\n") == 0)
  }

  @Test("what takes less is told and passes")
  func lessIsTold() throws {
    let found = try compare(["a": 940_000], with: ["a": 1_000_000])
    #expect(found.status == 0)
    #expect(found.said.contains("a takes 6.0% less: scripts/check/instructions.py --write keeps"))
  }

  @Test("kernels and kept counts must be the same, and --write makes them so")
  func everyKernelHasACount() throws {
    let new = try compare(["a": 10, "b": 20], with: ["a": 10])
    #expect(new.status == 1 && new.said.contains("b has no kept count"), "\(new.said)")
    let gone = try compare(["a": 10], with: ["a": 10, "b": 20])
    #expect(gone.status == 1 && gone.said.contains("b has a kept count and is no kernel"))
    #expect(
      try compare(["a": 10, "b": 20], with: ["a": 10], "--write").kept == ["a": 10, "b": 20])
    #expect(try compare(["a": 9], with: ["a": 10, "b": 20], "--write").kept == ["a": 9])
  }

  @Test("--write keeps what has grown only with its note")
  func writingNeedsTheNote() throws {
    let without = try compare(["a": 1_500_000, "b": 5], with: ["a": 1_000_000, "b": 9], "--write")
    #expect(without.status == 1 && without.kept == ["a": 1_000_000, "b": 9], "\(without.said)")
    let with = try compare(
      ["a": 1_500_000, "b": 5], with: ["a": 1_000_000, "b": 9],
      changes: "## 2\n\n- Instructions: `a` 1.5 million a round: it does more.\n", "--write")
    #expect(with.status == 0 && with.kept == ["a": 1_500_000, "b": 5], "\(with.said)")
  }
}
