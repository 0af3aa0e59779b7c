import Foundation
import Service
import Testing

@Suite("Standard error") struct StandardErrorTests {
  @Test func journalIsRecognisedByItsStream() throws {
    let pipe = Pipe()
    let descriptor = pipe.fileHandleForWriting.fileDescriptor
    var status = stat()
    try #require(fstat(descriptor, &status) == 0)
    func isJournal(_ stream: String?) -> Bool {
      StandardError.isJournal(
        environment: stream.map { ["JOURNAL_STREAM": $0] } ?? [:], descriptor: descriptor)
    }
    #expect(isJournal("\(status.st_dev):\(status.st_ino)"))
    #expect(!isJournal("\(status.st_dev):\(status.st_ino + 1)"))
    #expect(!isJournal("\(status.st_dev + 1):\(status.st_ino)"))
    #expect(!isJournal(""))
    #expect(!isJournal(nil))
    #expect(!StandardError.isJournal(environment: ["JOURNAL_STREAM": "1:1"], descriptor: -1))
  }

  @Test func linesAreWrittenWhole() throws {
    let pipe = Pipe()
    StandardError.write("a\n", to: pipe.fileHandleForWriting.fileDescriptor)
    StandardError.write("é\n", to: pipe.fileHandleForWriting.fileDescriptor)
    try pipe.fileHandleForWriting.close()
    #expect(try pipe.fileHandleForReading.readToEnd() == Data("a\né\n".utf8))
  }

  @Test func closedDescriptorIsIgnored() {
    StandardError.write("a\n", to: -1)
  }

  @Test("if a non-blocking pipe is full, the line is lost and the process goes on")
  func fullPipe() {
    let pipe = Pipe()
    let descriptor = pipe.fileHandleForWriting.fileDescriptor
    _ = fcntl(descriptor, F_SETFL, O_NONBLOCK)
    for _ in 0..<2_000 { StandardError.write(String(repeating: "x", count: 100), to: descriptor) }
  }
}
