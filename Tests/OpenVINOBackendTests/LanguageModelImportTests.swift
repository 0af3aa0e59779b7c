import Foundation
import Testing

@testable import ModelInterfaces
@testable import ModelCatalogue

struct LanguageModelImportTests {
  private let start = Data("GGUF\u{3}\0\0\0".utf8)

  private func inFolder(script: String, _ body: (LanguageModelImport, URL) throws -> Void) throws {
    try Prepared.inFreshDirectory { folder in
      let file = folder.appending(path: "convert")
      try Data(("#!/bin/bash\n" + script).utf8).write(to: file)
      try start.write(to: folder.appending(path: "some model.gguf"))
      try body(LanguageModelImport(script: file), folder)
    }
  }

  @Test func aGGUFFileIsRecognisedByItsStartOrName() throws {
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
      [ $# = 3 ] && [ -f "$1" ] && [ "$2" = my-model ] && mkdir -p "$3" || exit 1
      cp -R '\(model.directory.path)' "$3/$2"
      """
    try inFolder(script: script) { importer, folder in
      let store = ModelStore(directory: folder.appending(path: "models"))
      let file = folder.appending(path: "some model.gguf")
      let made = try importer.run(file, name: "my-model", into: store)
      #expect(made.manifest == model.manifest)
      #expect(made.directory.lastPathComponent == "my-model")
      let error = try #require(
        #expect(throws: ModelError.self) { try importer.run(file, into: store) })
      #expect(error.remedy.contains("--name"))
    }
  }

  @Test func theErrorHasTheScriptsReasonAndRemedy() throws {
    let script = """
      echo "convert: nothing of use"
      echo "Traceback: noise" >&2
      echo "convert_language_model: $1 is a model of the architecture gemma" >&2
      echo "convert_language_model: remedy: choose one of these: llama" >&2
      exit 1
      """
    try inFolder(script: script) { importer, folder in
      let file = folder.appending(path: "some model.gguf")
      let error = try #require(
        #expect(throws: ModelError.self) {
          try importer.run(file, name: "x", into: ModelStore(directory: folder))
        })
      #expect(error.kind == .modelUnsupported)
      #expect(error.reason == "it is a model of the architecture gemma")
      #expect(error.remedy == "choose one of these: llama")
    }
  }

  @Test func theErrorHasTheReasonOfTheScriptsShellPart() throws {
    let script = """
      echo "convert: python3 is not installed" >&2
      echo "convert: remedy: apt-get install python3" >&2
      exit 1
      """
    try inFolder(script: script) { importer, folder in
      let error = try #require(
        #expect(throws: ModelError.self) {
          try importer.run(
            folder.appending(path: "some model.gguf"), name: "x",
            into: ModelStore(directory: folder))
        })
      #expect(error.reason == "python3 is not installed")
      #expect(error.remedy == "apt-get install python3")
    }
  }

  @Test func theErrorNamesTheScriptWhereItGivesNoRemedy() throws {
    try inFolder(script: "exit 1") { importer, folder in
      let error = try #require(
        #expect(throws: ModelError.self) {
          try importer.run(
            folder.appending(path: "some model.gguf"), name: "x",
            into: ModelStore(directory: folder))
        })
      #expect(error.remedy.contains(folder.appending(path: "convert").path))
    }
  }

  /// The real converter refuses the file before it downloads anything.
  @Test(arguments: [4, 8]) func aTruncatedFileIsRefused(bytes: Int) throws {
    try Prepared.inFreshDirectory { folder in
      let file = folder.appending(path: "short.gguf")
      try start.prefix(bytes).write(to: file)
      let importer = try LanguageModelImport(layout: Prepared.layout, executable: nil)
      let error = try #require(
        #expect(throws: ModelError.self) {
          try importer.run(file, into: ModelStore(directory: folder))
        })
      #expect(error.reason.contains("cut short"), "\(error)")
      #expect(error.remedy == "fetch the file again")
    }
  }

  /// Copies the real converter into a folder.
  private func install(into folder: URL) throws {
    try FileManager.default.createDirectory(
      at: folder.deletingLastPathComponent(), withIntermediateDirectories: true)
    try FileManager.default.copyItem(
      at: Prepared.root.appending(path: "tools/convert"), to: folder)
  }

  /// The converter beside an installed program runs, and writes nothing into its own folder.
  @Test func anInstalledConverterRuns() throws {
    try Prepared.inFreshDirectory { prefix in
      let converter = prefix.appending(path: "lib/emend/convert")
      try install(into: converter)
      let before = try FileManager.default.subpathsOfDirectory(atPath: converter.path)
      let file = prefix.appending(path: "short.gguf")
      try start.write(to: file)
      let layout = RuntimeLayout(home: prefix.appending(path: "lib/emend"))
      let importer = try LanguageModelImport(
        layout: layout, executable: prefix.appending(path: "bin/emend"))
      #expect(importer.script.path == converter.appending(path: "convert").path)
      let error = try #require(
        #expect(throws: ModelError.self) {
          try importer.run(file, into: ModelStore(layout: layout))
        })
      #expect(error.reason.contains("cut short"), "\(error)")
      let after = try FileManager.default.subpathsOfDirectory(atPath: converter.path)
      #expect(before.sorted() == after.sorted())
    }
  }

  @Test func theInstalledConverterComesFirstThenTheSourceFolders() throws {
    try Prepared.inFreshDirectory { folder in
      let executable = folder.appending(path: "a/.build/release/emend")
      let places = ["a/.build/lib/emend/convert", "b/tools/convert", "a/tools/convert"]
      for place in places { try install(into: folder.appending(path: place)) }
      // The folder of another project must not be taken for the converter.
      let other = folder.appending(path: "a/.build/tools/convert")
      try FileManager.default.createDirectory(at: other, withIntermediateDirectories: true)
      try Data("exit 1".utf8).write(to: other.appending(path: "convert"))
      let layout = RuntimeLayout(home: folder.appending(path: "b/.emend"))
      for place in places {
        let found = try LanguageModelImport(layout: layout, executable: executable)
        #expect(found.script.path == folder.appending(path: "\(place)/convert").path)
        try FileManager.default.removeItem(at: folder.appending(path: place))
      }
    }
  }

  private func number(_ value: UInt64, _ bytes: Int) -> Data {
    Data((0..<bytes).map { UInt8(truncatingIfNeeded: value >> (8 * UInt64($0))) })
  }

  private func text(_ value: String) -> Data {
    number(UInt64(value.utf8.count), 8) + Data(value.utf8)
  }

  /// Whatever a header holds, there is one sentence, without a trace of Python and without what a terminal
  /// obeys.
  @Test func hostileHeadersAreRefused() throws {
    let architecture = text("general.architecture") + number(8, 4)
    let llama = architecture + text("llama")
    let context = text("llama.context_length") + number(4, 4) + number(8, 4)
    let tokens = text("tokenizer.ggml.tokens") + number(9, 4) + number(8, 4) + number(0, 8)
    let list = number(9, 4) + number(1, 8)
    let hostile: [(keys: [Data], reason: String)] = [
      (
        [llama, text("a") + number(9, 4) + Data(repeatElement(list, count: 5000).joined())],
        "list of lists"
      ),
      ([llama, text("general.alignment") + number(4, 4) + number(0, 4)], "alignment"),
      ([architecture + text("\u{1B}[31mred")], "architecture '\\x1b[31mred'"),
      (
        [llama, context, text("tokenizer.ggml.tokens") + number(4, 4) + number(7, 4)],
        "cannot be right"
      ),
      (
        [llama, text("llama.context_length") + number(8, 4) + text("x"), tokens], "cannot be right"
      ),
    ]
    try Prepared.inFreshDirectory { folder in
      let importer = try LanguageModelImport(layout: Prepared.layout, executable: nil)
      for (keys, reason) in hostile {
        let file = folder.appending(path: "hostile.gguf")
        let start = Data("GGUF".utf8) + number(3, 4) + number(0, 8) + number(UInt64(keys.count), 8)
        try (start + Data(keys.joined()) + Data(count: 64)).write(to: file)
        let error = try #require(
          #expect(throws: ModelError.self) {
            try importer.run(file, into: ModelStore(directory: folder))
          })
        #expect(error.reason.contains(reason), "\(error)")
        #expect(!error.description.contains("Traceback"))
        #expect(!error.remedy.contains("to see all that it says"))
      }
    }
  }

  /// The converter reports it before it downloads anything.
  @Test func aFolderThatCannotBeWrittenIsReported() throws {
    // No tensors and three keys: a text, a 32-bit number, and an empty list of texts.
    let header = [
      Data("GGUF".utf8), number(3, 4), number(0, 8), number(3, 8),
      text("general.architecture"), number(8, 4), text("llama"),
      text("llama.context_length"), number(4, 4), number(8, 4),
      text("tokenizer.ggml.tokens"), number(9, 4), number(8, 4), number(0, 8),
      Data(count: 32),
    ]
    try Prepared.inFreshDirectory { folder in
      let file = folder.appending(path: "whole.gguf")
      try Data(header.joined()).write(to: file)
      // No user can make a folder below a file, not even root.
      let models = file.appending(path: "models")
      let importer = try LanguageModelImport(layout: Prepared.layout, executable: nil)
      let error = try #require(
        #expect(throws: ModelError.self) {
          try importer.run(file, into: ModelStore(directory: models))
        })
      #expect(error.reason.contains("cannot be written"), "\(error)")
      #expect(error.remedy.contains("administrator"))
    }
  }

  @Test func theErrorForAMissingConverterNamesBothPlaces() throws {
    try Prepared.inFreshDirectory { folder in
      let error = try #require(
        #expect(throws: ModelError.self) {
          try LanguageModelImport(
            layout: RuntimeLayout(home: folder.appending(path: "lib/emend")),
            executable: folder.appending(path: "bin/emend"))
        })
      #expect(error.kind == .libraryMissing)
      #expect(error.remedy.contains("install emend's package again"))
      #expect(error.remedy.contains("tools/convert/convert FILE NAME"))
    }
  }

  @Test func theRemedyForAMissingLanguageModelIsToImportAFile() throws {
    try Prepared.inFreshDirectory { folder in
      let error = try #require(
        #expect(throws: ModelError.self) {
          try ModelStore(directory: folder).resolveLanguageModel("mine")
        })
      #expect(error.kind == .modelMissing && error.place.hasSuffix("mine"))
      #expect(error.remedy.contains("FILE.gguf"))
    }
  }
}
