import ModelInterfaces

/// Writes the graph of a BERT encoder with its pooling.
///
/// The graph has one input, `ids`: `[texts, tokens]` of Int32. All texts of a run have the same length, so
/// that no mask is needed and a vector cannot depend on padding. It has one output: `[texts, width]`, one
/// row per text, not yet of unit length. One product computes queries, keys and values together, and
/// attention is OpenVINO's own operation.
enum EncoderGraph {
  /// Reads the weights of `model` and writes its graph.
  static func write(
    _ model: SourceModel, from tensors: Safetensors
  ) throws(ModelError) -> GraphWriter {
    // In files that were saved from a model with a head, the names have one more prefix.
    let prefix = tensors.entries["bert.embeddings.LayerNorm.weight"] == nil ? "" : "bert."
    func floats(_ name: String, _ shape: [Int]) throws(ModelError) -> [Float] {
      try tensors.floats(prefix + name, shape: shape)
    }
    let width = model.width
    var graph = GraphWriter(name: "encoder")

    func linear(
      _ input: GraphWriter.Port, _ weight: [Float], _ bias: [Float], outputs: Int, inputs: Int
    ) -> GraphWriter.Port {
      let weight = graph.constant(floats: weight, shape: [outputs, inputs])
      let bias = graph.constant(floats: bias, shape: [1, 1, outputs])
      return graph.add(graph.multiplyTransposed(input, weight), bias)
    }
    func layerNorm(
      _ input: GraphWriter.Port, _ name: String
    ) throws(ModelError) -> GraphWriter.Port {
      let scale = graph.constant(
        floats: try floats(name + ".weight", [width]), shape: [1, 1, width])
      let shift = graph.constant(
        floats: try floats(name + ".bias", [width]), shape: [1, 1, width])
      let standard = graph.standardise(input, epsilon: model.epsilon)
      return graph.add(graph.multiply(standard, scale), shift)
    }

    let ids = graph.parameter("ids", .i32, shape: "?,?")
    let words = graph.constant(
      floats: try floats("embeddings.word_embeddings.weight", [model.vocabularySize, width]),
      shape: [model.vocabularySize, width])
    var state = graph.add(
      graph.gather(words, ids), try positions(model, ids, &graph, floats))
    state = try layerNorm(state, "embeddings.LayerNorm")

    for layer in 0..<model.layers {
      let name = "encoder.layer.\(layer)."
      var weights: [Float] = []
      var biases: [Float] = []
      for part in ["query", "key", "value"] {
        weights += try floats(name + "attention.self.\(part).weight", [width, width])
        biases += try floats(name + "attention.self.\(part).bias", [width])
      }
      let joined = linear(state, weights, biases, outputs: 3 * width, inputs: width)
      let context = attention(joined, model, &graph)
      let attended = linear(
        context, try floats(name + "attention.output.dense.weight", [width, width]),
        try floats(name + "attention.output.dense.bias", [width]), outputs: width, inputs: width)
      state = try layerNorm(graph.add(attended, state), name + "attention.output.LayerNorm")
      let inner = model.innerWidth
      let widened = linear(
        state, try floats(name + "intermediate.dense.weight", [inner, width]),
        try floats(name + "intermediate.dense.bias", [inner]), outputs: inner, inputs: width)
      let activated = graph.layer(
        "Gelu", "opset7", data: "approximation_mode=\"ERF\"", inputs: [(widened, .f32)],
        outputs: [.f32])[0]
      let narrowed = linear(
        activated, try floats(name + "output.dense.weight", [width, inner]),
        try floats(name + "output.dense.bias", [width]), outputs: width, inputs: inner)
      state = try layerNorm(graph.add(narrowed, state), name + "output.LayerNorm")
    }
    graph.result(pooled(state, model.pooling, &graph))
    return graph
  }

  /// The sum of position and token-type vector for each token's position.
  private static func positions(
    _ model: SourceModel, _ ids: GraphWriter.Port, _ graph: inout GraphWriter,
    _ floats: (String, [Int]) throws(ModelError) -> [Float]
  ) throws(ModelError) -> GraphWriter.Port {
    let width = model.width
    var table = try floats("embeddings.position_embeddings.weight", [model.positions, width])
    let types = try floats(
      "embeddings.token_type_embeddings.weight", [model.tokenTypes, width])
    // All tokens are of type 0, so the vector of type 0 is added to that of every position.
    for index in table.indices { table[index] += types[index % width] }
    let constant = graph.constant(floats: table, shape: [model.positions, width])
    let shape = graph.layer(
      "ShapeOf", "opset3", data: "output_type=\"i64\"", inputs: [(ids, .i32)], outputs: [.i64])[0]
    let second = graph.constant(integers: [1])
    let axis = graph.constant(integers: [0], shape: [])
    let count = graph.layer(
      "Gather", "opset8", data: "batch_dims=\"0\"",
      inputs: [(shape, .i64), (second, .i64), (axis, .i64)], outputs: [.i64])[0]
    let start = graph.constant(integers: [0])
    let step = graph.constant(integers: [1])
    let axes = graph.constant(integers: [0])
    return graph.layer(
      "Slice", "opset8",
      inputs: [(constant, .f32), (start, .i64), (count, .i64), (step, .i64), (axes, .i64)],
      outputs: [.f32])[0]
  }

  /// Multi-head attention over `joined`, `[texts, tokens, 3 × width]`.
  private static func attention(
    _ joined: GraphWriter.Port, _ model: SourceModel, _ graph: inout GraphWriter
  ) -> GraphWriter.Port {
    let axis = graph.constant(integers: [2], shape: [])
    let parts = graph.layer(
      "Split", "opset1", data: "num_splits=\"3\"", inputs: [(joined, .f32), (axis, .i64)],
      outputs: [.f32, .f32, .f32])
    let size = Int64(model.width / model.heads)
    let heads = parts.map { part in
      graph.transpose(graph.reshape(part, [0, 0, Int64(model.heads), size]), [0, 2, 1, 3])
    }
    let context = graph.layer(
      "ScaledDotProductAttention", "opset13", data: "causal=\"false\"",
      inputs: heads.map { ($0, .f32) }, outputs: [.f32])[0]
    return graph.reshape(graph.transpose(context, [0, 2, 1, 3]), [0, 0, Int64(model.width)])
  }

  /// Reduces the tokens' vectors to one row per text.
  private static func pooled(
    _ state: GraphWriter.Port, _ pooling: SourceModel.Pooling, _ graph: inout GraphWriter
  ) -> GraphWriter.Port {
    switch pooling {
    case .mean:
      let axis = graph.constant(integers: [1])
      return graph.layer(
        "ReduceMean", "opset1", data: "keep_dims=\"false\"",
        inputs: [(state, .f32), (axis, .i64)], outputs: [.f32])[0]
    case .cls:
      let first = graph.constant(integers: [0], shape: [])
      let axis = graph.constant(integers: [1], shape: [])
      return graph.layer(
        "Gather", "opset8", data: "batch_dims=\"0\"",
        inputs: [(state, .f32), (first, .i64), (axis, .i64)], outputs: [.f32])[0]
    }
  }
}
