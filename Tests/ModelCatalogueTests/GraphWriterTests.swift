import Foundation
import Testing

@testable import ModelCatalogue

#if canImport(FoundationXML)
  import FoundationXML
#endif

/// A graph as its XML describes it.
private final class ParsedGraph: NSObject, XMLParserDelegate {
  struct Port: Equatable {
    let id: Int
    let precision: String
    let name: String?
    var sizes: [String] = []
  }

  struct Layer {
    let name: String
    let type: String
    let version: String
    var data: [String: String] = [:]
    var inputs: [Port] = []
    var outputs: [Port] = []
  }

  struct Edge: Hashable {
    let from: [Int]
    let to: [Int]
  }

  private(set) var attributes: [String: String] = [:]
  /// The layers in the order of their numbers, which count from 0.
  private(set) var layers: [Layer] = []
  private(set) var edges: [Edge] = []
  private var path: [String] = []

  /// - Throws: where the text is not well-formed XML.
  init(_ xml: String) throws {
    super.init()
    let parser = XMLParser(data: Data(xml.utf8))
    parser.delegate = self
    guard parser.parse() else { throw parser.parserError ?? CocoaError(.fileReadCorruptFile) }
  }

  func parser(
    _ parser: XMLParser, didStartElement element: String, namespaceURI: String?,
    qualifiedName: String?, attributes: [String: String]
  ) {
    path.append(element)
    func number(_ key: String) -> Int { attributes[key].flatMap { Int($0) } ?? -1 }
    switch path.joined(separator: "/") {
    case "net": self.attributes = attributes
    case "net/layers/layer":
      #expect(number("id") == layers.count, "layers are numbered in order")
      layers.append(
        Layer(
          name: attributes["name"] ?? "", type: attributes["type"] ?? "",
          version: attributes["version"] ?? ""))
    case "net/layers/layer/data": layers[layers.count - 1].data = attributes
    case "net/layers/layer/input/port", "net/layers/layer/output/port":
      let port = Port(
        id: number("id"), precision: attributes["precision"] ?? "", name: attributes["names"])
      if path[3] == "input" {
        layers[layers.count - 1].inputs.append(port)
      } else {
        layers[layers.count - 1].outputs.append(port)
      }
    case "net/edges/edge":
      edges.append(
        Edge(
          from: [number("from-layer"), number("from-port")],
          to: [number("to-layer"), number("to-port")]))
    case "net/layers", "net/layers/layer/input", "net/layers/layer/output", "net/edges",
      "net/layers/layer/output/port/dim":
      break
    default: Issue.record("unexpected element \(path)")
    }
  }

  func parser(
    _ parser: XMLParser, didEndElement element: String, namespaceURI: String?,
    qualifiedName: String?
  ) {
    path.removeLast()
  }

  func parser(_ parser: XMLParser, foundCharacters text: String) {
    guard path.last == "dim" else { return }
    let layer = layers.count - 1
    layers[layer].outputs[layers[layer].outputs.count - 1].sizes.append(text)
  }

  /// The layer whose output reaches the given input of a layer.
  func source(of layer: Int, input: Int) -> Layer? {
    edges.first { $0.to == [layer, input] }.map { layers[$0.from[0]] }
  }

  /// Expects one edge to every input of every layer, from an output that exists and has the same
  /// precision. Layers come after those that they read.
  func expectIsWhole() {
    #expect(Set(edges.map(\.to)).count == edges.count, "no input is reached twice")
    var inputs = 0
    for (number, layer) in layers.enumerated() {
      // Inputs are numbered from 0, and outputs after them.
      #expect(layer.inputs.map(\.id) == Array(0..<layer.inputs.count))
      #expect(layer.outputs.map(\.id).first ?? layer.inputs.count == layer.inputs.count)
      inputs += layer.inputs.count
      for input in layer.inputs {
        guard let edge = edges.first(where: { $0.to == [number, input.id] }) else {
          Issue.record("input \(input.id) of layer \(number) has no edge")
          continue
        }
        #expect(edge.from[0] < number)
        let output = layers[edge.from[0]].outputs.first { $0.id == edge.from[1] }
        #expect(output?.precision == input.precision, "\(layer.name), input \(input.id)")
      }
    }
    #expect(edges.count == inputs)
    #expect(Set(layers.map(\.name)).count == layers.count, "no two layers have the same name")
  }
}

