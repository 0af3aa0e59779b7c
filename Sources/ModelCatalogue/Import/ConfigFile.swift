import ModelInterfaces
import Foundation

/// One JSON file of a model's folder.
struct ConfigFile {
  let file: URL
  /// The top-level object; empty for a file that holds an array.
  let object: [String: JSONValue]
  private let root: JSONValue

  /// The largest tokenizer.json of a known encoder has 17 MB.
  private static let largestFile = 64 << 20

  init(_ directory: URL, _ name: String) throws(ModelError) {
    file = directory.appending(path: name)
    guard let data = ModelFolder.content(of: file, limit: Self.largestFile) else {
      throw ModelError(
        .modelMissing, at: file.path,
        "it is missing, cannot be read, or is larger than \(Self.largestFile >> 20) MiB",
        remedy: "give a sentence-transformers folder with config.json, modules.json and weights")
    }
    guard let root = JSONValue(json: data) else {
      throw ModelError(
        .modelDamaged, at: file.path, "it is not JSON", remedy: "fetch the model again")
    }
    self.root = root
    object = root.object ?? [:]
  }

  /// Reads a file that may be missing; nil where it is.
  static func optional(_ directory: URL, _ name: String) throws(ModelError) -> ConfigFile? {
    let path = directory.appending(path: name).path
    return FileManager.default.fileExists(atPath: path) ? try ConfigFile(directory, name) : nil
  }

  /// The objects of a file that holds a list of objects.
  func objects() throws(ModelError) -> [[String: JSONValue]] {
    let list = root.array?.compactMap(\.object)
    guard let list, list.count == root.array?.count else {
      throw damaged("it is no list of modules")
    }
    return list
  }

  func optionalString(_ key: String) -> String? { object[key]?.string }
  func optionalBool(_ key: String) -> Bool? { object[key]?.bool }
  func optionalDouble(_ key: String) -> Double? { object[key]?.double }
  /// A whole number of at least 1. Nil also for numbers from a million on, which some files use to mean
  /// "no limit".
  func optionalInteger(_ key: String) -> Int? {
    guard let number = object[key]?.double, number >= 1, number < 1e6 else { return nil }
    return Int(exactly: number)
  }

  func string(_ key: String) throws(ModelError) -> String {
    guard let value = optionalString(key) else { throw damaged("\(key) is missing") }
    return value
  }

  func size(_ key: String) throws(ModelError) -> Int {
    guard let value = optionalInteger(key) else {
      throw damaged("\(key) is missing or no positive number")
    }
    return value
  }

  func damaged(_ reason: String) -> ModelError {
    ModelError(.modelDamaged, at: file.path, reason, remedy: "fetch the model again")
  }

  func unsupported(_ reason: String, remedy: String) -> ModelError {
    ModelError(.modelUnsupported, at: file.path, reason, remedy: remedy)
  }
}
