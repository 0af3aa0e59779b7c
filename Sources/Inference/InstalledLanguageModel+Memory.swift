import Foundation

extension InstalledLanguageModel {
  /// What a model takes beside its weights: the library's own buffers and a context's states. The default
  /// one takes 4.6 times its files (bf16, two threads, short passages); longer contexts take more.
  private static let share = 5

  /// Refuses a model that would not fit, before anything of it is loaded.
  ///
  /// - Parameter available: bytes; nil where nobody knows, and then nothing is refused.
  package func checkMemory(available: Int?) throws(InferenceError) {
    guard let available else { return }
    let files = ["body.bin", "head.bin"].reduce(0) { sum, name in
      let facts = try? FileManager.default.attributesOfItem(
        atPath: directory.appending(path: name).path)
      return sum + (facts?[.size] as? Int ?? 0)
    }
    let needed = files * Self.share
    guard needed > available else { return }
    throw InferenceError(
      .modelTooLarge, at: directory.path,
      "it needs about \(needed >> 20) MiB of memory, and \(available >> 20) MiB are free",
      remedy: "choose a smaller model or a smaller quantisation, or end what else is running")
  }
}
