import Foundation
import ModelInterfaces

/// Reads a server's secret key. No message ever shows it, nor a text that may be it.
enum ServerKey {
  /// Reads the key from the place that the settings name; nil if they name none.
  ///
  /// - Throws: `rejected` where there is no usable key.
  static func read(
    _ settings: ServerSettings, in environment: [String: String], for endpoint: Endpoint
  ) throws(GenerationError) -> String? {
    func refused(_ reason: String, _ remedy: String) -> GenerationError {
      GenerationError(.rejected, at: endpoint.base, reason, remedy: remedy)
    }
    let key: String
    if let path = settings.keyFile {
      switch contents(of: path) {
      case .success(let text): key = text
      case .failure(let fault):
        throw refused("the file with the key, \(path.cut), \(fault.reason)", fault.remedy)
      }
    } else if let variable = settings.keyVariable {
      guard let found = environment[variable], !found.isEmpty else {
        throw refused(
          "the environment variable \(variable.cut) has no key",
          "Set it, or name none where the server asks for no key.")
      }
      key = found
    } else {
      return nil
    }
    // A line break in the key would begin another header.
    guard !key.isEmpty, key.utf8.allSatisfy({ (0x21...0x7E).contains($0) }) else {
      throw refused(
        "the key in \(place(settings)) has characters that no key has, such as blanks, or none",
        "Write it again.")
    }
    return key
  }

  /// Where the key comes from, for a message.
  static func place(_ settings: ServerSettings) -> String {
    if let path = settings.keyFile { return "the file \(path.cut)" }
    return "the environment variable \((settings.keyVariable ?? "").cut)"
  }

  private struct Fault: Error {
    let reason: String
    let remedy: String
  }

  /// The text of a file without the white space at its end.
  private static func contents(of path: String) -> Result<String, Fault> {
    // Without O_NONBLOCK a FIFO would block here until somebody writes to it.
    let descriptor = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC)
    guard descriptor >= 0 else {
      return .failure(
        Fault(
          reason: "cannot be read: \(String(cString: strerror(errno)))",
          remedy: "Let the user that emend runs as read it."))
    }
    defer { close(descriptor) }
    var status = stat()
    guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG,
      status.st_size <= longestFile
    else {
      return .failure(
        Fault(
          reason: "is no file of at most \(longestFile) bytes", remedy: "Put only the key into it.")
      )
    }
    guard status.st_mode & S_IROTH == 0 else {
      return .failure(
        Fault(reason: "is readable for everybody", remedy: "Run chmod o-r on it."))
    }
    var bytes = [UInt8](repeating: 0, count: longestFile)
    let count = Foundation.read(descriptor, &bytes, bytes.count)
    let text = String(decoding: bytes.prefix(max(0, count)), as: UTF8.self)
    return .success(text.trimmingCharacters(in: .whitespacesAndNewlines))
  }

  /// In bytes. Keys have less than a hundred; tokens that carry claims have up to two thousand.
  private static let longestFile = 4_096
}