@Suite("Graph writer") struct GraphWriterTests {
  /// The numbers of a constant, from the binary file.
  private func floats(_ layer: ParsedGraph.Layer, in weights: Data) -> [Float] {
    let offset = layer.data["offset"].flatMap { Int($0) } ?? 0
    let size = layer.data["size"].flatMap { Int($0) } ?? 0
    return weights.withUnsafeBytes { bytes in
      stride(from: offset, to: offset + size, by: 4).map {
        Float(
          bitPattern: UInt32(littleEndian: bytes.loadUnaligned(fromByteOffset: $0, as: UInt32.self))
        )
      }
    }
  }

  private func integers(_ layer: ParsedGraph.Layer, in weights: Data) -> [Int64] {
    let offset = layer.data["offset"].flatMap { Int($0) } ?? 0
    let size = layer.data["size"].flatMap { Int($0) } ?? 0
    return weights.withUnsafeBytes { bytes in
      stride(from: offset, to: offset + size, by: 8).map {
        Int64(littleEndian: bytes.loadUnaligned(fromByteOffset: $0, as: Int64.self))
      }
    }
  }

  @Test("an empty graph is well-formed and names itself")
  func empty() throws {
    let writer = GraphWriter(name: "nothing")
    let graph = try ParsedGraph(writer.xml)
    #expect(graph.attributes == ["name": "nothing", "version": "11"])
    #expect(graph.layers.isEmpty)
    #expect(graph.edges.isEmpty)
    #expect(writer.weights.isEmpty)
  }

