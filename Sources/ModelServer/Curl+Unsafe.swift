import CCurl
package import Foundation
package import ModelInterfaces

/// Wraps libcurl; only this file uses its pointers.
package enum Curl {
  /// The parts of an address, as libcurl parses it.
  struct Address {
    let scheme: String
    /// Without the brackets of an IPv6 address.
    let host: String
    let port: String
    let path: String
    /// Whether the address has other parts: a user, a password, a query, a fragment or a zone.
    let hasMore: Bool
  }

  /// The addresses to which a host name resolves.
  struct Resolution {
    /// Numeric addresses, separated by commas.
    let addresses: String
    /// Whether all of them are loopback addresses.
    let isLoopback: Bool
  }

  struct ResolutionFailure: Error {
    let reason: String
  }

  package struct Request {
    let url: String
    /// One `Name: value` per header.
    let headers: [String]
    /// The body of a POST request; nil for a GET request.
    let body: Data?
    /// `host:port:addresses`, which libcurl uses instead of resolving the host; nil to resolve it.
    let pin: String?
    /// Whether libcurl opens no connection to another machine.
    let isLoopbackOnly: Bool
    let connectTimeout: Duration
    let timeout: Duration
    let bodyLimit: Int
    let headerLimit: Int

    package init(
      url: String, headers: [String], body: Data?, pin: String?, isLoopbackOnly: Bool,
      connectTimeout: Duration, timeout: Duration, bodyLimit: Int, headerLimit: Int
    ) {
      self.url = url
      self.headers = headers
      self.body = body
      self.pin = pin
      self.isLoopbackOnly = isLoopbackOnly
      self.connectTimeout = connectTimeout
      self.timeout = timeout
      self.bodyLimit = bodyLimit
      self.headerLimit = headerLimit
    }
  }

  package enum Outcome: Sendable {
    case answered, unreachable, timedOut, tooLarge
    /// The connection ended early, or the answer is not HTTP.
    case broken

    fileprivate init(_ outcome: emend_http_outcome) {
      switch outcome {
      case EMEND_HTTP_ANSWERED: self = .answered
      case EMEND_HTTP_UNREACHABLE: self = .unreachable
      case EMEND_HTTP_TIMED_OUT: self = .timedOut
      case EMEND_HTTP_TOO_LARGE: self = .tooLarge
      default: self = .broken
      }
    }
  }

  package struct Answer {
    package let outcome: Outcome
    /// Why there was no answer.
    package let reason: String
    let status: Int
    /// The wait that the server asks for with `Retry-After`; nil if it asks for none.
    let retryAfter: Duration?
    let contentType: String
    /// The target of a redirect, which is not followed.
    let location: String
    let body: Data
  }

  /// Bytes for one error message of the system.
  private static let reasonLength = 512

  /// Opens the library; callers may call it several times, from any thread.
  package static func open() throws(GenerationError) {
    var reason = [CChar](repeating: 0, count: reasonLength)
    guard emend_curl_open(&reason, reason.count) == 0 else {
      throw GenerationError(
        .failed, at: "libcurl", "the library cannot be opened: \(text(of: reason))",
        remedy: "apt-get install libcurl4")
    }
  }

  /// Parses an address; nil if the library cannot parse it.
  static func parse(_ text: String) -> Address? {
    var url = emend_url()
    // A NUL would end the C text early, so that the checked address would not be the requested one.
    guard !text.utf8.contains(0), emend_url_parse(text, &url) == 0 else { return nil }
    return Address(
      scheme: self.text(of: &url.scheme), host: self.text(of: &url.host),
      port: self.text(of: &url.port), path: self.text(of: &url.path), hasMore: url.has_more != 0)
  }

  /// Resolves a host name with the system's resolver.
  static func resolve(_ host: String) throws(ResolutionFailure) -> Resolution {
    var resolution = emend_resolution()
    var reason = [CChar](repeating: 0, count: reasonLength)
    guard emend_resolve(host, &resolution, &reason, reason.count) == 0 else {
      throw ResolutionFailure(reason: text(of: reason))
    }
    return Resolution(
      addresses: text(of: &resolution.addresses), isLoopback: resolution.is_loopback != 0)
  }

  /// Sends one request and waits for the answer on this thread. The library must be open.
  package static func ask(_ request: Request) -> Answer {
    let headers = request.headers.map { strdup($0) }
    let url = strdup(request.url)
    let pin = request.pin.map { strdup($0) } ?? nil
    defer { for text in headers + [url, pin] { free(text) } }
    let headerPointers = headers.map { $0.map { UnsafePointer($0) } }
    var answer = emend_http_answer()
    headerPointers.withUnsafeBufferPointer { headers in
      (request.body ?? Data()).withUnsafeBytes { body in
        var raw = emend_http_request()
        raw.url = url.map { UnsafePointer($0) }
        raw.headers = headers.baseAddress
        raw.header_count = headers.count
        raw.body = request.body == nil ? nil : body.baseAddress
        raw.body_count = body.count
        raw.pin = pin.map { UnsafePointer($0) }
        raw.loopback_only = request.isLoopbackOnly ? 1 : 0
        raw.connect_timeout_ms = milliseconds(request.connectTimeout)
        raw.timeout_ms = milliseconds(request.timeout)
        raw.body_limit = request.bodyLimit
        raw.header_limit = request.headerLimit
        emend_http_ask(&raw, &answer)
      }
    }
    defer { emend_http_answer_free(&answer) }
    return Answer(
      outcome: Outcome(answer.outcome), reason: text(of: &answer.reason),
      status: Int(answer.status),
      retryAfter: answer.retry_after_seconds > 0 ? .seconds(answer.retry_after_seconds) : nil,
      contentType: text(of: &answer.content_type), location: text(of: &answer.location),
      body: answer.body.map { Data(bytes: $0, count: answer.body_count) } ?? Data())
  }

  /// A duration in milliseconds, at least 1, because libcurl takes 0 for no limit.
  private static func milliseconds(_ duration: Duration) -> Int {
    let whole = (duration / .milliseconds(1)).rounded(.up)
    return Int(min(max(whole, 1), 1e9))
  }

  private static func text(of characters: [CChar]) -> String {
    String(decoding: characters.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
  }

  /// The text in a C array, which Swift imports as a tuple.
  private static func text<Characters>(of characters: inout Characters) -> String {
    withUnsafeBytes(of: &characters) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
  }
}
