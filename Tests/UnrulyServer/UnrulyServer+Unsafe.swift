import Foundation
import Synchronization
import TestSupport

/// A test server on loopback that performs a given action for each request, right or wrong.
package final class UnrulyServer: Sendable {
  package enum Action: Sendable {
    /// Sends these bytes and closes the connection.
    case send(String)
    /// Sends nothing until the client closes the connection.
    case silence
    /// Sends `head`, then `more` again and again until the client closes the connection.
    case endless(head: String, more: String)
    /// Performs the action when this many requests have arrived since the start, or when the time limit
    /// passes.
    indirect case together(Int, Action)
  }

  package struct NotListening: Error { let code: Int32 }

  package struct Request: Sendable {
    package let line: String
    package let headers: [String]
    package let body: String
  }

  private struct State {
    var requests: [Request] = []
    var open = 0
    var together = 0
    var mostTogether = 0
  }

  package let port: Int
  private let isIPv6: Bool
  private let listener: Int32
  private let state = Mutex(State())
  /// Signals every change of `state` that a thread may wait for.
  private let changed = NSCondition()
  private let action: @Sendable (Int, Request) -> Action

  /// Starts to listen on a free port.
  ///
  /// - Parameters:
  ///   - isIPv6: whether to listen on `::1`, instead of 127.0.0.1.
  ///   - action: the action for each request; it gets the request's number, from 0.
  package init(
    isIPv6: Bool = false, _ action: @escaping @Sendable (Int, Request) -> Action
  ) throws {
    self.action = action
    self.isIPv6 = isIPv6
    listener = socket(isIPv6 ? AF_INET6 : AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    let descriptor = listener
    guard let bound = isIPv6 ? Self.bindIPv6(descriptor) : Self.bindIPv4(descriptor),
      listen(listener, 64) == 0
    else { throw NotListening(code: errno) }
    port = bound
    Thread.detachNewThread { [self] in
      while case let connection = accept(listener, nil, nil), connection >= 0 {
        Thread.detachNewThread { self.serve(connection) }
      }
      // Only this thread closes the listener, after its last `accept`: another server may get the same
      // descriptor at once.
      close(self.listener)
    }
  }

  /// Binds a socket to a free port of 127.0.0.1; nil if that fails.
  private static func bindIPv4(_ descriptor: Int32) -> Int? {
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_addr.s_addr = in_addr_t(0x7F00_0001).bigEndian
    var length = socklen_t(MemoryLayout<sockaddr_in>.size)
    let isBound = withUnsafeMutablePointer(to: &address) {
      $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        bind(descriptor, $0, length) == 0 && getsockname(descriptor, $0, &length) == 0
      }
    }
    return isBound ? Int(UInt16(bigEndian: address.sin_port)) : nil
  }

  /// Binds a socket to a free port of `::1`; nil if that fails, as on a machine without IPv6.
  private static func bindIPv6(_ descriptor: Int32) -> Int? {
    guard descriptor >= 0 else { return nil }
    var address = sockaddr_in6()
    address.sin6_family = sa_family_t(AF_INET6)
    address.sin6_addr = in6addr_loopback
    var length = socklen_t(MemoryLayout<sockaddr_in6>.size)
    let isBound = withUnsafeMutablePointer(to: &address) {
      $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        bind(descriptor, $0, length) == 0 && getsockname(descriptor, $0, &length) == 0
      }
    }
    return isBound ? Int(UInt16(bigEndian: address.sin6_port)) : nil
  }

  /// A server that performs these actions in order, and the last one for all later requests.
  package convenience init(_ actions: Action...) throws {
    try self.init { number, _ in actions[min(number, actions.count - 1)] }
  }

  package var base: String { "http://\(isIPv6 ? "[::1]" : "127.0.0.1"):\(port)/v1" }
  package var requests: [Request] { state.withLock(\.requests) }
  /// The most requests that waited in `together` at once.
  package var mostTogether: Int { state.withLock(\.mostTogether) }

  /// Stops listening; later connections are refused.
  package func stop() {
    shutdown(listener, Int32(SHUT_RDWR))
  }

  /// Waits up to the time limit for all connections to end.
  ///
  /// - Returns: whether they did.
  package func isIdle() -> Bool { wait { $0.open == 0 } }

  /// Waits up to the time limit until the state meets a condition.
  ///
  /// - Returns: whether it did.
  private func wait(until isSo: (State) -> Bool) -> Bool {
    let end = Date(timeIntervalSinceNow: Tier.waitLimit / .seconds(1))
    changed.lock()
    defer { changed.unlock() }
    while !state.withLock({ isSo($0) }) {
      guard changed.wait(until: end) else { return state.withLock { isSo($0) } }
    }
    return true
  }

  private func change(_ body: (inout State) -> Void) {
    changed.lock()
    state.withLock { body(&$0) }
    changed.broadcast()
    changed.unlock()
  }

  private func serve(_ connection: Int32) {
    change { $0.open += 1 }
    defer {
      // Closing with unread bytes would reset the connection, and the client would lose the answer.
      shutdown(connection, Int32(SHUT_WR))
      var rest = [UInt8](repeating: 0, count: 4096)
      while recv(connection, &rest, rest.count, 0) > 0 {}
      close(connection)
      change { $0.open -= 1 }
    }
    var timeout = timeval(tv_sec: Int(Tier.waitLimit.components.seconds), tv_usec: 0)
    setsockopt(
      connection, SOL_SOCKET, SO_RCVTIMEO, &timeout, socklen_t(MemoryLayout<timeval>.size))
    guard let request = read(connection) else { return }
    var number = 0
    change { state in
      number = state.requests.count
      state.requests.append(request)
    }
    perform(action(number, request), on: connection)
  }

  private func perform(_ action: Action, on connection: Int32) {
    switch action {
    case .send(let text):
      send(text, to: connection)
    case .silence:
      var nothing: UInt8 = 0
      while recv(connection, &nothing, 1, 0) > 0 {}
    case .endless(let head, let more):
      guard send(head, to: connection) else { return }
      while send(more, to: connection) {}
    case .together(let count, let then):
      state.withLock {
        $0.together += 1
        $0.mostTogether = max($0.mostTogether, $0.together)
      }
      _ = wait { $0.requests.count >= count }
      state.withLock { $0.together -= 1 }
      perform(then, on: connection)
    }
  }

  @discardableResult private func send(_ text: String, to connection: Int32) -> Bool {
    var bytes = Array(text.utf8)[...]
    while !bytes.isEmpty {
      let sent = bytes.withUnsafeBytes {
        Glibc.send(connection, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
      }
      guard sent > 0 else { return false }
      bytes = bytes.dropFirst(sent)
    }
    return true
  }

  private func read(_ connection: Int32) -> Request? {
    var bytes: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 65536)
    while true {
      let text = String(decoding: bytes, as: UTF8.self)
      if let end = text.range(of: "\r\n\r\n") {
        let lines = text[..<end.lowerBound].components(separatedBy: "\r\n")
        let body = String(text[end.upperBound...])
        let length = lines.first { $0.lowercased().hasPrefix("content-length:") }
          .flatMap { Int($0.dropFirst(15).trimmingCharacters(in: .whitespaces)) }
        if body.utf8.count >= length ?? 0 {
          return Request(line: lines[0], headers: Array(lines.dropFirst()), body: body)
        }
      }
      let count = recv(connection, &buffer, buffer.count, 0)
      guard count > 0 else { return nil }
      bytes += buffer.prefix(count)
    }
  }
}

extension UnrulyServer.Action {
  package static func answer(
    status: String = "200 OK", type: String = "application/json", extra: String = "",
    _ body: String
  ) -> Self {
    .send(
      "HTTP/1.1 \(status)\r\nContent-Type: \(type)\r\nContent-Length: \(body.utf8.count)\r\n"
        + "\(extra)\r\n\(body)")
  }

  /// An answer with a well-formed reply.
  package static func reply(_ text: String = "yes", finish: String = "stop") -> Self {
    answer(replyBody(text, finish: finish))
  }

  package static func replyBody(_ text: String = "yes", finish: String = "stop") -> String {
    """
    {"choices":[{"message":{"role":"assistant","content":"\(text)"},"finish_reason":"\(finish)",\
    "logprobs":{"content":[{"logprob":-0.5},{"logprob":-1.5}]}}]}
    """
  }
}
