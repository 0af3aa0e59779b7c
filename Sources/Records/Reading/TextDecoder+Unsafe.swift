import CJSONC
import Foundation

/// Turns JSON strings and numbers into values. The one user of json-c.
///
/// A tokener and the trees it makes stay on the thread that made them, so this is a class without
/// `Sendable`: one per reader. It is given only what ``LineScanner`` passed, so json-c's leniency
/// decides nothing.
final class TextDecoder {
  private let tokener: UnsafeMutablePointer<json_tokener>

  init() {
    guard let tokener = json_tokener_new() else { fatalError("out of memory") }
    json_tokener_set_flags(tokener, JSON_TOKENER_STRICT | JSON_TOKENER_VALIDATE_UTF8)
    self.tokener = tokener
  }

  deinit { json_tokener_free(tokener) }

  /// The content of a JSON string; `token` includes the quotes. A lone surrogate escape becomes
  /// U+FFFD. `nil` where json-c refuses it, which for scanned text means longer than 2 GB.
  func string(_ token: Span<UInt8>) -> String? {
    guard token.count < Int(Int32.max) else { return nil }
    return token.withUnsafeBufferPointer { bytes in
      json_tokener_reset(tokener)
      let parsed = bytes.withMemoryRebound(to: CChar.self) {
        json_tokener_parse_ex(tokener, $0.baseAddress, Int32($0.count))
      }
      guard json_tokener_get_error(tokener) == json_tokener_success, let parsed else { return nil }
      defer { json_object_put(parsed) }
      guard json_object_get_type(parsed) == json_type_string,
        let content = json_object_get_string(parsed)
      else { return nil }
      // The length is asked for, as the content may hold NUL.
      let length = Int(json_object_get_string_len(parsed))
      return content.withMemoryRebound(to: UInt8.self, capacity: length) {
        String(decoding: UnsafeBufferPointer(start: $0, count: length), as: UTF8.self)
      }
    }
  }

  /// The value of a JSON number; infinite where it is too large.
  ///
  /// strtod and not json-c, which saturates integers at 64 bits. The token must be followed by a
  /// byte that cannot continue a number, as any token inside a list or an object is.
  func number(_ text: Span<UInt8>, at start: Int) -> Double {
    text.withUnsafeBufferPointer { bytes in
      bytes.withMemoryRebound(to: CChar.self) {
        guard let base = $0.baseAddress else { return .nan }
        return strtod(base + start, nil)
      }
    }
  }
}
