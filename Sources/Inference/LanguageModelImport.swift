package import Foundation

/// Turns GGUF files into language models by running `scripts/prepare --gguf` of emend's source folder,
/// which needs Python. Nothing else of emend does.
package struct LanguageModelImport: Sendable {
  private let script: URL

  /// Finds the script beside `.emend`, else above the program.
  package init(
    layout: RuntimeLayout, executable: URL? = RuntimeLayout.runningExecutable
  ) throws(InferenceError) {
    var folders = [layout.home.standardizedFileURL.deletingLastPathComponent()]
    var folder = executable?.deletingLastPathComponent()
    while let next = folder, next.path != "/" {
      folders.append(next)
      folder = next.deletingLastPathComponent()
    }
    let found = folders.map { $0.appending(path: "scripts") }.first { scripts in
      // Other projects may have a script of that name.
      ["prepare", "convert-language-model"].allSatisfy {
        FileManager.default.isReadableFile(atPath: scripts.appending(path: $0).path)
      }
    }
    guard let found else {
      throw InferenceError(
        .libraryMissing, at: layout.home.path,
        "the scripts that convert a GGUF file do not come with an installed emend",
        remedy:
          "run scripts/prepare --gguf FILE NAME in emend's source folder, and copy .emend/models/NAME into \(layout.modelsDirectory.path)"
      )
    }
    self.init(script: found.appending(path: "prepare"))
  }

  init(script: URL) { self.script = script }

  /// Whether something is to be imported as a language model: a file that begins as GGUF files do, or
  /// is called like one.
  package static func isFile(_ place: URL) -> Bool {
    var isDirectory: ObjCBool = false
    guard FileManager.default.fileExists(atPath: place.path, isDirectory: &isDirectory),
      !isDirectory.boolValue
    else { return place.pathExtension.lowercased() == "gguf" }
    guard let file = try? FileHandle(forReadingFrom: place) else { return true }
    defer { try? file.close() }
    return place.pathExtension.lowercased() == "gguf"
      || (try? file.read(upToCount: 4)) == Data("GGUF".utf8)
  }

  /// Converts a file; an older model of the same name is replaced once the new one is complete. What the
  /// script reports goes to standard error.
  /// - Parameter name: the file's own name without its ending where nil.
  package func run(
    _ file: URL, name: String? = nil, into store: ModelStore
  ) throws(InferenceError) -> InstalledLanguageModel {
    let ownName = file.deletingPathExtension().lastPathComponent
    let name = name ?? ownName
    try ModelStore.checkName(name, of: file)
    guard FileManager.default.isReadableFile(atPath: file.path) else {
      throw InferenceError(
        .modelMissing, at: file.path, "it is missing or cannot be read",
        remedy: "give the path of a GGUF file")
    }
    let process = Process()
    process.executableURL = URL(filePath: "/usr/bin/env")
    process.arguments = [
      "bash", script.path, "--gguf", file.standardizedFileURL.path, name,
      store.directory.standardizedFileURL.path,
    ]
    process.standardInput = FileHandle.nullDevice
    process.standardOutput = FileHandle.standardError
    let errors = Pipe()
    process.standardError = errors
    let text: String
    do {
      try process.run()
      text = String(decoding: try errors.fileHandleForReading.readToEnd() ?? Data(), as: UTF8.self)
      process.waitUntilExit()
    } catch {
      throw InferenceError(
        .modelUnsupported, at: script.path, "it cannot be run: \(error)",
        remedy: "install bash, and check that the script can be read")
    }
    guard process.terminationStatus == 0 else { throw Self.failure(text, file: file) }
    return try store.resolveLanguageModel(name)
  }

  /// What the scripts say of a failure: `NAME: REASON`, then `NAME: remedy: REMEDY`.
  static func failure(_ text: String, file: URL) -> InferenceError {
    let lines = text.split(separator: "\n").map { line in
      for script in ["prepare: ", "convert-language-model: "] where line.hasPrefix(script) {
        return String(line.dropFirst(script.count))
      }
      return String(line)
    }
    let mark = "remedy: "
    let place = lines.firstIndex { $0.hasPrefix(mark) }
    let remedy = place.map { String(lines[$0].dropFirst(mark.count)) }
    var reason = place.flatMap { $0 > 0 ? lines[$0 - 1] : nil } ?? lines.last ?? "no reason given"
    // The place is said before the reason already.
    if reason.hasPrefix(file.path) { reason = "it" + reason.dropFirst(file.path.count) }
    return InferenceError(
      .modelUnsupported, at: file.path, reason,
      remedy: remedy ?? "run scripts/prepare --gguf in emend's source folder to see all it says")
  }
}
