import Foundation
import ModelCatalogue

extension InstalledLanguageModel {
  /// A graph of the model: `body`, `head` or `tokenizer`.
  func graph(_ name: String) -> OpenVINORuntime.GraphSource {
    .files(
      xml: directory.appending(path: "\(name).xml"),
      weights: directory.appending(path: "\(name).bin"))
  }
}
