import Vectors
import Foundation
import ModelInterfaces
import ModelCatalogue
import OpenVINOBackend
import Testing
import Concurrency

/// A tiny encoder that is written to disk, with one fault at a time.
private struct TinyModel {
  var config: [String: Any] = [
    "model_type": "bert", "num_hidden_layers": 1, "num_attention_heads": 2, "hidden_size": 8,
    "intermediate_size": 16, "vocab_size": 8, "max_position_embeddings": 12,
    "type_vocab_size": 2, "layer_norm_eps": 1e-12, "hidden_act": "gelu",
  ]
  var pooling: [String: Any] = ["pooling_mode_mean_tokens": true]
  var modules: [[String: Any]] = [
    ["type": "sentence_transformers.models.Transformer", "path": ""],
    ["type": "sentence_transformers.models.Pooling", "path": "1_Pooling"],
  ]
  var omitted: Set<String> = []
  var misshapen: String?
  var type = "F32"
  var missingBytes = 0

  func write(to folder: URL) throws {
    func json(_ value: Any, _ name: String) throws {
      let file = folder.appending(path: name)
      try FileManager.default.createDirectory(
        at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
      try JSONSerialization.data(withJSONObject: value).write(to: file)
    }
    try json(config, "config.json")
    try json(modules, "modules.json")
    try json(pooling, "1_Pooling/config.json")
    try Data("[PAD]\n[UNK]\n[CLS]\n[SEP]\n[MASK]\na\nb\n##c\n".utf8)
      .write(to: folder.appending(path: "vocab.txt"))
    try tensors().write(to: folder.appending(path: "model.safetensors"))
  }

  private func tensors() throws -> Data {
    var shapes: [(String, [Int])] = [
      ("embeddings.word_embeddings.weight", [8, 8]),
      ("embeddings.position_embeddings.weight", [12, 8]),
      ("embeddings.token_type_embeddings.weight", [2, 8]),
      ("embeddings.LayerNorm.weight", [8]), ("embeddings.LayerNorm.bias", [8]),
    ]
    let layer = "encoder.layer.0."
    for (name, outputs, inputs) in [
      ("attention.self.query", 8, 8), ("attention.self.key", 8, 8),
      ("attention.self.value", 8, 8), ("attention.output.dense", 8, 8),
      ("intermediate.dense", 16, 8), ("output.dense", 8, 16),
    ] {
      shapes.append((layer + name + ".weight", [outputs, inputs]))
      shapes.append((layer + name + ".bias", [outputs]))
    }
    for name in ["attention.output.LayerNorm", "output.LayerNorm"] {
      shapes.append((layer + name + ".weight", [8]))
      shapes.append((layer + name + ".bias", [8]))
    }
    var generator = SplitMix64(seed: 3)
    var header: [String: Any] = ["__metadata__": ["format": "pt"]]
    var body = Data()
    for (name, shape) in shapes where !omitted.contains(name) {
      let start = body.count
      for _ in 0..<shape.reduce(1, *) {
        let number = Float.random(in: -1...1, using: &generator)
        // The upper half of a single-precision number is its bfloat16 form.
        withUnsafeBytes(of: number.bitPattern.littleEndian) {
          body.append(contentsOf: type == "BF16" ? $0.dropFirst(2) : $0[...])
        }
      }
      header[name] = [
        "dtype": type, "shape": name == misshapen ? shape + [1] : shape,
        "data_offsets": [start, body.count],
      ]
    }
    let text = try JSONSerialization.data(withJSONObject: header)
    var file = Data()
    withUnsafeBytes(of: UInt64(text.count).littleEndian) { file.append(contentsOf: $0) }
    file.append(text)
    file.append(body)
    return file.dropLast(missingBytes)
  }
}

struct ModelStoreTests {
  private func importing(
    _ model: TinyModel, name: String? = "tiny", _ body: (ModelStore, InstalledModel) throws -> Void
  ) throws {
    try importing(model, name: name, afterChanging: { _ in }, body)
  }

