import Foundation

/// The address of a Unix datagram socket, as a service manager names it.
struct SocketAddress: Sendable {
  /// The bytes of `sun_path`: a path and a NUL, or a NUL and an abstract name.
  private let path: [UInt8]

  /// Fails if the name is no address or is too long.
  ///
  /// - Parameter name: an absolute path, or `@` and an abstract name.
  init?(name: String) {
    let bytes = Array(name.utf8)
    guard bytes.count > 1, !bytes.contains(0) else { return nil }
    switch bytes[0] {
    case UInt8(ascii: "/"): path = bytes + [0]
    case UInt8(ascii: "@"): path = [0] + bytes.dropFirst()
    default: return nil
    }
    guard path.count <= MemoryLayout.size(ofValue: sockaddr_un().sun_path) else { return nil }
  }

  /// Sends one datagram without ever waiting.
  ///
  /// - Returns: whether the kernel accepted the datagram.
  func send(_ message: String) -> Bool {
    let kind = Int32(SOCK_DGRAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue)
    let descriptor = socket(AF_UNIX, kind, 0)
    guard descriptor >= 0 else { return false }
    defer { close(descriptor) }
    var address = sockaddr_un()
    address.sun_family = sa_family_t(AF_UNIX)
    withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path) }
    // The length is exact, since a NUL after an abstract name would belong to the name.
    let offset = MemoryLayout<sockaddr_un>.offset(of: \.sun_path) ?? 2
    let length = socklen_t(offset + path.count)
    let bytes = Array(message.utf8)
    let flags = Int32(MSG_DONTWAIT | MSG_NOSIGNAL)
    let sent = withUnsafePointer(to: &address) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        sendto(descriptor, bytes, bytes.count, flags, $0, length)
      }
    }
    return sent == bytes.count
  }
}
