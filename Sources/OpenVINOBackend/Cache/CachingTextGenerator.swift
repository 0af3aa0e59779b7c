package import Foundation
package import ModelInterfaces

/// A text generator that keeps its replies on disk, by model and conversation. An interrupted run
/// asks again only what was being asked when it stopped, and a second run asks the model nothing. Failures are not
/// kept.
package struct CachingTextGenerator: TextGenerator {
  private let generator: any TextGenerator
  private let cache: ResultCache

  /// - Parameter directory: the cache's folder; made where it is missing.
  package init(wrapping generator: any TextGenerator, directory: URL) {
    self.generator = generator
    cache = ResultCache(directory: directory, identity: generator.identity)
  }

  package var identity: String { generator.identity }
  package var concurrency: Int { generator.concurrency }

  package func reply(to conversation: Conversation) throws(GenerationError) -> Reply {
    let request = Self.request(conversation)
    if let known = cache.value(for: request), let reply = Self.reply(in: known) { return reply }
    let reply = try generator.reply(to: conversation)
    cache.store(Self.data(reply), for: request)
    // A reply takes a model seconds and a server money, so it is on disk before the next one is asked for.
    cache.flush()
    return reply
  }

  private static func request(_ conversation: Conversation) -> Data {
    var request = CacheRequest("reply 2 \(conversation.maximumTokens)")
    request.append(conversation.system, mark: 0)
    request.append(conversation.user, mark: 1)
    return request.bytes
  }

  /// A reply as bytes: the mean log-probability (8 bytes; NaN where there is none), a byte with one bit for
  /// whether the reply was cut and one for whether numbers of tokens follow (4 bytes each, of prompt and
  /// reply), and the text.
  private static func data(_ reply: Reply) -> Data {
    var data = Data()
    let bits = (reply.meanLogProbability ?? .nan).bitPattern
    withUnsafeBytes(of: bits.littleEndian) { data.append(contentsOf: $0) }
    data.append((reply.wasCut ? cutBit : 0) | (reply.usage == nil ? 0 : usageBit))
    if let usage = reply.usage {
      for count in [usage.prompt, usage.reply] {
        withUnsafeBytes(of: UInt32(clamping: count).littleEndian) { data.append(contentsOf: $0) }
      }
    }
    data.append(contentsOf: reply.text.utf8)
    return data
  }

  /// The reply in a cached value; nil where the value has another layout.
  private static func reply(in data: Data) -> Reply? {
    guard data.count >= headerBytes else { return nil }
    let bits = data.prefix(8).enumerated().reduce(UInt64(0)) {
      $0 | UInt64($1.element) << (8 * UInt64($1.offset))
    }
    let marks = data[data.startIndex + 8]
    var rest = data.dropFirst(headerBytes)
    var usage: TokenUsage?
    if marks & usageBit != 0 {
      guard rest.count >= usageBytes else { return nil }
      let counts = rest.prefix(usageBytes).enumerated().reduce(UInt64(0)) {
        $0 | UInt64($1.element) << (8 * UInt64($1.offset))
      }
      usage = TokenUsage(
        prompt: Int(UInt32(truncatingIfNeeded: counts)), reply: Int(counts >> 32))
      rest = rest.dropFirst(usageBytes)
    }
    guard let text = String(validating: rest, as: UTF8.self) else { return nil }
    let probability = Double(bitPattern: bits)
    return Reply(
      text: text, meanLogProbability: probability.isNaN ? nil : probability,
      wasCut: marks & cutBit != 0, usage: usage)
  }

  private static let headerBytes = 9
  private static let usageBytes = 8
  private static let cutBit: UInt8 = 1
  private static let usageBit: UInt8 = 2
}
