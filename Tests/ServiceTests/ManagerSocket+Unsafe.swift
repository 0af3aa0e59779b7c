import Foundation
import Testing

/// The service manager's end of the protocol: a datagram socket that only receives.
final class ManagerSocket {
  /// The value that `NOTIFY_SOCKET` must have.
  let name: String
  private let descriptor: Int32

  /// - Parameter name: a path, or `@` and an abstract name.
  init(name: String) throws {
    self.name = name
    descriptor = socket(AF_UNIX, Int32(SOCK_DGRAM.rawValue), 0)
    try #require(descriptor >= 0)
    var path = Array(name.utf8)
    if path.first == UInt8(ascii: "@") { path[0] = 0 } else { path.append(0) }
    var address = sockaddr_un()
    address.sun_family = sa_family_t(AF_UNIX)
    withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path) }
    let bound = withUnsafePointer(to: &address) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        bind(descriptor, $0, socklen_t(MemoryLayout<sa_family_t>.size + path.count))
      }
    }
    try #require(bound == 0)
  }

  /// A socket at a path in a new folder.
  static func atPath() throws -> ManagerSocket {
    let folder = NSTemporaryDirectory() + "emend-notify-\(UUID().uuidString.prefix(8))"
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    return try ManagerSocket(name: "\(folder)/notify")
  }

  /// A socket with an abstract name, which is in no folder.
  static func abstract() throws -> ManagerSocket {
    try ManagerSocket(name: "@emend-notify-\(UUID().uuidString)")
  }

  deinit {
    close(descriptor)
    if name.hasPrefix("/") {
      try? FileManager.default.removeItem(
        atPath: URL(filePath: name).deletingLastPathComponent().path)
    }
  }

  /// The datagrams received since the last call, oldest first.
  func received() -> [String] {
    var messages: [String] = []
    var buffer = [UInt8](repeating: 0, count: 8192)
    while true {
      let count = recv(descriptor, &buffer, buffer.count, Int32(MSG_DONTWAIT))
      guard count >= 0 else { return messages }
      messages.append(String(decoding: buffer.prefix(count), as: UTF8.self))
    }
  }
}
