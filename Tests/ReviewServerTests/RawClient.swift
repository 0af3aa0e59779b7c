import Foundation

/// Sends bytes to a port of 127.0.0.1, and reads what comes back until the other side closes or answers whole.
struct RawClient: Sendable {
  struct Failed: Error {}

  let port: UInt16

  struct Response: Sendable {
    let status: Int
    let head: String
    let body: String

    func header(_ name: String) -> String? {
      head.split(separator: "\r\n").first { $0.lowercased().hasPrefix(name.lowercased() + ":") }
        .map { $0.dropFirst(name.count + 1).trimmingCharacters(in: .whitespaces) }
    }
  }

  /// - Parameters:
  ///   - bytes: a whole request, or more.
  ///   - address: where to connect to.
  func send(_ bytes: [UInt8], to address: String = "127.0.0.1") async throws -> Response {
    // On a thread of its own: the server needs those that tests run on.
    try await withCheckedThrowingContinuation { continuation in
      Thread.detachNewThread {
        continuation.resume(with: Result { try exchange(bytes, address) })
      }
    }
  }

  private func exchange(_ bytes: [UInt8], _ address: String) throws -> Response {
    let descriptor = try connected(to: address)
    defer { close(descriptor) }
    var sent = 0
    while sent < bytes.count {
      let count = bytes[sent...].withUnsafeBytes {
        Foundation.send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
      }
      // The server may answer and close before it has everything.
      if count <= 0 { break }
      sent += count
    }
    var received: [UInt8] = []
    var piece = [UInt8](repeating: 0, count: 1 << 16)
    while Self.response(received) == nil {
      let count = recv(descriptor, &piece, piece.count, 0)
      if count <= 0 { break }
      received += piece[..<count]
    }
    guard let response = Self.response(received) else { throw Failed() }
    return response
  }

  func send(_ text: String) async throws -> Response { try await send(Array(text.utf8)) }

  private func connected(to address: String) throws -> Int32 {
    let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    guard descriptor >= 0 else { throw Failed() }
    var time = timeval(tv_sec: 600, tv_usec: 0)
    setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &time, socklen_t(MemoryLayout<timeval>.size))
    var place = sockaddr_in()
    place.sin_family = sa_family_t(AF_INET)
    place.sin_port = port.bigEndian
    place.sin_addr.s_addr = inet_addr(address)
    let result = withUnsafePointer(to: &place) {
      $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
      }
    }
    guard result == 0 else {
      close(descriptor)
      throw Failed()
    }
    return descriptor
  }

  /// Nil where the bytes are no whole response.
  private static func response(_ bytes: [UInt8]) -> Response? {
    let text = String(decoding: bytes, as: UTF8.self)
    guard let end = text.range(of: "\r\n\r\n") else { return nil }
    let head = String(text[..<end.lowerBound])
    let body = String(text[end.upperBound...])
    guard let status = head.split(separator: " ").dropFirst().first.flatMap({ Int($0) }) else {
      return nil
    }
    let response = Response(status: status, head: head, body: body)
    let length = response.header("Content-Length").flatMap { Int($0) } ?? 0
    return body.utf8.count >= length ? response : nil
  }
}
