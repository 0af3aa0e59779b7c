import FlyingSocks

/// Bytes after which the connection is closed.
///
/// The server would else take what follows a request that it did not read to the end for the next one.
struct ClosingBytes: AsyncBufferedSequence {
  typealias Element = UInt8

  struct Closing: Error {}

  struct AsyncIterator: AsyncBufferedIteratorProtocol {
    var rest: ArraySlice<UInt8>

    mutating func next() async throws -> UInt8? {
      guard let byte = rest.popFirst() else { throw Closing() }
      return byte
    }

    mutating func nextBuffer(suggested count: Int) async throws -> ArraySlice<UInt8>? {
      guard !rest.isEmpty else { throw Closing() }
      defer { rest = rest.dropFirst(count) }
      return rest.prefix(count)
    }
  }

  private let bytes: [UInt8]

  init(_ bytes: [UInt8]) { self.bytes = bytes }

  func makeAsyncIterator() -> AsyncIterator { AsyncIterator(rest: bytes[...]) }
}
