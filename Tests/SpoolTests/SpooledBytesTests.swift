import AtomicFiles
import Foundation
import SystemPackage
import Testing

@Suite("Spooled bytes") struct SpooledBytesTests {
  let folder: FilePath

  init() throws {
    folder = FilePath(NSTemporaryDirectory() + "emend-spooled-\(UUID().uuidString)")
    try FileManager.default.createDirectory(
      atPath: folder.string, withIntermediateDirectories: true)
  }

  private func names() throws -> [String] {
    try FileManager.default.contentsOfDirectory(atPath: folder.string).sorted()
  }

  private func spooled(_ pieces: [String], in folder: FilePath, limit: Int) throws -> SpooledBytes {
    let spooled = SpooledBytes(in: folder, files: Files(), memoryLimit: limit)
    for piece in pieces { try spooled.append(Array(piece.utf8)) }
    return spooled
  }

  private func text(_ spooled: SpooledBytes) throws -> String {
    var all: [UInt8] = []
    try spooled.forEachPiece { all += $0 }
    return String(decoding: all, as: UTF8.self)
  }

  @Test(
    "bytes are read as they were written, again and again, and no file is left",
    arguments: [0, 5, 99]
  )
  func bytesAreKept(limit: Int) throws {
    let spooled = try spooled(["abc", "", "defg", "h"], in: folder, limit: limit)
    #expect(spooled.count == 8)
    #expect(try text(spooled) == "abcdefgh")
    #expect(try text(spooled) == "abcdefgh")
    #expect(try names() == [])
  }

  @Test("a publication of spooled bytes is that of the bytes", arguments: [0, 99])
  func published(limit: Int) throws {
    let parts = [
      Publication.Part(
        suffix: ".jsonl", spooled: try spooled(["ab", "c"], in: folder, limit: limit))
    ]
    let publication = Publication(folder: folder)
    let first = try publication.publish(name: FileName("a"), parts: parts)
    // The same bytes need no second file, and others get another name.
    #expect(try publication.publish(name: FileName("a"), parts: parts) == first)
    let others = [
      Publication.Part(suffix: ".jsonl", spooled: try spooled(["abd"], in: folder, limit: limit))
    ]
    _ = try publication.publish(name: FileName("a"), parts: others)
    #expect(try names() == ["a-2.jsonl", "a.jsonl"])
    #expect(FileManager.default.contents(atPath: "\(folder)/a.jsonl") == Data("abc".utf8))
  }

  @Test("where no file can be made, the bytes stay in memory")
  func missingFolder() throws {
    let spooled = try spooled(["ab", "cd"], in: folder.appending("none"), limit: 1)
    #expect(try text(spooled) == "abcd")
  }
}
