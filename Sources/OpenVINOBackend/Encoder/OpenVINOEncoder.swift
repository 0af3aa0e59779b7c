package import ModelCatalogue
package import ModelInterfaces
package import Tokenizers
import Foundation
import Synchronization
import Vectors
import Concurrency

extension Precision {
  /// The arithmetic that a user's choice means on this processor: `auto` is bfloat16 where the processor
  /// has it, and single precision otherwise.
  /// - Throws: `ModelError` of kind `runtime` for `bf16` on a processor without it.
  init(_ choice: PrecisionChoice, on runtime: OpenVINORuntime) throws(ModelError) {
    let hasBrainFloat = runtime.capabilities.contains("BF16")
    switch choice {
    case .auto: self = hasBrainFloat ? .bf16 : .fp32
    case .fp32: self = .fp32
    case .bf16:
      guard hasBrainFloat else {
        throw ModelError(
          .runtime, at: "precision", "this processor has no bfloat16 arithmetic",
          remedy: "use auto or fp32")
      }
      self = .bf16
    }
  }
}

/// A sentence encoder that OpenVINO runs on the processor.
///
/// A text's vector depends on that text alone: only texts of the same length run together, without
/// padding, and OpenVINO's kernels give the same bytes whatever the number of rows and threads (a test
/// checks this). The graph is loaded when the first texts have to be encoded, at the same time as those
/// texts are turned into tokens.
package final class OpenVINOEncoder: Encoder {
  /// The most tokens per run. With fewer the products are too small for full speed; with more they do not
  /// fit into the processor's caches.
  static let tokenBudget = 4096

  package let dimension: Int
  package let identity: String
  package let model: InstalledModel
  package let precision: Precision
  package let tokenizer: WordPieceTokenizer
  private let runtime: OpenVINORuntime
  private let threads: Int
  private let streams: Int
  private let compiled = Mutex<CompiledGraph?>(nil)

  /// Opens a model; its graph is loaded when the first text needs it.
  /// - Parameters:
  ///   - threads: the number of threads to compute on, at least one.
  ///   - streams: the number of batches that run side by side, each on its share of the threads. By
  ///     default there are as many as threads: threads that never wait for each other encode 5 to 8 %
  ///     more.
  package init(
    model: InstalledModel, runtime: OpenVINORuntime, precision choice: PrecisionChoice = .auto,
    threads: Int, streams: Int? = nil
  ) throws(ModelError) {
    precondition(threads > 0, "an encoder needs a thread")
    self.model = model
    self.runtime = runtime
    self.threads = threads
    self.streams = min(threads, streams ?? threads)
    dimension = model.manifest.dimension
    precision = try Precision(choice, on: runtime)
    tokenizer = try WordPieceTokenizer(
      vocabularyFile: model.vocabularyFile, settings: model.manifest.tokenizer,
      maximumTokens: model.manifest.maximumTokens)
    identity = [
      model.name, model.manifest.fingerprint, precision.rawValue,
      "openvino-\(runtime.version)", InstructionSet.name,
    ].joined(separator: "|")
  }

  package func encode(
    _ texts: [String], progress: (@Sendable (Int) -> Void)?
  ) throws -> Encoding {
    guard !texts.isEmpty else {
      return Encoding(
        embeddings: Matrix(rows: 0, columns: dimension), truncated: [], encodedCount: 0)
    }
    let graph = GraphLoad { try self.graph() }
    let tokens = try tokenise(texts)
    let embeddings = try run(tokens, on: try graph.wait(), progress: progress)
    return Encoding(
      embeddings: embeddings, truncated: tokens.map(\.truncated), encodedCount: texts.count)
  }

  package func tokenCounts(of texts: [String]) throws -> [TokenCount]? {
    var counts = [TokenCount](repeating: TokenCount(all: 0, unknown: 0), count: texts.count)
    let doubtful = texts.indices.filter { tokenizer.mayHaveUnknownTokens(texts[$0]) }
    for (text, tokens) in zip(doubtful, try tokenise(doubtful.map { texts[$0] })) {
      counts[text] = tokenizer.count(tokens)
    }
    return counts
  }

  /// Closes the graph, which has some hundred megabytes with what it computes in.
  package func releaseMemory() { compiled.withLock { $0 = nil } }

  /// Turns every text into tokens, on several threads.
  package func tokenise(_ texts: [String]) throws -> [WordPieceTokenizer.Tokens] {
    let workers = min(threads, max(1, texts.count / 256))
    let parts = Mutex([[WordPieceTokenizer.Tokens]](repeating: [], count: workers))
    let tokenizer = tokenizer
    try onThreads(workers) { worker in
      let range = texts.count * worker / workers..<texts.count * (worker + 1) / workers
      let part = texts[range].map { tokenizer.encode($0) }
      parts.withLock { $0[worker] = part }
    }
    return parts.withLock { $0.flatMap(\.self) }
  }

  /// Encodes texts that were turned into tokens before.
  func run(
    _ tokens: [WordPieceTokenizer.Tokens], on graph: CompiledGraph,
    progress: (@Sendable (Int) -> Void)?
  ) throws -> Matrix {
    let batches = TokenBatch.plan(
      lengths: tokens.map(\.identifiers.count), tokenBudget: Self.tokenBudget)
    var embeddings = Matrix(rows: tokens.count, columns: dimension)
    let dimension = dimension
    let queue = Mutex((next: 0, done: 0))
    try embeddings.storage.withUnsafeMutableBufferPointer { buffer in
      guard let base = buffer.baseAddress else { return }
      let target = SharedBuffer(base)
      try onThreads(min(streams, batches.count)) { _ in
        let request = try graph.request()
        var areFinite = true
        while let batch = queue.withLock({ state -> TokenBatch? in
          guard state.next < batches.count else { return nil }
          state.next += 1
          return batches[state.next - 1]
        }) {
          var ids: [Int32] = []
          ids.reserveCapacity(batch.rows.count * batch.length)
          for row in batch.rows { ids += tokens[Int(row)].identifiers }
          try ids.withUnsafeBufferPointer { ids in
            guard let idBase = ids.baseAddress else { return }
            try request.run(
              [.int32(idBase, shape: [batch.rows.count, batch.length])],
              count: batch.rows.count * dimension
            ) { output in
              for (slot, row) in batch.rows.enumerated() {
                areFinite =
                  normalise(
                    output[slot * dimension..<(slot + 1) * dimension],
                    into: target.base + Int(row) * dimension) && areFinite
              }
            }
          }
          guard areFinite else {
            throw ModelError(
              .modelDamaged, at: self.model.directory.path,
              "it computes vectors that are not finite numbers",
              remedy: "import the model again; where it is whole, choose precision: fp32 in rules")
          }
          let done = queue.withLock { state in
            state.done += batch.rows.count
            return state.done
          }
          progress?(done)
        }
      }
    }
    return embeddings
  }

  private func graph() throws(ModelError) -> CompiledGraph {
    let known = compiled.withLock { $0 }
    if let known { return known }
    let graph = try runtime.compile(
      .files(xml: model.graphFile, weights: model.weightsFile),
      options: GraphOptions(precision: precision, streams: streams, threads: threads))
    compiled.withLock { $0 = graph }
    return graph
  }
}

