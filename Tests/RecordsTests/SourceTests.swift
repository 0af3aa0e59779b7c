import Digests
import Foundation
import Testing

@testable import Records

struct SourceTests {
  static let plain = "{\"text\": \"t\", \"label\": \"a\"}\n"
  static let gzip = "H4sIAAAAAAACA6tWKkmtKFGyUlAqUdJRUMpJTErNAfESlWq5AMn5D/ccAAAA"
  static let zstd = "KLUv/QRY4QAAeyJ0ZXh0IjogInQiLCAibGFiZWwiOiAiYSJ9CsI7Mag="

  private func bytes(_ base64: String) throws -> [UInt8] {
    [UInt8](try #require(Data(base64Encoded: base64)))
  }

  @Test(
    "Compression is recognised by the content, and the file is decompressed",
    arguments: [
      (gzip, Source.Compression.gzip), (zstd, .zstd),
    ])
  func compressed(_ base64: String, _ compression: Source.Compression) throws {
    let content = try bytes(base64)
    for repeats in 1...3 {
      let joined = (0..<repeats).flatMap { _ in content }
      let source = try Source(file: "a.jsonl", content: joined)
      #expect(source.compression == compression)
      #expect(text(source.bytes) == String(repeating: Self.plain, count: repeats))
    }
    let reading = try Reader().read(Source(file: "-", content: content))
    #expect(reading.records.map(\.labels) == [[label("a")]])
    #expect(reading.source.digest == Digest.hexadecimal(of: Array(Self.plain.utf8)))
  }

  @Test("A compressed file that is cut short anywhere is refused", arguments: [gzip, zstd])
  func cutShort(_ base64: String) throws {
    let content = try bytes(base64)
    for length in 4..<content.count {
      let error = #expect(throws: InputError.self) {
        try Source(file: "a.jsonl.gz", content: Array(content[..<length]))
      }
      #expect(error?.byte == length)
      #expect(error?.reason.contains("end too early") == true)
      #expect(error?.remedy.contains(" -t") == true)
    }
  }

  @Test("A damaged compressed file gives the same text or an error", arguments: [gzip, zstd])
  func damaged(_ base64: String) throws {
    let content = try bytes(base64)
    for place in 4..<content.count {
      for bit in 0..<8 {
        var damaged = content
        damaged[place] ^= 1 << bit
        do throws(InputError) {
          let source = try Source(file: "a", content: damaged)
          #expect(text(source.bytes) == Self.plain)
        } catch {
          #expect(error.byte != nil)
          #expect(!error.remedy.isEmpty)
        }
      }
    }
  }

  @Test("Other bytes after a compressed file are an error")
  func trailing() throws {
    let gzip = try bytes(Self.gzip)
    #expect(throws: InputError.self) { try Source(file: "a", content: gzip + [1, 2, 3]) }
    #expect(text(try Source(file: "a", content: gzip + [0, 0, 0]).bytes) == Self.plain)
    let zstd = try bytes(Self.zstd)
    #expect(throws: InputError.self) { try Source(file: "a", content: zstd + [1, 2, 3, 4, 5]) }
  }

  @Test("A plain file named as compressed is refused", arguments: ["a.gz", "b.jsonl.zst"])
  func misnamed(_ name: String) {
    let error = #expect(throws: InputError.self) {
      try Source(file: name, content: Array(Self.plain.utf8))
    }
    #expect(error?.remedy.contains("Rename") == true)
  }

  @Test(
    "A source's name has neither folder nor endings",
    arguments: [
      ("a.jsonl", "a"), ("/x/y/a.jsonl.gz", "a"), ("a.jsonl.zst", "a"), ("a.ndjson", "a"),
      ("a.json", "a"), ("a.b.jsonl", "a.b"), ("a", "a"), ("a.gz", "a"), (".jsonl", ".jsonl"),
      ("-", "stdin"), ("x/.gz", ".gz"), ("a.csv", "a"), ("A.JSONL", "A"), ("a.Csv.GZ", "a"),
      ("a.tsv", "a"), ("a.txt", "a.txt"),
    ])
  func names(_ file: String, _ name: String) { #expect(Source.name(ofFile: file).name == name) }

  @Test("What is compressed more than once is decompressed, up to three times")
  func nested() throws {
    var content = try gzipped(Array(Self.plain.utf8))
    for layers in 1...4 {
      if layers < 4 {
        #expect(text(try Source(file: "a.gz", content: content).bytes) == Self.plain)
      } else {
        let error = #expect(throws: InputError.self) { try Source(file: "a.gz", content: content) }
        #expect(error?.reason.contains("more than 3 times") == true)
      }
      content = try gzipped(content)
    }
  }

  /// A gzip file that stores the content in one block (RFC 1951, section 3.2.4).
  private func gzipped(_ content: [UInt8]) throws -> [UInt8] {
    let length = UInt16(content.count)
    var bytes: [UInt8] = [0x1F, 0x8B, 8, 0, 0, 0, 0, 0, 0, 3, 1]
    for value in [length, ~length] { bytes += [UInt8(value & 0xFF), UInt8(value >> 8)] }
    var crc: UInt32 = 0xFFFF_FFFF
    for byte in content {
      crc ^= UInt32(byte)
      for _ in 0..<8 { crc = crc & 1 == 1 ? crc >> 1 ^ 0xEDB8_8320 : crc >> 1 }
    }
    for value in [~crc, UInt32(content.count)] {
      bytes += (0..<4).map { UInt8(value >> (8 * UInt32($0)) & 0xFF) }
    }
    return Array(bytes.prefix(11)) + bytes[11..<15] + content + bytes[15...]
  }

  @Test("A zstd file that begins with a frame to skip is read, as pzstd writes it")
  func skippable() throws {
    let frame = try bytes(Self.zstd)
    for magic in UInt8(0x50)...0x5F {
      let skipped: [UInt8] = [magic, 0x2A, 0x4D, 0x18, 3, 0, 0, 0, 1, 2, 3]
      let source = try Source(file: "a.zst", content: skipped + frame + skipped + frame)
      #expect(text(source.bytes) == Self.plain + Self.plain)
      #expect(source.compression == .zstd)
    }
  }

  @Test("Files are read whole; a file that cannot be read gives the reason")
  func files() throws {
    let path = NSTemporaryDirectory() + "emend-\(UUID().uuidString).jsonl"
    let content = Array(String(repeating: Self.plain, count: 100_000).utf8)
    #expect(FileManager.default.createFile(atPath: path, contents: Data(content)))
    defer { try? FileManager.default.removeItem(atPath: path) }
    let source = try Source.read(path)
    #expect(source.bytes == content)
    let missing = #expect(throws: InputError.self) { try Source.read("/no/such/file.jsonl") }
    #expect(missing?.description.contains("/no/such/file.jsonl: cannot be read") == true)
    let folder = #expect(throws: InputError.self) { try Source.read(NSTemporaryDirectory()) }
    #expect(folder?.remedy.contains("inside") == true)
  }

  @Test("The digest is SHA-256")
  func digest() {
    #expect(
      Digest.hexadecimal(of: Array("abc".utf8))
        == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad")
  }
}
