import Foundation
import Testing

/// `emend stage`: every stage in a process of its own, on files.
@Suite("Stages on the command line") struct StageCommandTests {
  /// What a stage writes to standard output.
  private func stage(
    _ arguments: String..., in emend: Emend, input: [UInt8] = [],
    sourceLocation: SourceLocation = #_sourceLocation
  ) throws -> [UInt8] {
    let outcome = try emend.start(["stage"] + arguments, input: input).finish()
    try #require(outcome.status == 0, "\(outcome)", sourceLocation: sourceLocation)
    return outcome.output
  }

  /// The error of a stage that fails.
  private func failure(
    _ arguments: String..., in emend: Emend, input: [UInt8] = []
  ) throws -> (status: Int32, text: String) {
    let outcome = try emend.start(["stage"] + arguments, input: input).finish()
    return (outcome.status, outcome.errors)
  }

  /// Encodes the texts of `data.jsonl` in two parts, fits, and returns the names of the spaces.
  private func spaces(in emend: Emend) throws -> [String] {
    let texts = try stage("texts", "data.jsonl", in: emend)
    let lines = texts.split(separator: UInt8(ascii: "\n")).map(Array.init)
    let half = 1 + lines.count / 2
    var vectors: [UInt8] = []
    for part in [lines[1..<half], lines[half...]] {
      let input = Array(([lines[0]] + part).joined(separator: [10]))
      vectors += try stage("encode", "--no-cache", in: emend, input: input)
    }
    try emend.write(vectors, to: "vectors")
    let names = try stage(
      "fit", "data.jsonl", "--vectors", "vectors", "--spaces", "new/spaces", "--rows-per-part",
      "20", in: emend)
    return String(decoding: names, as: UTF8.self).split(separator: "\n").map(String.init)
  }

  @Test("stages on parts write the files of emend run")
  func stagesWriteTheFilesOfARun() throws {
    let emend = try Emend()
    try emend.write(Samples.file(Samples.classification(wrong: [4, 13])), to: "data.jsonl")
    let whole = try emend.run("run", "data.jsonl", "--outbox", "whole")
    try #require(whole.status == 0, "\(whole)")
    let spaces = try spaces(in: emend)
    #expect(spaces == (1...3).map { "new/spaces/\($0).space" })
    var flags = ["--vectors", "vectors"]
    for (number, space) in spaces.enumerated() {
      let lists = try stage("search", "--index", space, in: emend, input: emend.read(space))
      let merged = try stage("merge", in: emend, input: lists)
      flags += ["--neighbours", try emend.write(merged, to: "\(number).neighbours")]
    }
    let parts = try emend.start(
      ["stage", "score", "data.jsonl", "--outbox", "parts"] + flags
    ).finish()
    try #require(parts.status == 0, "\(parts)")
    #expect(emend.names(in: "parts") == emend.names(in: "whole"))
    #expect(try emend.read("parts/data.jsonl") == emend.read("whole/data.jsonl"))
    #expect(try emend.read("parts/data.report.json") == emend.read("whole/data.report.json"))

    // The lists of another space, too few of them, none, and no vectors.
    func score(_ flags: [String]) throws -> Emend.Outcome {
      try emend.start(["stage", "score", "data.jsonl", "--outbox", "none"] + flags).finish()
    }
    let swapped = try score(flags.enumerated().map { flags[[0, 1, 2, 5, 4, 3, 6, 7][$0.offset]] })
    #expect(swapped.status == 1 && swapped.errors.contains("neighbours"), "\(swapped)")
    let few = try score(Array(flags.dropLast(2)))
    #expect(few.errors.contains("the lists of 2 spaces are given, and this dataset has more"))
    let bare = try score(Array(flags.dropFirst(2)))
    #expect(bare.errors.contains("no file of vectors is given"), "\(bare)")
    #expect(emend.names(in: "none").isEmpty)
  }

  @Test("a stage says which file cannot be used")
  func badFilesAreNamed() throws {
    let emend = try Emend()
    try emend.write(Samples.file(Samples.vectors(40)), to: "data.jsonl")
    try emend.write("", to: "empty")
    _ = try stage("fit", "data.jsonl", "--spaces", "spaces", "--rows-per-part", "15", in: emend)
    let space = try emend.read("spaces/1.space")
    let missing = try failure("search", "--index", "none", in: emend, input: space)
    #expect(missing.status == 1 && missing.text.contains("none: cannot be read"))
    let empty = try failure("search", "--index", "empty", in: emend, input: space)
    #expect(empty.status == 1 && empty.text.contains("empty: there are no rows in it"))
    let idle = try failure("search", "--index", "spaces/1.space", in: emend)
    #expect(idle.status == 1 && idle.text.contains("standard input"), "\(idle)")
    let two = try failure("score", "data.jsonl", "data.jsonl", in: emend)
    #expect(two.status == 64 && two.text.contains("takes one file"), "\(two)")
    let stream = try failure("score", "-", in: emend, input: space)
    #expect(stream.status == 64 && stream.text.contains("takes one file"), "\(stream)")
    for flags in [["--rows-per-part", "0"], ["--threads", "0"]] {
      let outcome = try emend.start(["stage", "fit", "data.jsonl", "--spaces", "s"] + flags)
        .finish()
      #expect(outcome.status == 64 && outcome.errors.contains("must be at least 1"), "\(outcome)")
    }
  }
}
