import Foundation
import Testing

@testable import Inference

struct LanguageModelImportTests {
  private let start = Data("GGUF\u{3}\0\0\0".utf8)

  private func inFolder(script: String, _ body: (LanguageModelImport, URL) throws -> Void) throws {
    try Prepared.inFreshDirectory { folder in
      let file = folder.appending(path: "prepare")
      try Data(("#!/bin/bash\n" + script).utf8).write(to: file)
      try start.write(to: folder.appending(path: "some model.gguf"))
      try body(LanguageModelImport(script: file), folder)
    }
  }

  @Test func aGGUFFileIsToldByItsStartOrName() throws {
    try Prepared.inFreshDirectory { folder in
      let named = folder.appending(path: "a.gguf")
      let plain = folder.appending(path: "b")
      let other = folder.appending(path: "c")
      try Data("nonsense".utf8).write(to: named)
      try start.write(to: plain)
      try Data("GGU".utf8).write(to: other)
      #expect(LanguageModelImport.isFile(named) && LanguageModelImport.isFile(plain))
      #expect(!LanguageModelImport.isFile(other) && !LanguageModelImport.isFile(folder))
      #expect(LanguageModelImport.isFile(folder.appending(path: "absent.gguf")))
    }
  }

  @Test func theScriptGetsFileNameAndFolder() throws {
    let model = try Prepared.languageModelFiles()
    let script = """
      [ "$1" = --gguf ] && [ -f "$2" ] && [ "$3" = my-model ] && mkdir -p "$4" || exit 1
      cp -R '\(model.directory.path)' "$4/$3"
      """
    try inFolder(script: script) { importer, folder in
      let store = ModelStore(directory: folder.appending(path: "models"))
      let file = folder.appending(path: "some model.gguf")
      let made = try importer.run(file, name: "my-model", into: store)
      #expect(made.manifest == model.manifest)
      #expect(made.directory.lastPathComponent == "my-model")
      let error = try #require(
        #expect(throws: InferenceError.self) { try importer.run(file, into: store) })
      #expect(error.remedy.contains("--name"))
    }
  }

  @Test func whatTheScriptSaysIsTheError() throws {
    let script = """
      echo "prepare: nothing of use"
      echo "Traceback: noise" >&2
      echo "convert-language-model: $2 is a model of the architecture gemma" >&2
      echo "convert-language-model: remedy: choose one of these: llama" >&2
      exit 1
      """
    try inFolder(script: script) { importer, folder in
      let file = folder.appending(path: "some model.gguf")
      let error = try #require(
        #expect(throws: InferenceError.self) {
          try importer.run(file, name: "x", into: ModelStore(directory: folder))
        })
      #expect(error.kind == .modelUnsupported)
      #expect(error.reason == "it is a model of the architecture gemma")
      #expect(error.remedy == "choose one of these: llama")
    }
  }

  /// The real scripts refuse it before they fetch anything.
  @Test(arguments: [4, 8]) func aTruncatedFileIsRefused(bytes: Int) throws {
    try Prepared.inFreshDirectory { folder in
      let file = folder.appending(path: "short.gguf")
      try start.prefix(bytes).write(to: file)
      let importer = try LanguageModelImport(layout: Prepared.layout, executable: nil)
      let error = try #require(
        #expect(throws: InferenceError.self) {
          try importer.run(file, into: ModelStore(directory: folder))
        })
      #expect(error.reason.contains("cut short"), "\(error)")
      #expect(error.remedy == "fetch the file again")
    }
  }

  @Test func withoutTheSourceFolderTheRemedyNamesIt() throws {
    try Prepared.inFreshDirectory { folder in
      let error = try #require(
        #expect(throws: InferenceError.self) {
          try LanguageModelImport(
            layout: RuntimeLayout(home: folder.appending(path: "lib/emend")),
            executable: folder.appending(path: "bin/emend"))
        })
      #expect(error.kind == .libraryMissing)
      #expect(error.remedy.contains("scripts/prepare --gguf"))
    }
  }

  @Test func aMissingLanguageModelIsImportedFromAFile() throws {
    try Prepared.inFreshDirectory { folder in
      let error = try #require(
        #expect(throws: InferenceError.self) {
          try ModelStore(directory: folder).resolveLanguageModel("mine")
        })
      #expect(error.kind == .modelMissing && error.place.hasSuffix("mine"))
      #expect(error.remedy.contains("FILE.gguf"))
    }
  }
}