  /// Imports a model after `change` has changed its folder.
  private func importing(
    _ model: TinyModel, name: String?, afterChanging change: (URL) throws -> Void,
    _ body: (ModelStore, InstalledModel) throws -> Void
  ) throws {
    try Prepared.inFreshDirectory { folder in
      let source = folder.appending(path: "source")
      try model.write(to: source)
      try change(source)
      let store = ModelStore(directory: folder.appending(path: "models"))
      try body(store, store.importModel(from: source, name: name))
    }
  }

  @Test func importsListsAndVerifies() throws {
    try importing(TinyModel(), name: nil) { store, model in
      #expect(model.name == "source")
      #expect(model.manifest.dimension == 8)
      #expect(model.manifest.maximumTokens == 12)
      #expect(store.list() == [model])
      try store.verify("source")
      #expect(try store.resolve(model.directory.path + "/").manifest == model.manifest)
    }
  }

  @Test func aRelativePathNamesAModel() throws {
    try importing(TinyModel()) { store, model in
      let upwards = FileManager.default.currentDirectoryPath.split(separator: "/").map { _ in ".." }
      let path = "./\(upwards.joined(separator: "/"))\(model.directory.path)"
      let resolved = try store.resolve(path)
      #expect(resolved.manifest == model.manifest)
      #expect(throws: ModelError.self) { try store.resolve(".hidden") }
    }
  }

  @Test func importsTheSameModelToTheSameBytes() throws {
    var fingerprints: Set<String> = []
    for _ in 0..<2 {
      try importing(TinyModel()) { _, model in fingerprints.insert(model.manifest.fingerprint) }
    }
    #expect(fingerprints.count == 1)
  }

