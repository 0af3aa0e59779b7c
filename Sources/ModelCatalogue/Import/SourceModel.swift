package import ModelInterfaces
package import Tokenizers
package import Foundation

/// The properties of the model in a sentence-transformers folder, read and checked.
package struct SourceModel: Sendable {
  /// How one vector is made of the tokens' vectors.
  package enum Pooling: String, Sendable, Codable {
    /// The mean of all tokens' vectors.
    case mean
    /// The vector of the opening token.
    case cls
  }

  package let directory: URL
  package let layers: Int
  package let heads: Int
  package let width: Int
  package let innerWidth: Int
  package let vocabularySize: Int
  package let positions: Int
  package let tokenTypes: Int
  package let epsilon: Double
  package let pooling: Pooling
  /// The most tokens per text, special ones included.
  package let maximumTokens: Int
  package let tokenizer: TokenizerSettings

  /// The largest encoders of the family have 48.
  private static let mostLayers = 256

  /// Reads a folder's configuration; see `docs/MODELS.md` for the files.
  package init(directory: URL) throws(ModelError) {
    self.directory = directory
    let config = try ConfigFile(directory, "config.json")
    let family = try config.string("model_type")
    guard family == "bert" else {
      throw config.unsupported(
        "the model is of type \(family)", remedy: "choose an encoder of the BERT family")
    }
    let activation = config.optionalString("hidden_act") ?? "gelu"
    guard activation == "gelu" else {
      throw config.unsupported(
        "its activation is \(activation)", remedy: "choose an encoder with the exact GELU")
    }
    let positionKind = config.optionalString("position_embedding_type") ?? "absolute"
    guard positionKind == "absolute" else {
      throw config.unsupported(
        "its positions are \(positionKind)", remedy: "choose an encoder with absolute positions")
    }
    layers = try config.size("num_hidden_layers")
    heads = try config.size("num_attention_heads")
    width = try config.size("hidden_size")
    innerWidth = try config.size("intermediate_size")
    vocabularySize = try config.size("vocab_size")
    positions = try config.size("max_position_embeddings")
    tokenTypes = try config.size("type_vocab_size")
    epsilon = config.object["layer_norm_eps"].map { $0.double ?? .nan } ?? 1e-12
    guard width % heads == 0 else {
      throw config.damaged("hidden_size \(width) is no multiple of its \(heads) heads")
    }
    guard layers <= Self.mostLayers else {
      throw config.damaged("it has \(layers) layers, and encoders have at most \(Self.mostLayers)")
    }
    guard epsilon > 0, epsilon < 1 else {
      throw config.damaged("layer_norm_eps is not a number between 0 and 1")
    }
    pooling = try Self.pooling(in: directory)
    let sentence = try ConfigFile.optional(directory, "sentence_bert_config.json")
    let tokenizerConfig = try ConfigFile.optional(directory, "tokenizer_config.json")
    let asked =
      sentence?.optionalInteger("max_seq_length")
      ?? tokenizerConfig?.optionalInteger("model_max_length")
    maximumTokens = min(asked ?? positions, positions)
    guard maximumTokens >= 3 else {
      throw config.damaged("a limit of \(maximumTokens) tokens leaves no room for a word")
    }
    tokenizer = try Self.tokenizer(
      in: directory, tokenizerConfig,
      lowercasesFirst: sentence?.optionalBool("do_lower_case") ?? false)
  }

  /// The pooling by modules.json and the pooling module's own config.json.
  private static func pooling(in directory: URL) throws(ModelError) -> Pooling {
    let modules = try ConfigFile(directory, "modules.json")
    var found: Pooling?
    for module in try modules.objects() {
      let type = (module["type"]?.string ?? "").split(separator: ".").last.map(String.init) ?? ""
      switch type {
      case "Transformer", "Normalize": continue
      case "Pooling":
        let path = module["path"]?.string ?? "1_Pooling"
        guard !path.hasPrefix("/"), !path.split(separator: "/").contains("..") else {
          throw modules.damaged("it names a folder outside the model's")
        }
        let file = try ConfigFile(directory.appending(path: path), "config.json")
        let mean = file.optionalBool("pooling_mode_mean_tokens") ?? false
        let cls = file.optionalBool("pooling_mode_cls_token") ?? false
        let others = [
          "pooling_mode_max_tokens", "pooling_mode_mean_sqrt_len_tokens",
          "pooling_mode_weightedmean_tokens", "pooling_mode_lasttoken",
        ].filter { file.optionalBool($0) ?? false }
        guard others.isEmpty, mean != cls else {
          throw file.unsupported(
            "its pooling is neither the mean of the tokens nor the first one alone",
            remedy: "choose an encoder with mean or CLS pooling")
        }
        found = mean ? .mean : .cls
      default:
        throw modules.unsupported(
          "it has a module of type \(type)",
          remedy: "choose an encoder of transformer, pooling and normalisation alone")
      }
    }
    guard let found else {
      throw modules.unsupported(
        "it names no pooling", remedy: "choose a sentence-transformers encoder")
    }
    return found
  }

  private static func tokenizer(
    in directory: URL, _ config: ConfigFile?, lowercasesFirst: Bool
  ) throws(ModelError) -> TokenizerSettings {
    var settings = TokenizerSettings()
    func token(_ key: String, _ standard: String) -> String {
      guard let config else { return standard }
      if let text = config.optionalString(key) { return text }
      return config.object[key]?.object?["content"]?.string ?? standard
    }
    settings.lowercases = config?.optionalBool("do_lower_case") ?? true
    settings.stripsAccents = config?.optionalBool("strip_accents") ?? settings.lowercases
    settings.separatesIdeographs = config?.optionalBool("tokenize_chinese_chars") ?? true
    settings.unknownToken = token("unk_token", settings.unknownToken)
    settings.openingToken = token("cls_token", settings.openingToken)
    settings.closingToken = token("sep_token", settings.closingToken)
    settings.specialTokens = [
      token("pad_token", "[PAD]"), settings.unknownToken, settings.openingToken,
      settings.closingToken, token("mask_token", "[MASK]"),
    ]
    if let file = try ConfigFile.optional(directory, "tokenizer.json") {
      try apply(file, to: &settings)
    }
    if lowercasesFirst { settings.lowercases = true }
    return settings
  }

  /// Applies tokenizer.json, which overrides the other files because the reference tokenizer runs it.
  private static func apply(
    _ file: ConfigFile, to settings: inout TokenizerSettings
  ) throws(ModelError) {
    let model = file.object["model"]?.object ?? [:]
    let type = model["type"]?.string ?? "WordPiece"
    guard type == "WordPiece" else {
      throw file.unsupported(
        "its tokenizer is \(type)", remedy: "choose an encoder with a WordPiece vocabulary")
    }
    let normaliser = file.object["normalizer"]?.object ?? [:]
    guard normaliser["type"]?.string == "BertNormalizer",
      file.object["pre_tokenizer"]?.object?["type"]?.string == "BertPreTokenizer",
      model["continuing_subword_prefix"]?.string ?? "##" == "##",
      model["max_input_chars_per_word"]?.integer ?? 100 == 100
    else {
      throw file.unsupported(
        "its normaliser, pre-tokenizer or pieces are not BERT's",
        remedy: "choose an encoder with BERT's own tokenizer")
    }
    settings.cleans = normaliser["clean_text"]?.bool ?? true
    settings.lowercases = normaliser["lowercase"]?.bool ?? true
    settings.stripsAccents = normaliser["strip_accents"]?.bool ?? settings.lowercases
    settings.separatesIdeographs = normaliser["handle_chinese_chars"]?.bool ?? true
    var specials: [String] = []
    for token in (file.object["added_tokens"]?.array ?? []).compactMap(\.object) {
      guard let content = token["content"]?.string, !content.isEmpty else { continue }
      guard token["normalized"]?.bool != true, token["single_word"]?.bool != true else {
        throw file.unsupported(
          "its added token \(content) is matched after normalising or as a whole word",
          remedy: "choose an encoder whose added tokens are matched literally")
      }
      specials.append(content)
    }
    settings.specialTokens = specials
  }
}
