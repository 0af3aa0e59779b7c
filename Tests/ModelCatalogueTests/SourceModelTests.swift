import Foundation
import ModelInterfaces
import Testing
import Tokenizers

@testable import ModelCatalogue

/// The configuration of a small encoder, with one change at a time.
private struct SourceFolder {
  var config: [String: Any] = [
    "model_type": "bert", "num_hidden_layers": 2, "num_attention_heads": 4, "hidden_size": 8,
    "intermediate_size": 16, "vocab_size": 30, "max_position_embeddings": 12,
    "type_vocab_size": 2,
  ]
  var modules: Any = [
    ["type": "sentence_transformers.models.Transformer", "path": ""],
    ["type": "sentence_transformers.models.Pooling", "path": "1_Pooling"],
    ["type": "sentence_transformers.models.Normalize", "path": "2_Normalize"],
  ]
  var pooling: [String: Any] = ["pooling_mode_mean_tokens": true]
  /// Further files by name.
  var others: [String: Any] = [:]
  /// Files that are not written.
  var omitted: Set<String> = []
  /// Files with a text in place of their JSON.
  var texts: [String: String] = [:]

  func read(_ body: (SourceModel) throws -> Void = { _ in }) throws {
    try inFreshFolder { folder in
      var files = others
      files["config.json"] = config
      files["modules.json"] = modules
      files["1_Pooling/config.json"] = pooling
      for (name, content) in files where !omitted.contains(name) {
        let file = folder.appending(path: name)
        try FileManager.default.createDirectory(
          at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
        let data =
          try texts[name].map { Data($0.utf8) } ?? JSONSerialization.data(withJSONObject: content)
        try data.write(to: file)
      }
      let model = try SourceModel(directory: folder)
      #expect(model.directory == folder)
      try body(model)
    }
  }

  func expectError(
    _ kind: ModelError.Kind, about name: String, _ reason: String, remedy: String,
    sourceLocation: SourceLocation = #_sourceLocation
  ) {
    expectModelError(
      kind, about: name, reason, remedy: remedy, sourceLocation: sourceLocation
    ) { try read() }
  }
}

@Suite("Source model") struct SourceModelTests {
  @Test("sizes come from config.json, with BERT's usual epsilon where it names none")
  func sizes() throws {
    var folder = SourceFolder()
    try folder.read { model in
      #expect((model.layers, model.heads, model.width, model.innerWidth) == (2, 4, 8, 16))
      #expect((model.vocabularySize, model.positions, model.tokenTypes) == (30, 12, 2))
      #expect(model.epsilon == 1e-12)
      #expect(model.pooling == .mean)
      #expect(model.maximumTokens == 12)
      #expect(model.tokenizer == TokenizerSettings())
    }
    folder.config["layer_norm_eps"] = 1e-5
    try folder.read { #expect($0.epsilon == 1e-5) }
  }

  @Test(
    "another architecture is refused, with the remedy",
    arguments: [
      ("model_type", "roberta", "type roberta", "BERT family"),
      ("hidden_act", "relu", "activation is relu", "exact GELU"),
      ("hidden_act", "gelu_new", "activation is gelu_new", "exact GELU"),
      ("position_embedding_type", "relative_key", "positions are relative_key", "absolute"),
    ])
  func unsupported(key: String, value: String, reason: String, remedy: String) {
    var folder = SourceFolder()
    folder.config[key] = value
    folder.expectError(.modelUnsupported, about: "config.json", reason, remedy: remedy)
  }

  @Test("the usual activation and positions may be named")
  func usual() throws {
    var folder = SourceFolder()
    folder.config["hidden_act"] = "gelu"
    folder.config["position_embedding_type"] = "absolute"
    try folder.read()
  }

  @Test(
    "a size that is missing or no positive whole number is an error",
    arguments: [
      "num_hidden_layers", "num_attention_heads", "hidden_size", "intermediate_size",
      "vocab_size", "max_position_embeddings", "type_vocab_size",
    ])
  func missingSize(key: String) {
    for value in [nil, 0, -8, 8.5, 1e6, 1e300, "8", NSNull()] as [Any?] {
      var folder = SourceFolder()
      folder.config[key] = value
      folder.expectError(
        .modelDamaged, about: "config.json", "\(key) is missing or no positive number",
        remedy: "fetch the model again")
    }
  }

  @Test("a config.json without a type, or with heads that do not divide the width, is damaged")
  func damagedConfig() {
    var folder = SourceFolder()
    folder.config["model_type"] = nil
    folder.expectError(
      .modelDamaged, about: "config.json", "model_type is missing",
      remedy: "fetch the model again")
    folder = SourceFolder()
    folder.config["num_attention_heads"] = 3
    folder.expectError(
      .modelDamaged, about: "config.json", "hidden_size 8 is no multiple of its 3 heads",
      remedy: "fetch the model again")
  }

  @Test(
    "a needed file that is missing or not JSON is an error that names it",
    arguments: ["config.json", "modules.json", "1_Pooling/config.json"])
  func neededFiles(name: String) {
    var folder = SourceFolder()
    folder.omitted = [name]
    folder.expectError(
      .modelMissing, about: name, "missing", remedy: "sentence-transformers folder")
    folder = SourceFolder()
    folder.texts[name] = "{"
    folder.expectError(.modelDamaged, about: name, "not JSON", remedy: "fetch the model again")
  }

  @Test(
    "a file that may be missing has to be JSON where it is there",
    arguments: ["sentence_bert_config.json", "tokenizer_config.json", "tokenizer.json"])
  func optionalFiles(name: String) {
    var folder = SourceFolder()
    folder.others[name] = [:] as [String: Any]
    folder.texts[name] = ""
    folder.expectError(.modelDamaged, about: name, "not JSON", remedy: "fetch the model again")
  }

  // MARK: - Pooling

  @Test("pooling is the mean of the tokens or the first one alone")
  func pooling() throws {
    var folder = SourceFolder()
    folder.pooling = ["pooling_mode_mean_tokens": false, "pooling_mode_cls_token": true]
    try folder.read { #expect($0.pooling == .cls) }
    folder.pooling = ["pooling_mode_mean_tokens": true, "pooling_mode_max_tokens": false]
    try folder.read { #expect($0.pooling == .mean) }
  }

  @Test(
    "every other pooling is refused",
    arguments: [
      [], ["pooling_mode_mean_tokens", "pooling_mode_cls_token"], ["pooling_mode_max_tokens"],
      ["pooling_mode_mean_tokens", "pooling_mode_max_tokens"],
      ["pooling_mode_mean_tokens", "pooling_mode_mean_sqrt_len_tokens"],
      ["pooling_mode_cls_token", "pooling_mode_weightedmean_tokens"],
      ["pooling_mode_cls_token", "pooling_mode_lasttoken"],
    ])
  func otherPooling(modes: [String]) {
    var folder = SourceFolder()
    folder.pooling = Dictionary(uniqueKeysWithValues: modes.map { ($0, true) })
    folder.expectError(
      .modelUnsupported, about: "1_Pooling/config.json", "neither the mean",
      remedy: "mean or CLS pooling")
  }

  @Test("the pooling module names its own folder")
  func poolingFolder() throws {
    var folder = SourceFolder()
    folder.modules = [["type": "Pooling", "path": "elsewhere"]]
    folder.omitted = ["1_Pooling/config.json"]
    folder.others["elsewhere/config.json"] = ["pooling_mode_cls_token": true]
    try folder.read { #expect($0.pooling == .cls) }
  }

  @Test("a module that emend does not run, or no pooling at all, is refused")
  func modules() {
    var folder = SourceFolder()
    folder.modules = [
      ["type": "sentence_transformers.models.Pooling"],
      ["type": "sentence_transformers.models.Dense"],
    ]
    folder.expectError(
      .modelUnsupported, about: "modules.json", "module of type Dense",
      remedy: "transformer, pooling and normalisation alone")
    folder.modules = [["type": "sentence_transformers.models.Transformer"]]
    folder.expectError(
      .modelUnsupported, about: "modules.json", "names no pooling",
      remedy: "sentence-transformers encoder")
    folder.modules = ["type": "Pooling"]
    folder.expectError(
      .modelDamaged, about: "modules.json", "no list of modules", remedy: "fetch the model again")
  }

  // MARK: - Limits

  @Test(
    "the limit is that of sentence-transformers, else the tokenizer's, else the model's positions",
    arguments: [
      (7, 9, 7), (nil, 9, 9), (nil, nil, 12), (500, nil, 12), (nil, 1e30, 12), (3, nil, 3),
    ] as [(Double?, Double?, Int)])
  func limits(sentence: Double?, tokenizer: Double?, expected: Int) throws {
    var folder = SourceFolder()
    folder.others["sentence_bert_config.json"] = sentence.map { ["max_seq_length": $0] } ?? [:]
    folder.others["tokenizer_config.json"] = tokenizer.map { ["model_max_length": $0] } ?? [:]
    try folder.read { #expect($0.maximumTokens == expected) }
  }

  @Test("a limit without room for a word is an error")
  func noRoom() {
    var folder = SourceFolder()
    folder.others["sentence_bert_config.json"] = ["max_seq_length": 2]
    folder.expectError(
      .modelDamaged, about: "config.json", "a limit of 2 tokens leaves no room",
      remedy: "fetch the model again")
  }

  // MARK: - Tokenizer

  @Test("tokenizer_config.json sets case, accents, ideographs and special tokens")
  func tokenizerConfig() throws {
    var folder = SourceFolder()
    folder.others["tokenizer_config.json"] = [
      "do_lower_case": false, "tokenize_chinese_chars": false, "unk_token": "<unk>",
      "cls_token": ["content": "<s>"], "sep_token": "</s>", "mask_token": "<mask>",
    ]
    try folder.read { model in
      let settings = model.tokenizer
      #expect(!settings.lowercases)
      #expect(!settings.stripsAccents, "accents go where case goes, if nothing else is said")
      #expect(!settings.separatesIdeographs)
      #expect(settings.unknownToken == "<unk>")
      #expect(settings.openingToken == "<s>")
      #expect(settings.closingToken == "</s>")
      #expect(settings.specialTokens == ["[PAD]", "<unk>", "<s>", "</s>", "<mask>"])
    }
    folder.others["tokenizer_config.json"] = ["do_lower_case": false, "strip_accents": true]
    try folder.read { #expect($0.tokenizer.stripsAccents) }
  }

  /// A tokenizer.json of BERT with the given changes.
  private func tokenizer(
    model: [String: Any] = [:], normaliser: [String: Any] = [:],
    splitter: String = "BertPreTokenizer",
    added: [[String: Any]] = []
  ) -> [String: Any] {
    [
      "model": (["type": "WordPiece"] as [String: Any]).merging(model) { $1 },
      "normalizer": (["type": "BertNormalizer"] as [String: Any]).merging(normaliser) { $1 },
      "pre_tokenizer": ["type": splitter], "added_tokens": added,
    ]
  }

  @Test("tokenizer.json overrides tokenizer_config.json")
  func tokenizerFile() throws {
    var folder = SourceFolder()
    folder.others["tokenizer_config.json"] = ["do_lower_case": true]
    folder.others["tokenizer.json"] = tokenizer(
      normaliser: [
        "lowercase": false, "clean_text": false, "strip_accents": true,
        "handle_chinese_chars": false,
      ], added: [["content": "[CLS]"], ["content": ""], ["content": "<x>", "normalized": false]])
    try folder.read { model in
      #expect(!model.tokenizer.lowercases)
      #expect(!model.tokenizer.cleans)
      #expect(model.tokenizer.stripsAccents)
      #expect(!model.tokenizer.separatesIdeographs)
      #expect(model.tokenizer.specialTokens == ["[CLS]", "<x>"])
    }
    // sentence-transformers lower-cases before any tokenizer.
    folder.others["sentence_bert_config.json"] = ["do_lower_case": true]
    try folder.read { #expect($0.tokenizer.lowercases) }
  }

  @Test("a tokenizer that is not BERT's is refused, with the remedy")
  func otherTokenizers() {
    let notBERT = "choose an encoder with BERT's own tokenizer"
    let files: [([String: Any], String, String)] = [
      (tokenizer(model: ["type": "BPE"]), "tokenizer is BPE", "WordPiece vocabulary"),
      (tokenizer(normaliser: ["type": "NFC"]), "not BERT's", notBERT),
      (tokenizer(splitter: "Whitespace"), "not BERT's", notBERT),
      (tokenizer(model: ["continuing_subword_prefix": "@@"]), "not BERT's", notBERT),
      (tokenizer(model: ["max_input_chars_per_word": 50]), "not BERT's", notBERT),
      ([:], "not BERT's", notBERT),
      (
        tokenizer(added: [["content": "<x>", "normalized": true]]), "added token <x>",
        "matched literally"
      ),
      (
        tokenizer(added: [["content": "<x>", "single_word": true]]), "added token <x>",
        "matched literally"
      ),
    ]
    for (file, reason, remedy) in files {
      var folder = SourceFolder()
      folder.others["tokenizer.json"] = file
      folder.expectError(.modelUnsupported, about: "tokenizer.json", reason, remedy: remedy)
    }
  }
}
