package import ModelInterfaces
import Foundation

extension InstalledLanguageModel {
  /// Bytes of memory per byte of the model's files, for the weights and the library. The default model,
  /// with four-bit weights, took 2.5.
  private static let filesShare = 3
  /// Bytes of memory per byte of the keys and values of a full context: those that are read, those that
  /// are written next, and the attention between them. The default model took 4.0 to 4.4, with texts of
  /// 1,400 and of 7,000 tokens, on one thread and on two.
  private static let statesShare = 5

  /// Estimates how many sequences of full length can be computed side by side in the memory that is left,
  /// before the model is loaded. The estimate leaves out what OpenVINO keeps for every new length of a
  /// text: docs/MODELS.md has figures.
  ///
  /// - Parameters:
  ///   - available: the memory that is left, in bytes; nil where it is not known, which counts as enough.
  ///   - limit: the most sequences that are wanted, at least one.
  ///   - contextTokens: the tokens of the longest sequence; the model's own limit where that is less.
  /// - Returns: 1...`limit`.
  /// - Throws: `ModelError` of kind `modelTooLarge` where there is no room for one sequence.
  package func sequences(
    fitting available: Int?, atMost limit: Int, contextTokens: Int
  ) throws(ModelError) -> Int {
    guard let available else { return limit }
    // A missing file counts as empty here; opening the model reports it later.
    let files = ["body.bin", "head.bin"].reduce(0) { sum, name in
      let facts = try? FileManager.default.attributesOfItem(
        atPath: directory.appending(path: name).path)
      return sum + (facts?[.size] as? Int ?? 0)
    }
    let tokens = min(contextTokens, manifest.contextTokens)
    let states =
      manifest.states * manifest.stateHeads * manifest.stateWidth * MemoryLayout<Float>.size
    let weights = files * Self.filesShare
    let sequence = tokens * states * Self.statesShare
    let room = (available - weights) / sequence
    guard room > 0 else {
      throw ModelError(
        .modelTooLarge, at: directory.path,
        "it needs about \((weights + sequence) >> 20) MiB of memory, \(weights >> 20) for its weights and "
          + "\(sequence >> 20) for \(tokens) tokens, and \(available >> 20) MiB are free",
        remedy: "choose a smaller model or a smaller quantisation, or stop other programs")
    }
    return min(limit, room)
  }
}
