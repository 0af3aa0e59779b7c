import ModelCatalogue
import ModelInterfaces

/// A language model's tokenizer, which is an OpenVINO graph from UTF-8 bytes to tokens.
final class LanguageModelTokenizer: Sendable {
  /// The most bytes per run, unless a single text is longer. The graph's offsets are 32 bits wide.
  static let byteBudget = 1 << 20

  private let graph: CompiledGraph
  /// The tokens that the model expects before every text: `<s>` for Llama models, none for many others.
  let opening: [Int32]

  init(model: InstalledLanguageModel, runtime: OpenVINORuntime) throws(ModelError) {
    try runtime.loadTokenizerOperations()
    graph = try runtime.compile(
      model.graph("tokenizer"), options: GraphOptions(precision: .fp32, streams: 1, threads: 1))
    opening = try Self.run([""], on: graph.request())[0]
  }

  /// The tokens of every text, without the `opening` tokens.
  func tokens(of texts: [String]) throws(ModelError) -> [[Int32]] {
    // Empty texts are left out: where all texts are empty, the graph returns a single row.
    let filled = texts.indices.filter { !texts[$0].isEmpty }
    var tokens = [[Int32]](repeating: [], count: texts.count)
    for (index, row) in zip(filled, try cut(filled.map { texts[$0] })) {
      tokens[index] = row
    }
    return tokens
  }

  private func cut(_ texts: [String]) throws(ModelError) -> [[Int32]] {
    let request = try graph.request()
    var tokens: [[Int32]] = []
    tokens.reserveCapacity(texts.count)
    var start = 0
    while start < texts.count {
      var end = start
      var bytes = 0
      while end < texts.count, end == start || bytes + texts[end].utf8.count <= Self.byteBudget {
        bytes += texts[end].utf8.count
        end += 1
      }
      guard bytes <= Int32.max / 2 else {
        throw ModelError(
          .unusableText, at: "text \(start + 1)", "it has \(bytes) bytes",
          remedy: "split it: a text may have a gigabyte")
      }
      tokens += try Self.run(Array(texts[start..<end]), on: request)
      start = end
    }
    guard !opening.isEmpty else { return tokens }
    return tokens.map { $0.starts(with: opening) ? Array($0.dropFirst(opening.count)) : $0 }
  }

  private static func run(
    _ texts: [String], on request: InferenceRequest
  ) throws(ModelError) -> [[Int32]] {
    var bytes: [UInt8] = []
    var begins: [Int32] = []
    var ends: [Int32] = []
    for text in texts {
      begins.append(Int32(bytes.count))
      bytes += text.utf8
      ends.append(Int32(bytes.count))
    }
    // A tensor needs an address even where it has no elements.
    let size = bytes.count
    if bytes.isEmpty { bytes.append(0) }
    do {
      try begins.withUnsafeBufferPointer { begins in
        try ends.withUnsafeBufferPointer { ends in
          try bytes.withUnsafeBufferPointer { bytes in
            guard let begin = begins.baseAddress, let end = ends.baseAddress,
              let byte = bytes.baseAddress
            else { preconditionFailure("none of the three is empty") }
            try request.run([
              .int32(begin, shape: [texts.count]), .int32(end, shape: [texts.count]),
              .uint8(byte, shape: [size]),
            ])
          }
        }
      }
    } catch let error as ModelError {
      throw error
    } catch {
      preconditionFailure("a request throws nothing else: \(error)")
    }
    let starts = try request.integers(0)
    let stops = try request.integers(1)
    let tokens = try request.integers(2)
    guard starts.count == texts.count, stops.count == texts.count,
      zip(starts, stops).allSatisfy({ $0 >= 0 && $0 <= $1 && Int($1) <= tokens.count })
    else {
      throw ModelError(
        .runtime, at: "tokenizer", "it gave \(starts.count) rows for \(texts.count) texts",
        remedy: "import the model again")
    }
    return zip(starts, stops).map { Array(tokens[Int($0)..<Int($1)]) }
  }
}
