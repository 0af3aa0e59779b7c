import Foundation

/// Decides which requests are answered.
///
/// Other users of the machine can reach the port, and so can every page that is open in the user's browser. They
/// do not know the token. A page elsewhere that has a name of its own for 127.0.0.1 is told by the host that it
/// asks; one that sends forms or scripts' requests is told by their origin, and by the token's header, which no
/// page may send to another site unasked.
struct RequestGuard {
  struct Head {
    let method: String
    /// The path as it was sent.
    let path: String
    let header: (String) -> String?
  }

  enum Admission {
    case asset(Asset)
    case call(ReviewCall)
  }

  enum Refusal: Error, Equatable {
    case wrongHost, wrongOrigin, noToken, unknownPath, wrongMethod, wrongType, tooLong, malformed

    var status: Int {
      switch self {
      case .wrongHost, .wrongOrigin, .noToken: 403
      case .unknownPath: 404
      case .wrongMethod: 405
      case .wrongType: 415
      case .tooLong: 413
      case .malformed: 400
      }
    }

    var sentence: String {
      switch self {
      case .wrongHost: "This page is at 127.0.0.1 alone."
      case .wrongOrigin: "Other pages may not ask this one."
      case .noToken: "Open the address that emend review has printed."
      case .unknownPath: "There is no such page."
      case .wrongMethod: "This method is not allowed here."
      case .wrongType: "Send JSON with its length."
      case .tooLong: "The request is too long."
      case .malformed: "The request cannot be understood."
      }
    }
  }

  static let tokenHeader = "X-Emend-Token"

  /// The headers of every response.
  static let headers = [
    (
      "Content-Security-Policy",
      "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src data:; "
        + "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    ),
    ("Cache-Control", "no-store"), ("Cross-Origin-Opener-Policy", "same-origin"),
    ("Cross-Origin-Resource-Policy", "same-origin"), ("Referrer-Policy", "no-referrer"),
    ("X-Content-Type-Options", "nosniff"), ("X-Frame-Options", "DENY"),
  ]

  static func phrase(of status: Int) -> String {
    switch status {
    case 200: "OK"
    case 400: "Bad Request"
    case 403: "Forbidden"
    case 404: "Not Found"
    case 405: "Method Not Allowed"
    case 409: "Conflict"
    case 413: "Content Too Large"
    case 415: "Unsupported Media Type"
    default: "Internal Server Error"
    }
  }

  let token: AccessToken
  let port: UInt16

  func admit(_ head: Head) -> Result<Admission, Refusal> {
    guard let host = head.header("Host")?.lowercased(),
      ["127.0.0.1", "localhost", "[::1]"].contains(where: { host == "\($0):\(port)" })
    else { return .failure(.wrongHost) }
    if let origin = head.header("Origin"), origin.lowercased() != "http://\(host)" {
      return .failure(.wrongOrigin)
    }
    // A link in another program ("none") is how the page is opened.
    if let site = head.header("Sec-Fetch-Site"), site != "same-origin", site != "none",
      head.method != "GET"
    {
      return .failure(.wrongOrigin)
    }
    let parts = head.path.split(separator: "/", maxSplits: 2, omittingEmptySubsequences: false)
    guard parts.count == 3, parts[0].isEmpty, token.isEqual(to: parts[1]) else {
      return .failure(.noToken)
    }
    if let asset = Asset.all[String(parts[2])] {
      return head.method == "GET" ? .success(.asset(asset)) : .failure(.wrongMethod)
    }
    guard parts[2].hasPrefix("api/"), let call = ReviewCall(rawValue: String(parts[2].dropFirst(4)))
    else { return .failure(.unknownPath) }
    guard head.method == "POST" else { return .failure(.wrongMethod) }
    guard let sent = head.header(Self.tokenHeader), token.isEqual(to: sent) else {
      return .failure(.noToken)
    }
    let type = head.header("Content-Type")?.lowercased()
      .split(separator: ";").first.map { $0.trimmingCharacters(in: .whitespaces) }
    guard type == "application/json", head.header("Transfer-Encoding") == nil,
      let length = head.header("Content-Length").flatMap({ Int($0) })
    else { return .failure(.wrongType) }
    return length <= ReviewServer.longestBody ? .success(.call(call)) : .failure(.tooLong)
  }
}

/// A file of the page.
struct Asset {
  let type: String
  let bytes: Data

  /// By the path behind the token.
  static let all = [
    "": Asset(type: "text/html; charset=utf-8", bytes: Data(PackageResources.page_html)),
    "page.css": Asset(type: "text/css; charset=utf-8", bytes: Data(PackageResources.page_css)),
    "page.js": Asset(
      type: "text/javascript; charset=utf-8", bytes: Data(PackageResources.page_js)),
  ]
}