  /// The mean of one token's vector is that vector, so only a text with more tokens shows the difference
  /// between the two poolings.
  @Test func usesTheModelsPooling() throws {
    var vectors: [[Float]] = []
    for key in ["pooling_mode_mean_tokens", "pooling_mode_cls_token"] {
      var tiny = TinyModel()
      tiny.pooling = [key: true]
      try importing(tiny) { _, model in
        let encoder = try OpenVINOEncoder(
          model: model, runtime: try Prepared.openVINO.get(), precision: .fp32, threads: 1)
        vectors.append(try encoder.encode(["a b bc"], progress: nil).embeddings.storage)
      }
    }
    #expect(vectors[0] != vectors[1])
    for vector in vectors { #expect(abs(vector.reduce(0) { $0 + $1 * $1 } - 1) < 1e-5) }
  }

  @Test func readsHalfPrecision() throws {
    var tiny = TinyModel()
    tiny.type = "BF16"
    try importing(tiny) { store, model in try store.verify(model.name) }
  }

  @Test func verificationFindsAChangedFile() throws {
    for name in ["model.xml", "model.bin", "vocab.txt"] {
      try importing(TinyModel()) { store, model in
        let file = model.directory.appending(path: name)
        var data = try Data(contentsOf: file)
        data[data.count / 2] ^= 1
        try data.write(to: file)
        let error = #expect(throws: ModelError.self) { try store.verify("tiny") }
        #expect(error?.kind == .modelDamaged)
        #expect(error?.place.hasSuffix(name) == true)
        try FileManager.default.removeItem(at: file)
        #expect(throws: ModelError.self) { try store.resolve("tiny") }
      }
    }
  }

  /// A verified model is not read again, unless a file has changed: even one that has the same size and
  /// time of modification as before.
  @Test func unchangedFilesAreVerifiedOnce() throws {
    try importing(TinyModel()) { store, model in
      let cache = CacheFolder(directory: model.directory.appending(path: "cache"))
      let verified = VerifiedFiles(cache: cache, now: { Date(timeIntervalSinceNow: 60) })
      let digests = model.manifest.files
      #expect(!verified.contains(digests, in: model.directory))
      try store.verify("tiny", remembering: verified)
      #expect(verified.contains(digests, in: model.directory))
      try store.verify("tiny", remembering: verified)
      let file = model.directory.appending(path: "model.bin")
      let before = try FileManager.default.attributesOfItem(atPath: file.path)
      let time = try #require(before[.modificationDate] as? Date)
      let handle = try FileHandle(forWritingTo: file)
      try handle.write(contentsOf: Data([0x5A, 0xA5]))
      try handle.close()
      try FileManager.default.setAttributes([.modificationDate: time], ofItemAtPath: file.path)
      #expect(!verified.contains(digests, in: model.directory))
      #expect(throws: ModelError.self) { try store.verify("tiny", remembering: verified) }
      #expect(throws: ModelError.self) { try store.verify("tiny", remembering: verified) }
    }
  }

  /// A change that follows at once could have the same time.
  @Test func filesThatChangedJustNowAreVerifiedAgain() throws {
    try importing(TinyModel()) { store, model in
      let verified = VerifiedFiles(
        cache: CacheFolder(directory: model.directory.appending(path: "cache")))
      try store.verify("tiny", remembering: verified)
      #expect(!verified.contains(model.manifest.files, in: model.directory))
    }
  }

  @Test(
    "a manifest that cannot be right is refused",
    arguments: [
      ("\"dimension\" : 8", "\"dimension\" : -8"),
      ("\"dimension\" : 8", "\"dimension\" : 9223372036854775807"),
      ("\"maximumTokens\" : 12", "\"maximumTokens\" : 0"),
      ("\"model.bin\" :", "\"../model.bin\" :"), ("\"model.bin\" :", "\"/etc/passwd\" :"),
      ("\"vocab.txt\" :", "\"emend-model.json\" :"),
    ])
  func hostileManifest(_ part: String, _ other: String) throws {
    try importing(TinyModel()) { store, model in
      let file = model.directory.appending(path: "emend-model.json")
      let text = try String(contentsOf: file, encoding: .utf8)
      #expect(text.contains(part))
      try text.replacing(part, with: other).write(to: file, atomically: true, encoding: .utf8)
      let error = #expect(throws: ModelError.self) { try store.resolve("tiny") }
      #expect(error?.kind == .modelDamaged)
    }
  }

  @Test(
    "a configuration that cannot be right is refused",
    arguments: [
      "\"hidden_size\": true", "\"hidden_size\": 8.5", "\"num_hidden_layers\": 1000000",
      "\"num_hidden_layers\": -1", "\"num_attention_heads\": 0", "\"num_attention_heads\": 3",
      "\"layer_norm_eps\": \"x\"", "\"layer_norm_eps\": -1", "\"vocab_size\": 1e300",
      "\"vocab_size\": [[[]]]",
    ])
  func hostileConfiguration(_ member: String) throws {
    let error = #expect(throws: ModelError.self) {
      try importing(
        TinyModel(), name: "tiny",
        afterChanging: { source in
          let file = source.appending(path: "config.json")
          var object = try #require(
            try JSONSerialization.jsonObject(with: Data(contentsOf: file)) as? [String: Any])
          let parts = member.split(separator: ":", maxSplits: 1)
          object[String(parts[0].dropFirst().dropLast())] = nil
          let rest = String(
            decoding: try JSONSerialization.data(withJSONObject: object), as: UTF8.self)
          try "{\(member),\(rest.dropFirst())".write(to: file, atomically: true, encoding: .utf8)
        }
      ) { _, _ in }
    }
    #expect(error?.place.hasSuffix("config.json") == true)
  }

  @Test func theErrorForAnUnknownNameListsTheKnownOnes() throws {
    try importing(TinyModel()) { store, _ in
      let error = #expect(throws: ModelError.self) { try store.resolve("other") }
      #expect(error?.kind == .modelMissing)
      #expect(error?.reason.contains("tiny") == true)
    }
  }

