import Foundation
import Testing

@testable import Exports

/// Compares the exports of the made-up queries with the files in Fixtures. scripts/check/exports loads
/// these files with the libraries that use them.
struct GoldenTests {
  @Test("All files of the made-up queries equal the fixtures")
  func madeUpFiles() throws {
    let exports =
      ExportKind.allCases.map { $0.export(madeUp) } + [
        try #require(Curriculum(share: 0.5)).export(madeUp)
      ]
    let written = FileManager.default.temporaryDirectory.appending(
      path: "emend-exports-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: written, withIntermediateDirectories: true)
    var differ = false
    for file in exports.flatMap(\.files) {
      let name = file.file.name(stem: "made-up")
      let place = written.appending(path: name)
      try FileManager.default.createDirectory(
        at: place.deletingLastPathComponent(), withIntermediateDirectories: true)
      try Data(file.bytes).write(to: place)
      let golden = try? Data(contentsOf: Self.fixtures.appending(path: name))
      differ = differ || golden != Data(file.bytes)
      #expect(golden == Data(file.bytes), "\(name) differs from \(written.path)/\(name)")
      #expect(file.lines == file.bytes.count { $0 == UInt8(ascii: "\n") })
    }
    // Where files differ, the new ones are kept, so that a person can compare them.
    if !differ { try FileManager.default.removeItem(at: written) }
  }

  @Test("Every kind lists the files that it makes, and every file has its name")
  func names() {
    for kind in ExportKind.allCases {
      #expect(kind.export(madeUp).files.map(\.file) == kind.files)
      #expect(kind.export([]).files.map(\.file) == kind.files)
    }
    #expect(
      ExportKind.allCases.map(\.rawValue) == [
        "triplets", "multi-positive", "qrels", "beir", "flag-embedding", "tuples",
      ])
    #expect(
      ExportFile.allCases.map { $0.name(stem: "NAME") } == [
        "NAME.triplets.jsonl", "NAME.multi-positive.jsonl", "NAME.qrels", "NAME.run",
        "NAME.corpus.jsonl", "NAME.queries.jsonl", "NAME.beir/corpus.jsonl",
        "NAME.beir/queries.jsonl", "NAME.beir/qrels/train.tsv", "NAME.flag-embedding.jsonl",
        "NAME.tuples.jsonl", "NAME.curriculum-1.jsonl",
        "NAME.curriculum-2.jsonl", "NAME.label-studio.json", "NAME.label-studio.xml",
        "NAME.argilla.json", "NAME.suspects.csv", "NAME.cleanlab.csv", "NAME.slim.jsonl",
        "NAME.slim-labels.json",
      ])
  }

  private static let fixtures = URL(filePath: #filePath).deletingLastPathComponent()
    .appending(path: "Fixtures")
}
