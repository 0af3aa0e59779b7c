import FlyingSocks
import Foundation

/// The sockets of the server, whose answers are sent at once.
///
/// FlyingFox writes head and body of an answer apart. By Nagle's algorithm the body would wait until the browser has
/// acknowledged the head, about 40 ms (RFC 896; RFC 1122, section 4.2.3.4).
struct PromptSockets: AsyncSocketPool {
  private let sockets: any AsyncSocketPool = .make()

  func prepare() async throws { try await sockets.prepare() }
  func run() async throws { try await sockets.run() }

  func suspendSocket(_ socket: Socket, untilReadyFor events: Socket.Events) async throws {
    // Linux passes the option on from the listening socket. Without it the page is only slower.
    try? socket.setValue(
      true, for: BoolSocketOption(level: Int32(IPPROTO_TCP), name: TCP_NODELAY))
    try await sockets.suspendSocket(socket, untilReadyFor: events)
  }
}
