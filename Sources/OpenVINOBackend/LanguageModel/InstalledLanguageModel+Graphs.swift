import Foundation
import ModelCatalogue

extension InstalledLanguageModel {
  /// The files of one of the model's graphs.
  /// - Parameter name: `body`, `head` or `tokenizer`.
  func graph(_ name: String) -> OpenVINORuntime.GraphSource {
    .files(
      xml: directory.appending(path: "\(name).xml"),
      weights: directory.appending(path: "\(name).bin"))
  }
}