/// Scales one row to unit length; a row of zeros stays as it is.
/// - Returns: whether all numbers are finite.
private func normalise(
  _ row: Slice<UnsafeBufferPointer<Float>>, into target: UnsafeMutablePointer<Float>
) -> Bool {
  var squares = 0.0
  for value in row { squares += Double(value) * Double(value) }
  let scale = squares > 0 ? 1 / squares.squareRoot() : 0
  for (offset, value) in row.enumerated() { target[offset] = Float(Double(value) * scale) }
  return squares.isFinite
}

/// Loads a graph on a thread of its own while the caller does something else.
private final class GraphLoad: Sendable {
  private let result = Mutex<Result<CompiledGraph, any Error>?>(nil)
  private let ready = DispatchSemaphore(value: 0)

  init(_ load: @escaping @Sendable () throws -> CompiledGraph) {
    let thread = Thread { [self] in
      let outcome = Result { try load() }
      result.withLock { $0 = outcome }
      ready.signal()
    }
    thread.stackSize = 16 << 20
    thread.start()
  }

  /// Waits for the graph. May be called only once.
  func wait() throws -> CompiledGraph {
    ready.wait()
    guard let outcome = result.withLock({ $0 }) else {
      preconditionFailure("a load signals after it has stored its result")
    }
    return try outcome.get()
  }
}
