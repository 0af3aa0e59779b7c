import ModelInterfaces

/// A checked server address: http or https, and on this machine unless other machines are allowed.
struct Endpoint: Sendable {
  /// The address without a slash at its end.
  let base: String
  /// `host:port:addresses` for libcurl: the addresses to which the name resolved when it was checked.
  /// Later changes in name resolution have no effect. Nil if other machines are allowed, because then
  /// the name may resolve to a new address, and for a numeric IPv6 address, which is not resolved and
  /// which libcurl does not accept here.
  let pin: String?
  let allowsRemote: Bool

  /// Checks an address and resolves its host name.
  ///
  /// - Throws: `rejected` for an address that is not allowed, `unreachable` if the name cannot be
  ///   resolved, `failed` if libcurl cannot be opened.
  init(_ text: String, allowsRemote: Bool) throws(GenerationError) {
    try Curl.open()
    guard let url = Curl.parse(text), ["http", "https"].contains(url.scheme) else {
      throw GenerationError(
        .rejected, at: text.cut, "this is no http or https address",
        remedy: "Write one such as http://127.0.0.1:8080/v1.")
    }
    guard !url.hasMore else {
      // The message does not show the other parts, because one of them may be a password.
      throw GenerationError(
        .rejected, at: "\(url.scheme)://\(url.host)",
        "the address has a user, a password, a query, a fragment or a zone",
        remedy: "Write host, port and path only; a key belongs in an environment variable.")
    }
    self.allowsRemote = allowsRemote
    let host = url.host.contains(":") ? "[\(url.host)]" : url.host
    var path = url.path
    while path.hasSuffix("/") { path.removeLast() }
    base = "\(url.scheme)://\(host):\(url.port)\(path)"
    guard !allowsRemote else {
      pin = nil
      return
    }
    let resolution: Curl.Resolution
    do { resolution = try Curl.resolve(url.host) } catch {
      throw GenerationError(
        .unreachable, at: base, "the name cannot be resolved: \(error.reason)",
        remedy: "Write 127.0.0.1 where the server is on this machine.")
    }
    guard resolution.isLoopback else {
      throw GenerationError(
        .rejected, at: base,
        "this is not only this machine (\(resolution.addresses.cut)), and texts would leave it",
        remedy: "Write 127.0.0.1 where the server is on this machine, or allow a remote one.")
    }
    pin = url.host.contains(":") ? nil : "\(host):\(url.port):\(resolution.addresses)"
  }
}

extension String {
  /// The beginning of the text, on one line and without control characters. The text comes from outside
  /// the program, and a terminal would obey control characters in it.
  var cut: String {
    let line = String(
      String.UnicodeScalarView(
        unicodeScalars.prefix(Self.cutLength * 2).map {
          switch $0.properties.generalCategory {
          case .control, .format, .lineSeparator, .paragraphSeparator: " "
          default: $0
          }
        })
    ).split(separator: " ").joined(separator: " ")
    return line.count > Self.cutLength ? line.prefix(Self.cutLength) + "…" : line
  }

  /// In characters; about three lines of a terminal.
  private static let cutLength = 240
}