  @Test("layers, ports and edges of a sum that is multiplied")
  func layersAndEdges() throws {
    var writer = GraphWriter(name: "small")
    let input = writer.parameter("ids", .f32, shape: "?,2")
    let shift = writer.constant(floats: [1, 2], shape: [1, 2])
    let sum = writer.add(input, shift)
    writer.result(writer.multiply(sum, sum))
    let graph = try ParsedGraph(writer.xml)
    graph.expectIsWhole()
    #expect(graph.layers.map(\.type) == ["Parameter", "Const", "Add", "Multiply", "Result"])
    #expect(graph.layers.map(\.name) == ["ids", "Const_1", "Add_2", "Multiply_3", "Result_4"])
    #expect(graph.layers.allSatisfy { $0.version == "opset1" })
    #expect(graph.layers[0].data == ["shape": "?,2", "element_type": "f32"])
    #expect(graph.layers[0].outputs == [ParsedGraph.Port(id: 0, precision: "FP32", name: "ids")])
    #expect(graph.layers[2].data == ["auto_broadcast": "numpy"])
    #expect(graph.layers[2].outputs.map(\.id) == [2])
    #expect(
      graph.edges == [
        ParsedGraph.Edge(from: [0, 0], to: [2, 0]), ParsedGraph.Edge(from: [1, 0], to: [2, 1]),
        ParsedGraph.Edge(from: [2, 2], to: [3, 0]), ParsedGraph.Edge(from: [2, 2], to: [3, 1]),
        ParsedGraph.Edge(from: [3, 2], to: [4, 0]),
      ])
    #expect(graph.layers[4].outputs.isEmpty)
  }

  @Test("each constant starts at a multiple of 64 bytes and has its own size")
  func offsets() throws {
    var writer = GraphWriter(name: "constants")
    _ = writer.constant(floats: [1, 2, 3], shape: [3])
    _ = writer.constant(floats: [Float](repeating: 4, count: 16), shape: [4, 4])
    _ = writer.constant(integers: [5])
    _ = writer.constant(integers: [-1, 7], shape: [2, 1])
    _ = writer.constant(integers: [0], shape: [])
    let graph = try ParsedGraph(writer.xml)
    // 12 bytes are padded to 64; 64 bytes need no padding.
    #expect(graph.layers.map { $0.data["offset"] } == ["0", "64", "128", "192", "256"])
    #expect(graph.layers.map { $0.data["size"] } == ["12", "64", "8", "16", "8"])
    #expect(graph.layers.map { $0.data["shape"] } == ["3", "4,4", "1", "2,1", ""])
    #expect(graph.layers.map { $0.data["element_type"] } == ["f32", "f32", "i64", "i64", "i64"])
    #expect(graph.layers.map { $0.outputs[0].precision } == ["FP32", "FP32", "I64", "I64", "I64"])
    #expect(
      graph.layers.map { $0.outputs[0].sizes } == [["3"], ["4", "4"], ["1"], ["2", "1"], []])
    #expect(writer.weights.count == 264)
    #expect(floats(graph.layers[0], in: writer.weights) == [1, 2, 3])
    #expect(floats(graph.layers[1], in: writer.weights) == [Float](repeating: 4, count: 16))
    #expect(integers(graph.layers[2], in: writer.weights) == [5])
    #expect(integers(graph.layers[3], in: writer.weights) == [-1, 7])
    #expect(writer.weights[12..<64].allSatisfy { $0 == 0 })
  }

  @Test("operations bring the constants and attributes that OpenVINO needs")
  func operations() throws {
    var writer = GraphWriter(name: "operations")
    let ids = writer.parameter("ids", .i32, shape: "?,?")
    let table = writer.constant(floats: [1, 2, 3, 4], shape: [2, 2])
    let rows = writer.gather(table, ids)
    let standard = writer.standardise(rows, epsilon: 1e-5)
    let flat = writer.reshape(standard, [0, -1])
    let turned = writer.transpose(flat, [1, 0])
    writer.result(writer.multiplyTransposed(turned, table))
    let graph = try ParsedGraph(writer.xml)
    graph.expectIsWhole()
    func number(_ type: String) throws -> Int {
      try #require(graph.layers.firstIndex { $0.type == type })
    }
    /// The integers of the constant at an input of the layer of this type.
    func constant(_ type: String, input: Int) throws -> [Int64] {
      let layer = try #require(graph.source(of: try number(type), input: input))
      return integers(layer, in: writer.weights)
    }
    let gather = graph.layers[try number("Gather")]
    #expect(gather.version == "opset8")
    #expect(gather.data == ["batch_dims": "0"])
    #expect(gather.inputs.map(\.precision) == ["FP32", "I32", "I64"])
    #expect(try constant("Gather", input: 2) == [0])
    let standardised = graph.layers[try number("MVN")]
    #expect(standardised.version == "opset6")
    #expect(
      standardised.data == [
        "eps": "1e-05", "normalize_variance": "true", "eps_mode": "INSIDE_SQRT",
      ])
    #expect(try constant("MVN", input: 1) == [-1])
    #expect(graph.layers[try number("Reshape")].data == ["special_zero": "true"])
    #expect(try constant("Reshape", input: 1) == [0, -1])
    #expect(try constant("Transpose", input: 1) == [1, 0])
    let product = graph.layers[try number("MatMul")]
    #expect(product.data == ["transpose_a": "false", "transpose_b": "true"])
    #expect(graph.source(of: try number("MatMul"), input: 0)?.type == "Transpose")
    #expect(graph.source(of: try number("MatMul"), input: 1)?.type == "Const")
  }

  @Test("a layer with several results numbers them after its inputs")
  func severalResults() throws {
    var writer = GraphWriter(name: "split")
    let input = writer.parameter("joined", .f32, shape: "?,6")
    let axis = writer.constant(integers: [1], shape: [])
    let parts = writer.layer(
      "Split", "opset1", data: "num_splits=\"3\"", inputs: [(input, .f32), (axis, .i64)],
      outputs: [.f32, .f32, .f32])
    #expect(parts.map(\.port) == [2, 3, 4])
    #expect(parts.allSatisfy { $0.layer == 2 })
    writer.result(parts[1])
    let graph = try ParsedGraph(writer.xml)
    graph.expectIsWhole()
    #expect(graph.layers[2].outputs.map(\.id) == [2, 3, 4])
    #expect(graph.edges.last == ParsedGraph.Edge(from: [2, 3], to: [3, 0]))
  }

  // MARK: - The graph of an encoder

  /// Writes the weights of a model with one layer, each tensor filled with a number of its own, and the
  /// configuration beside them.
  private func encoder(pooling: String, prefix: String = "") throws -> (GraphWriter, ParsedGraph) {
    let layer = "encoder.layer.0."
    var shapes: [(String, [Int])] = [
      ("embeddings.word_embeddings.weight", [5, 4]),
      ("embeddings.position_embeddings.weight", [3, 4]),
      ("embeddings.token_type_embeddings.weight", [2, 4]),
    ]
    for name in [
      "embeddings.LayerNorm", layer + "attention.output.LayerNorm", layer + "output.LayerNorm",
    ] {
      shapes += [(name + ".weight", [4]), (name + ".bias", [4])]
    }
    for (name, outputs, inputs) in [
      ("attention.self.query", 4, 4), ("attention.self.key", 4, 4), ("attention.self.value", 4, 4),
      ("attention.output.dense", 4, 4), ("intermediate.dense", 6, 4), ("output.dense", 4, 6),
    ] {
      shapes += [
        (layer + name + ".weight", [outputs, inputs]), (layer + name + ".bias", [outputs]),
      ]
    }
    var entries: [String] = []
    var body: [UInt8] = []
    for (number, (name, shape)) in shapes.enumerated() {
      let start = body.count
      let count = shape.reduce(1, *)
      body += littleEndian([UInt32](repeating: Float(number + 1).bitPattern, count: count))
      entries.append(
        #""\#(prefix)\#(name)": {"dtype": "F32", "shape": \#(shape), "data_offsets": [\#(start), \#(body.count)]}"#
      )
    }
    let weights = safetensors(header: "{\(entries.joined(separator: ", "))}", body: body)
    let files = [
      "config.json": """
      {"model_type": "bert", "num_hidden_layers": 1, "num_attention_heads": 2, "hidden_size": 4,
      "intermediate_size": 6, "vocab_size": 5, "max_position_embeddings": 3, "type_vocab_size": 2}
      """,
      "modules.json": #"[{"type": "Pooling", "path": "pooling"}]"#,
      "pooling/config.json": #"{"pooling_mode_\#(pooling)": true}"#,
    ]
    var writer = GraphWriter(name: "")
    try inFreshFolder { folder in
      try FileManager.default.createDirectory(
        at: folder.appending(path: "pooling"), withIntermediateDirectories: true)
      for (name, text) in files { try Data(text.utf8).write(to: folder.appending(path: name)) }
      let file = folder.appending(path: "model.safetensors")
      try weights.write(to: file)
      writer = try EncoderGraph.write(
        SourceModel(directory: folder), from: Safetensors(file: file))
    }
    return (writer, try ParsedGraph(writer.xml))
  }

  @Test("an encoder's graph has an edge to every input, from ids to one result")
  func encoderGraph() throws {
    let (writer, graph) = try encoder(pooling: "mean_tokens")
    graph.expectIsWhole()
    #expect(graph.attributes["name"] == "encoder")
    #expect(graph.layers.filter { $0.type == "Parameter" }.map(\.name) == ["ids"])
    #expect(graph.layers[0].outputs[0].precision == "I32")
    #expect(graph.layers.count { $0.type == "Result" } == 1)
    #expect(graph.layers.count { $0.type == "ScaledDotProductAttention" } == 1)
    #expect(graph.layers.count { $0.type == "MVN" } == 3)
    #expect(graph.source(of: graph.layers.count - 1, input: 0)?.type == "ReduceMean")
    // The weights of query, key and value (tensors 10, 12 and 14) are one constant.
    let joined = try #require(graph.layers.first { $0.data["shape"] == "12,4" })
    #expect(
      floats(joined, in: writer.weights)
        == [10, 12, 14].flatMap { [Float](repeating: $0, count: 16) })
    // The vector of token type 0 (tensor 3) is added to that of every position (tensor 2).
    let positions = try #require(graph.layers.first { $0.data["shape"] == "3,4" })
    #expect(floats(positions, in: writer.weights) == [Float](repeating: 5, count: 12))
  }

  @Test("CLS pooling takes the first token of each text")
  func clsPooling() throws {
    let (writer, graph) = try encoder(pooling: "cls_token")
    graph.expectIsWhole()
    let last = graph.layers.count - 2
    #expect(graph.layers[last].type == "Gather")
    let first = try #require(graph.source(of: last, input: 1))
    let axis = try #require(graph.source(of: last, input: 2))
    #expect(integers(first, in: writer.weights) == [0])
    #expect(integers(axis, in: writer.weights) == [1])
  }

  @Test("weights that were saved from a model with a head have one more prefix, and the same graph")
  func prefix() throws {
    let (plain, _) = try encoder(pooling: "mean_tokens")
    let (prefixed, _) = try encoder(pooling: "mean_tokens", prefix: "bert.")
    #expect(plain.xml == prefixed.xml)
    #expect(plain.weights == prefixed.weights)
  }
}
