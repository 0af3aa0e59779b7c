package import ModelInterfaces
package import Foundation

/// Converts GGUF files into language models by running the converter (`tools/convert/convert`), which needs
/// Python with pip.
package struct LanguageModelImport: Sendable {
  let script: URL

  /// Finds the converter: `../lib/emend/convert` beside an installed program, else `tools/convert` in the
  /// source folder, which holds `.emend` or is above the program.
  package init(
    layout: RuntimeLayout, executable: URL? = RuntimeLayout.runningExecutable
  ) throws(ModelError) {
    var folders: [URL] = []
    let bin = executable?.standardizedFileURL.deletingLastPathComponent()
    if let bin {
      folders.append(bin.deletingLastPathComponent().appending(path: "lib/emend/convert"))
    }
    let source = layout.home.standardizedFileURL.deletingLastPathComponent()
    folders.append(source.appending(path: "tools/convert"))
    var folder = bin
    while let next = folder, next.path != "/" {
      folders.append(next.appending(path: "tools/convert"))
      folder = next.deletingLastPathComponent()
    }
    let found = folders.first { folder in
      // A folder of another project may have the same name, so all files of the converter must be there.
      ["convert", "convert_language_model.py", "versions.sh"].allSatisfy {
        FileManager.default.isReadableFile(atPath: folder.appending(path: $0).path)
      }
    }
    guard let found else {
      throw ModelError(
        .libraryMissing, at: layout.home.path,
        "the converter of GGUF files is missing: it is neither in ../lib/emend/convert beside the program nor in tools/convert of a source folder",
        remedy:
          "install emend's package again, or run tools/convert/convert FILE NAME \(layout.modelsDirectory.path) in emend's source folder"
      )
    }
    self.init(script: found.appending(path: "convert"))
  }

  init(script: URL) { self.script = script }

  /// Whether a path is to be imported as a language model: a file that begins as GGUF files do, or whose
  /// name, or a missing file's name, ends in `.gguf`.
  package static func isFile(_ place: URL) -> Bool {
    var isDirectory: ObjCBool = false
    guard FileManager.default.fileExists(atPath: place.path, isDirectory: &isDirectory),
      !isDirectory.boolValue
    else { return place.pathExtension.lowercased() == "gguf" }
    // Opening a FIFO would wait for its writer.
    let target = place.resolvingSymlinksInPath().path
    let facts = try? FileManager.default.attributesOfItem(atPath: target)
    guard facts?[.type] as? FileAttributeType == .typeRegular,
      let file = try? FileHandle(forReadingFrom: place)
    else { return true }
    defer { try? file.close() }
    return place.pathExtension.lowercased() == "gguf"
      || (try? file.read(upToCount: 4)) == Data("GGUF".utf8)
  }

  /// Converts a file. A model of the same name is replaced when the new one is complete. The script's
  /// progress goes to standard error.
  /// - Parameters:
  ///   - file: the GGUF file.
  ///   - name: the model's name; nil for the file's own name without its ending.
  ///   - store: receives the model.
  package func run(
    _ file: URL, name: String? = nil, into store: ModelStore
  ) throws(ModelError) -> InstalledLanguageModel {
    let ownName = file.deletingPathExtension().lastPathComponent
    let name = name ?? ownName
    try ModelStore.checkName(name, of: file)
    guard FileManager.default.isReadableFile(atPath: file.path) else {
      throw ModelError(
        .modelMissing, at: file.path, "it is missing or cannot be read",
        remedy: "give the path of a GGUF file")
    }
    let process = Process()
    process.executableURL = URL(filePath: "/usr/bin/env")
    process.arguments = [
      "bash", script.path, file.standardizedFileURL.path, name,
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
      throw ModelError(
        .modelUnsupported, at: script.path, "it cannot be run: \(error)",
        remedy: "install bash, and check that the script can be read")
    }
    guard process.terminationStatus == 0 else { throw failure(text, file: file) }
    return try store.resolveLanguageModel(name)
  }

  /// The error for a failure, from the converter's own messages: `NAME: REASON`, then
  /// `NAME: remedy: REMEDY`.
  private func failure(_ text: String, file: URL) -> ModelError {
    let lines = text.split(separator: "\n").map { line in
      for program in ["convert: ", "convert_language_model: "] where line.hasPrefix(program) {
        return String(line.dropFirst(program.count))
      }
      return String(line)
    }
    let mark = "remedy: "
    let place = lines.firstIndex { $0.hasPrefix(mark) }
    let remedy = place.map { String(lines[$0].dropFirst(mark.count)) }
    var reason = place.flatMap { $0 > 0 ? lines[$0 - 1] : nil } ?? lines.last ?? "no reason given"
    // The error names the file already, so the reason need not repeat it.
    if reason.hasPrefix(file.path) { reason = "it" + reason.dropFirst(file.path.count) }
    return ModelError(
      .modelUnsupported, at: file.path, reason,
      remedy: remedy ?? "run bash \(script.path) FILE NAME FOLDER to see all that it says")
  }
}
