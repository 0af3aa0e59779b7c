import CJSONC
import Foundation

/// Turns JSON strings and numbers into values. No other type uses json-c.
///
/// A json-c tokener and its trees must stay on the thread that made them, so this class is not `Sendable`:
/// each parser has one. It only gets texts that `LineScanner` accepted, so the leniency of json-c has no
/// effect.
final class TextDecoder {
  private let tokener: UnsafeMutablePointer<json_tokener>

  init() {
    guard let tokener = json_tokener_new() else { fatalError("out of memory") }
    json_tokener_set_flags(tokener, JSON_TOKENER_STRICT | JSON_TOKENER_VALIDATE_UTF8)
    self.tokener = tokener
  }

  deinit { json_tokener_free(tokener) }

  /// The content of a JSON string. A lone surrogate escape becomes U+FFFD.
  /// - Parameter token: the string with its quotes.
  /// - Returns: `nil` where json-c refuses the string, which for scanned text means that it is longer than
  ///   2 GB.
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
      // The content may contain NUL, so its length has to be asked for.
      let length = Int(json_object_get_string_len(parsed))
      return content.withMemoryRebound(to: UInt8.self, capacity: length) {
        String(decoding: UnsafeBufferPointer(start: $0, count: length), as: UTF8.self)
      }
    }
  }

  /// The value of the JSON number at `start`; infinite where it is too large.
  ///
  /// It uses strtod, because json-c limits integers to 64 bits. The byte after the number must be one that
  /// cannot continue a number, which is so for every number inside a list or an object.
  func number(_ text: Span<UInt8>, at start: Int) -> Double {
    text.withUnsafeBufferPointer { bytes in
      bytes.withMemoryRebound(to: CChar.self) {
        guard let base = $0.baseAddress else { return .nan }
        return strtod(base + start, nil)
      }
    }
  }
}
