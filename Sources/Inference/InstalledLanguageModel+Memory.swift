import Foundation

extension InstalledLanguageModel {
  /// Bytes for each byte of its files: four-bit weights as they are multiplied, and the library's own
  /// buffers. The default model took 3.9 (bf16, short passages, one thread).
  private static let filesShare = 4
  /// Bytes for each byte of keys and values of a full context: of the tensor that is read, the longer one
  /// that is written, their copies, and attention between them. The default model took between four and
  /// six.
  private static let statesShare = 6

  /// Refuses a model that would not fit, before anything of it is loaded.
  ///
  /// - Parameters:
  ///   - available: bytes; nil where nobody knows, and then nothing is refused.
  ///   - threads: sequences that are computed side by side.
  ///   - contextTokens: the longest of them; the model's own limit where that is less.
  package func checkMemory(
    available: Int?, threads: Int, contextTokens: Int
  ) throws(InferenceError) {
    guard let available else { return }
    let weights = ["body.bin", "head.bin"].reduce(0) { sum, name in
      let facts = try? FileManager.default.attributesOfItem(
        atPath: directory.appending(path: name).path)
      return sum + (facts?[.size] as? Int ?? 0) * Self.filesShare
    }
    let tokens = min(contextTokens, manifest.contextTokens)
    let token =
      manifest.states * manifest.stateHeads * manifest.stateWidth * MemoryLayout<Float>.size
    let sequence = tokens * token * Self.statesShare
    let needed = weights + threads * sequence
    guard needed > available else { return }
    let fits = (available - weights) / max(sequence, 1)
    throw InferenceError(
      .modelTooLarge, at: directory.path,
      "it needs about \(needed >> 20) MiB of memory (\(weights >> 20) for its weights, and for each of "
        + "\(threads) threads \(sequence >> 20) for \(tokens) tokens), and \(available >> 20) MiB are "
        + "free",
      remedy: fits > 0
        ? "use --threads \(fits), or end what else is running"
        : "choose a smaller model or a smaller quantisation, or end what else is running")
  }
}
