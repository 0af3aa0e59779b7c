package import ModelCatalogue
package import ModelInterfaces
import COpenVINO
package import Foundation
import Synchronization

/// The opened OpenVINO library. Only this file calls it.
package final class OpenVINORuntime: Sendable {
  /// By its documentation, OpenVINO's core may be used from several threads at once.
  private struct Handle: @unchecked Sendable { let core: OpaquePointer }
  private let handle: Handle
  private let layout: RuntimeLayout
  private let isExtended = Mutex(false)

  /// Opens the library that `layout` names and starts it.
  package init(layout: RuntimeLayout) throws(ModelError) {
    let library = try layout.library()
    guard emend_ov_open(library.path) == 0 else {
      throw ModelError(
        .libraryMissing, at: library.path, "the library cannot be opened: \(Self.lastError)",
        remedy: "run scripts/setup/prepare in emend's source folder")
    }
    var core: OpaquePointer?
    guard emend_ov_core_create(&core) == 0, let core else {
      throw ModelError(
        .runtime, at: library.path, Self.lastError, remedy: "run scripts/setup/prepare again")
    }
    handle = Handle(core: core)
    self.layout = layout
  }

  deinit { emend_ov_core_free(handle.core) }

  /// The library's build number, such as `2026.4.1-22982`.
  package var version: String { String(cString: emend_ov_version()) }

  /// The kinds of arithmetic that the processor has in hardware, by OpenVINO's names (`FP32 INT8 BF16 …`).
  package var capabilities: Set<String> {
    Set(
      property("OPTIMIZATION_CAPABILITIES").split { $0 == " " || $0 == "," }.map(String.init))
  }

  /// The processor's name.
  package var processor: String { property("FULL_DEVICE_NAME") }

  private func property(_ key: String) -> String {
    var value = [CChar](repeating: 0, count: 512)
    guard emend_ov_core_property(handle.core, "CPU", key, &value, value.count) == 0 else {
      return ""
    }
    return String(decoding: value.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
  }

  /// Loads the operations that a language model's tokenizer needs, unless they are loaded already.
  /// Encoders need none of them.
  package func loadTokenizerOperations() throws(ModelError) {
    try isExtended.withLock { isExtended throws(ModelError) in
      guard !isExtended else { return }
      let library = layout.tokenizerLibrary
      let isThere = FileManager.default.isReadableFile(atPath: library.path)
      guard isThere, emend_ov_core_extend(handle.core, library.path) == 0 else {
        throw ModelError(
          .libraryMissing, at: library.path,
          isThere ? "it cannot be loaded: \(Self.lastError)" : "it is missing",
          remedy: "run scripts/setup/prepare in emend's source folder")
      }
      isExtended = true
    }
  }

  /// Returns large freed blocks of memory to the system at once, for the rest of this process. Otherwise
  /// tensors that grow from run to run take much more memory (see `emend_openvino.h`).
  func returnLargeBlocks() { emend_ov_return_large_blocks() }

  /// The source of a graph.
  package enum GraphSource: Sendable {
    case files(xml: URL, weights: URL)
    /// A graph without weights, as text.
    case text(String)
  }

  /// Compiles a graph for this processor.
  package func compile(
    _ source: GraphSource, options: GraphOptions
  ) throws(ModelError) -> CompiledGraph {
    var graph: OpaquePointer?
    let keys = options.properties.map { strdup($0.key) }
    let values = options.properties.map { strdup($0.value) }
    defer { for text in keys + values { free(text) } }
    let keyPointers = keys.map { $0.map { UnsafePointer($0) } }
    let valuePointers = values.map { $0.map { UnsafePointer($0) } }
    let place: String
    let status: Int32
    switch source {
    case .files(let xml, let weights):
      place = xml.path
      status = emend_ov_graph_compile(
        handle.core, xml.path, weights.path, nil, keys.count, keyPointers, valuePointers, &graph)
    case .text(let text):
      place = "graph"
      status = emend_ov_graph_compile(
        handle.core, nil, nil, text, keys.count, keyPointers, valuePointers, &graph)
    }
    guard status == 0, let graph else {
      throw ModelError(
        .runtime, at: place, Self.lastError,
        remedy: "`emend model verify` tells whether the model is intact; if so, report this")
    }
    return CompiledGraph(handle: graph, runtime: self)
  }

  fileprivate static var lastError: String { String(cString: emend_ov_last_error()) }
}

/// How a graph runs.
package struct GraphOptions: Sendable {
  package let precision: Precision
  /// The number of requests that run at once, each on its share of the threads.
  package let streams: Int
  package let threads: Int

  package init(precision: Precision, streams: Int, threads: Int) {
    self.precision = precision
    self.streams = streams
    self.threads = threads
  }

  fileprivate var properties: [(key: String, value: String)] {
    [
      ("INFERENCE_PRECISION_HINT", precision == .bf16 ? "bf16" : "f32"),
      ("NUM_STREAMS", String(streams)),
      ("INFERENCE_NUM_THREADS", String(threads)),
      // Two programs that both pin their threads end up on the same cores.
      ("ENABLE_CPU_PINNING", "NO"),
      // Where weights have four bits, OpenVINO would otherwise round the values that they multiply to
      // eight bits. That is nearly twice as fast and causes the largest error of all: docs/MODELS.md has
      // the figures.
      ("DYNAMIC_QUANTIZATION_GROUP_SIZE", "0"),
    ]
  }
}

/// The arithmetic of a run.
package enum Precision: String, Sendable, CaseIterable {
  case fp32
  case bf16
}

/// A compiled graph.
package final class CompiledGraph: @unchecked Sendable {
  private let handle: OpaquePointer
  // The core must live longer than the graphs that it compiled.
  private let runtime: OpenVINORuntime

  fileprivate init(handle: OpaquePointer, runtime: OpenVINORuntime) {
    self.handle = handle
    self.runtime = runtime
  }

  deinit { emend_ov_graph_free(handle) }

  /// Makes one more request for this graph, for one thread at a time.
  package func request() throws(ModelError) -> InferenceRequest {
    var request: OpaquePointer?
    guard emend_ov_request_create(handle, &request) == 0, let request else {
      throw ModelError(
        .runtime, at: "graph", OpenVINORuntime.lastError, remedy: "report this as a bug")
    }
    return InferenceRequest(handle: request, graph: self)
  }
}

/// Runs a graph with buffers of its own. Only one thread at a time may use it.
package final class InferenceRequest {
  private let handle: OpaquePointer
  private let graph: CompiledGraph

  fileprivate init(handle: OpaquePointer, graph: CompiledGraph) {
    self.handle = handle
    self.graph = graph
  }

  deinit { emend_ov_request_free(handle) }

  /// An input: a shape and the address of the numbers, which the request only reads.
  package enum Input {
    case int32(UnsafePointer<Int32>, shape: [Int])
    case float32(UnsafePointer<Float>, shape: [Int])
    case uint8(UnsafePointer<UInt8>, shape: [Int])

    fileprivate var tensor: emend_ov_tensor {
      var tensor = emend_ov_tensor()
      let dims: [Int]
      switch self {
      case .int32(let data, let shape):
        tensor.element = EMEND_OV_INT32
        tensor.data = UnsafeMutableRawPointer(mutating: data)
        dims = shape
      case .float32(let data, let shape):
        tensor.element = EMEND_OV_FLOAT32
        tensor.data = UnsafeMutableRawPointer(mutating: data)
        dims = shape
      case .uint8(let data, let shape):
        tensor.element = EMEND_OV_UINT8
        tensor.data = UnsafeMutableRawPointer(mutating: data)
        dims = shape
      }
      precondition(dims.count <= 4, "a tensor has at most four dimensions")
      tensor.rank = Int32(dims.count)
      withUnsafeMutableBytes(of: &tensor.dims) { bytes in
        let slots = bytes.bindMemory(to: Int64.self)
        for (slot, size) in dims.enumerated() { slots[slot] = Int64(size) }
      }
      return tensor
    }
  }

  /// Runs the graph and calls `body` with the numbers of its first output, which must be `count` floats.
  /// They are valid only during the call.
  package func run<Result>(
    _ inputs: [Input], count: Int, _ body: (UnsafeBufferPointer<Float>) throws -> Result
  ) throws -> Result {
    try run(inputs)
    return try withFloats(0, count: count, body)
  }

  /// Sets an input, which stays until it is set again. Its memory must stay valid for every run with it.
  func set(_ index: Int, _ input: Input) throws(ModelError) {
    var tensor = input.tensor
    guard emend_ov_request_set(handle, index, &tensor) == 0 else { throw Self.failure() }
  }

  /// Makes an output of `source` an input of this request without copying it. `source` must not run again
  /// before this request has run.
  func feed(_ index: Int, from source: InferenceRequest, output: Int) throws(ModelError) {
    guard emend_ov_request_feed(handle, index, source.handle, output) == 0 else {
      throw Self.failure()
    }
  }

  /// Sets the first inputs and runs the graph. Further inputs stay as they were set before. The memory of
  /// `inputs` has to be valid only during the call.
  func run(_ inputs: [Input]) throws(ModelError) {
    guard emend_ov_request_run(handle, inputs.count, inputs.map(\.tensor)) == 0 else {
      throw Self.failure(remedy: "check that there is enough memory; fewer threads need less")
    }
  }

  /// Calls `body` with an output of the last run, which must be `count` floats. They are valid only
  /// during the call.
  func withFloats<Result>(
    _ output: Int, count: Int, _ body: (UnsafeBufferPointer<Float>) throws -> Result
  ) throws -> Result {
    let tensor = try self.output(output)
    let size = Self.size(of: tensor)
    guard tensor.element == EMEND_OV_FLOAT32, size == count, let data = tensor.data else {
      throw ModelError(
        .runtime, at: "inference", "the graph gave \(size) numbers where \(count) were due",
        remedy: "import the model again")
    }
    return try body(
      UnsafeBufferPointer(start: data.assumingMemoryBound(to: Float.self), count: count))
  }

  /// Copies an output of the last run, which must be whole numbers.
  func integers(_ output: Int) throws(ModelError) -> [Int32] {
    let tensor = try self.output(output)
    let size = Self.size(of: tensor)
    if size == 0 { return [] }
    guard tensor.element == EMEND_OV_INT32, let data = tensor.data else {
      throw ModelError(
        .runtime, at: "inference", "the graph gave no whole numbers",
        remedy: "import the model again")
    }
    return Array(UnsafeBufferPointer(start: data.assumingMemoryBound(to: Int32.self), count: size))
  }

  private func output(_ index: Int) throws(ModelError) -> emend_ov_tensor {
    var tensor = emend_ov_tensor()
    guard emend_ov_request_output(handle, index, &tensor) == 0 else { throw Self.failure() }
    return tensor
  }

  private static func size(of tensor: emend_ov_tensor) -> Int {
    withUnsafeBytes(of: tensor.dims) { bytes in
      Int(bytes.bindMemory(to: Int64.self).prefix(Int(tensor.rank)).reduce(1, *))
    }
  }

  private static func failure(remedy: String = "report this as a bug") -> ModelError {
    ModelError(.runtime, at: "inference", OpenVINORuntime.lastError, remedy: remedy)
  }
}