  /// The error of an import, after `change` has changed the model's folder.
  private func refusal(
    _ model: TinyModel, name: String? = "tiny", change: (URL) throws -> Void = { _ in }
  ) throws -> ModelError {
    try #require(
      #expect(throws: ModelError.self) {
        try importing(model, name: name, afterChanging: change, { _, _ in })
      })
  }

  @Test(arguments: ["roberta", "mpnet", "t5"])
  func anotherFamilyIsRefused(family: String) throws {
    var tiny = TinyModel()
    tiny.config["model_type"] = family
    let error = try refusal(tiny)
    #expect(error.kind == .modelUnsupported)
    #expect(error.place.hasSuffix("config.json"))
    #expect(error.reason.contains(family))
  }

  @Test(arguments: [
    ["pooling_mode_max_tokens": true], [:],
    ["pooling_mode_mean_tokens": true, "pooling_mode_cls_token": true],
    ["pooling_mode_mean_tokens": true, "pooling_mode_lasttoken": true],
  ])
  func anotherPoolingIsRefused(pooling: [String: Bool]) throws {
    var tiny = TinyModel()
    tiny.pooling = pooling
    let error = try refusal(tiny)
    #expect(error.kind == .modelUnsupported)
    #expect(error.place.hasSuffix("1_Pooling/config.json"))
  }

  @Test func anotherModuleIsRefused() throws {
    var tiny = TinyModel()
    tiny.modules.append(["type": "sentence_transformers.models.Dense", "path": "2_Dense"])
    #expect(try refusal(tiny).reason.contains("Dense"))
  }

  @Test func aMissingTensorIsNamed() throws {
    var tiny = TinyModel()
    tiny.omitted = ["encoder.layer.0.output.dense.bias"]
    let error = try refusal(tiny)
    #expect(error.kind == .modelUnsupported)
    #expect(error.reason.contains("encoder.layer.0.output.dense.bias"))
  }

  @Test func aWrongShapeIsNamed() throws {
    var tiny = TinyModel()
    tiny.misshapen = "embeddings.LayerNorm.weight"
    let error = try refusal(tiny)
    #expect(error.kind == .modelDamaged)
    #expect(error.reason.contains("[8, 1]"))
  }

  @Test(arguments: [1, 4000, 8000])
  func truncatedWeightsAreRefused(missing: Int) throws {
    var tiny = TinyModel()
    tiny.missingBytes = missing
    let error = try refusal(tiny)
    #expect(error.place.hasSuffix("model.safetensors"))
    #expect(error.kind == .modelDamaged)
  }

  @Test(arguments: [
    "", "short", "\u{ff}\u{ff}\u{ff}\u{ff}\u{ff}\u{ff}\u{ff}\u{ff}", "12345678",
    "\u{2}\0\0\0\0\0\0\0[]", "\u{2}\0\0\0\0\0\0\0{]",
  ])
  func weightsThatAreNotSafetensorsAreRefused(content: String) throws {
    let error = try refusal(TinyModel()) { source in
      try Data(content.utf8).write(to: source.appending(path: "model.safetensors"))
    }
    #expect(error.kind == .modelDamaged)
  }

  @Test(arguments: [
    "config.json", "modules.json", "1_Pooling/config.json", "vocab.txt", "model.safetensors",
  ])
  func aMissingFileIsNamed(name: String) throws {
    let error = try refusal(TinyModel()) { source in
      try FileManager.default.removeItem(at: source.appending(path: name))
    }
    #expect(error.place.hasSuffix(name))
  }

  @Test(arguments: ["config.json", "modules.json", "1_Pooling/config.json"])
  func aFileThatIsNotJSONIsNamed(name: String) throws {
    let error = try refusal(TinyModel()) { source in
      try Data("{".utf8).write(to: source.appending(path: name))
    }
    #expect(error.kind == .modelDamaged)
    #expect(error.place.hasSuffix(name))
  }

  @Test(arguments: ["", ".hidden", "a/b", "..", "a b"])
  func anInvalidNameIsRefused(name: String) throws {
    #expect(try refusal(TinyModel(), name: name).kind == .modelUnsupported)
  }
}
