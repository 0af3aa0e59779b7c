package import Foundation

/// Builds a graph in OpenVINO's intermediate representation, version 11: layers and edges as XML, and the
/// constants in one binary file. It leaves out the shapes of results, because OpenVINO infers them.
package struct GraphWriter {
  /// One output of a layer, which can be an input of another layer.
  package struct Port {
    package let layer: Int
    package let port: Int
  }

  package enum Element: String {
    case f32
    case i32
    case i64

    var precision: String {
      switch self {
      case .f32: "FP32"
      case .i32: "I32"
      case .i64: "I64"
      }
    }
  }

  private let name: String
  private var layers = ""
  private var edges = ""
  private var nextLayer = 0
  /// The constants, in the order in which they were added.
  package private(set) var weights = Data()

  package init(name: String) { self.name = name }

  /// The graph as XML text.
  package var xml: String {
    """
    <?xml version="1.0"?>
    <net name="\(name)" version="11">
    <layers>
    \(layers)</layers>
    <edges>
    \(edges)</edges>
    </net>

    """
  }

  /// Adds an input of the graph.
  /// - Parameter shape: the sizes, separated by commas; `?` for a size that varies.
  package mutating func parameter(_ name: String, _ element: Element, shape: String) -> Port {
    layer(
      "Parameter", "opset1", name: name,
      data: "shape=\"\(shape)\" element_type=\"\(element.rawValue)\"", inputs: [],
      outputs: [element])[0]
  }

  /// Adds an output of the graph.
  package mutating func result(_ port: Port) {
    _ = layer("Result", "opset1", inputs: [(port, .f32)], outputs: [])
  }

  package mutating func constant(floats numbers: [Float], shape: [Int]) -> Port {
    numbers.withUnsafeBytes { constant(bytes: Data($0), .f32, shape: shape) }
  }

  package mutating func constant(integers numbers: [Int64], shape: [Int]? = nil) -> Port {
    numbers.withUnsafeBytes { constant(bytes: Data($0), .i64, shape: shape ?? [numbers.count]) }
  }

  private mutating func constant(bytes: Data, _ element: Element, shape: [Int]) -> Port {
    // OpenVINO maps the file into memory, so each constant starts at a multiple of 64 bytes.
    weights.append(Data(count: (64 - weights.count % 64) % 64))
    let dims = shape.map(String.init).joined(separator: ",")
    let data =
      "element_type=\"\(element.rawValue)\" shape=\"\(dims)\" offset=\"\(weights.count)\""
      + " size=\"\(bytes.count)\""
    weights.append(bytes)
    return layer(
      "Const", "opset1", data: data, inputs: [], outputs: [element], dims: shape)[0]
  }

  /// Adds a layer.
  /// - Parameters:
  ///   - version: the operation set that defines `type`.
  ///   - data: the attributes, as XML.
  ///   - outputs: the element type of each result.
  ///   - dims: the sizes of the results, where they have to be written.
  /// - Returns: the results.
  package mutating func layer(
    _ type: String, _ version: String, name: String? = nil, data: String = "",
    inputs: [(Port, Element)], outputs: [Element], dims: [Int]? = nil
  ) -> [Port] {
    let id = nextLayer
    nextLayer += 1
    layers +=
      "<layer id=\"\(id)\" name=\"\(name ?? "\(type)_\(id)")\" type=\"\(type)\""
      + " version=\"\(version)\">"
    if !data.isEmpty { layers += "<data \(data)/>" }
    if !inputs.isEmpty {
      layers += "<input>"
      for (slot, input) in inputs.enumerated() {
        layers += "<port id=\"\(slot)\" precision=\"\(input.1.precision)\"/>"
        edges +=
          "<edge from-layer=\"\(input.0.layer)\" from-port=\"\(input.0.port)\""
          + " to-layer=\"\(id)\" to-port=\"\(slot)\"/>\n"
      }
      layers += "</input>"
    }
    var ports: [Port] = []
    if !outputs.isEmpty {
      layers += "<output>"
      for (offset, element) in outputs.enumerated() {
        let port = inputs.count + offset
        let names = name.map { " names=\"\($0)\"" } ?? ""
        layers += "<port id=\"\(port)\" precision=\"\(element.precision)\"\(names)>"
        for dim in dims ?? [] { layers += "<dim>\(dim)</dim>" }
        layers += "</port>"
        ports.append(Port(layer: id, port: port))
      }
      layers += "</output>"
    }
    layers += "</layer>\n"
    return ports
  }
}

// The operations of the graphs that emend writes.

extension GraphWriter {
  package mutating func add(_ left: Port, _ right: Port) -> Port { broadcast("Add", left, right) }
  package mutating func multiply(_ left: Port, _ right: Port) -> Port {
    broadcast("Multiply", left, right)
  }

  private mutating func broadcast(_ type: String, _ left: Port, _ right: Port) -> Port {
    layer(
      type, "opset1", data: "auto_broadcast=\"numpy\"", inputs: [(left, .f32), (right, .f32)],
      outputs: [.f32])[0]
  }

  /// `left × rightᵀ`.
  package mutating func multiplyTransposed(_ left: Port, _ right: Port) -> Port {
    layer(
      "MatMul", "opset1", data: "transpose_a=\"false\" transpose_b=\"true\"",
      inputs: [(left, .f32), (right, .f32)], outputs: [.f32])[0]
  }

  /// The rows of `table` with the given indices.
  package mutating func gather(_ table: Port, _ indices: Port, _ element: Element = .i32) -> Port {
    let axis = constant(integers: [0], shape: [])
    return layer(
      "Gather", "opset8", data: "batch_dims=\"0\"",
      inputs: [(table, .f32), (indices, element), (axis, .i64)], outputs: [.f32])[0]
  }

  /// Standardises to mean 0 and variance 1 over the last axis.
  package mutating func standardise(_ input: Port, epsilon: Double) -> Port {
    let axes = constant(integers: [-1])
    return layer(
      "MVN", "opset6",
      data: "eps=\"\(epsilon)\" normalize_variance=\"true\" eps_mode=\"INSIDE_SQRT\"",
      inputs: [(input, .f32), (axes, .i64)], outputs: [.f32])[0]
  }

  /// Changes the shape. A 0 in `shape` keeps the input's size at that place.
  package mutating func reshape(_ input: Port, _ shape: [Int64]) -> Port {
    let target = constant(integers: shape)
    return layer(
      "Reshape", "opset1", data: "special_zero=\"true\"",
      inputs: [(input, .f32), (target, .i64)], outputs: [.f32])[0]
  }

  package mutating func transpose(_ input: Port, _ order: [Int64]) -> Port {
    let order = constant(integers: order)
    return layer(
      "Transpose", "opset1", inputs: [(input, .f32), (order, .i64)], outputs: [.f32])[0]
  }
}
