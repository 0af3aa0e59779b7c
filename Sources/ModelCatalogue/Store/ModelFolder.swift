import ModelInterfaces
import Foundation

/// The folder of a model of any kind. The members that all manifests have in common have been read, and
/// all files that the manifest lists are there.
package struct ModelFolder {
  static let remedy = "import the model again"
  /// The remedy for a damaged language model: scripts/setup/prepare makes the default one again, and any
  /// other is imported again from its GGUF file.
  package static let languageModelRemedy =
    "run scripts/setup/prepare if it is the default model, else import its GGUF file again"

  let directory: URL
  /// Nil for encoders.
  let kind: String?
  /// SHA-256 of the model's own files, by name.
  let files: [String: String]
  private let manifest: Data

  private struct Common: Decodable {
    let format: Int
    let kind: String?
    let files: [String: String]
  }

  /// Reads the common members of a manifest and checks its format and that the files are there.
  /// - Parameter manifest: the bytes of the folder's `emend-model.json`.
  init(directory: URL, manifest: Data) throws(ModelError) {
    self.directory = directory
    self.manifest = manifest
    let common = try Self.decode(
      Common.self, from: manifest, in: directory, remedy: Self.remedy)
    kind = common.kind
    files = common.files
    guard common.format == ModelManifest.currentFormat else {
      throw ModelError(
        .modelUnsupported, at: directory.appending(path: ModelManifest.fileName).path,
        "its format is \(common.format); this emend reads \(ModelManifest.currentFormat)",
        remedy: Self.remedy(kind))
    }
    guard files.count <= Self.mostFiles,
      files.keys.allSatisfy({ !$0.isEmpty && !$0.hasPrefix(".") && !$0.contains("/") })
    else {
      throw ModelError(
        .modelDamaged, at: directory.appending(path: ModelManifest.fileName).path,
        "it lists files that are not of this folder, or more than \(Self.mostFiles)",
        remedy: Self.remedy(kind))
    }
    for name in files.keys.sorted()
    where !FileManager.default.isReadableFile(atPath: directory.appending(path: name).path) {
      throw ModelError(
        .modelDamaged, at: directory.appending(path: name).path, "it is missing",
        remedy: Self.remedy(kind))
    }
  }

  /// Models have at most seven files.
  private static let mostFiles = 64
  /// A manifest has some kilobytes, and the text of a licence.
  static let largestManifest = 4 << 20

  /// The bytes of a model's file; nil where it is missing, larger than `limit` or no regular file.
  static func content(of file: URL, limit: Int = largestManifest) -> Data? {
    let place = file.resolvingSymlinksInPath().path
    guard let facts = try? FileManager.default.attributesOfItem(atPath: place),
      facts[.type] as? FileAttributeType == .typeRegular,
      let size = facts[.size] as? Int, size <= limit
    else { return nil }
    return FileManager.default.contents(atPath: place)
  }

  /// Reads the whole manifest, as one kind of model has it.
  func decode<Manifest: Decodable>(_ type: Manifest.Type) throws(ModelError) -> Manifest {
    try Self.decode(type, from: manifest, in: directory, remedy: remedy)
  }

  /// The error for a manifest with a fault.
  func damaged(_ reason: String) -> ModelError {
    ModelError(
      .modelDamaged, at: directory.appending(path: ModelManifest.fileName).path, reason,
      remedy: remedy)
  }

  /// What to do where this model is damaged.
  var remedy: String { Self.remedy(kind) }

  private static func remedy(_ kind: String?) -> String {
    kind == LanguageModelManifest.kind ? languageModelRemedy : remedy
  }

  private static func decode<Value: Decodable>(
    _ type: Value.Type, from data: Data, in directory: URL, remedy: String
  ) throws(ModelError) -> Value {
    do {
      return try JSONDecoder().decode(type, from: data)
    } catch {
      throw ModelError(
        .modelDamaged, at: directory.appending(path: ModelManifest.fileName).path,
        "it cannot be read: \(error)", remedy: remedy)
    }
  }
}
