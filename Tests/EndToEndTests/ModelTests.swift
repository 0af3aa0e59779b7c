import Foundation
import Testing

/// Models and libraries that are installed, missing or damaged.
@Suite("Model") struct ModelTests {
  let emend: Emend

  init() throws {
    emend = try Emend()
    try emend.write(Samples.file(Samples.classification()), to: "data.jsonl")
  }

  @Test func listAndVerify() throws {
    let list = try emend.run("model", "list")
    #expect(list.status == 0)
    #expect(
      list.text == """
        all-MiniLM-L6-v2  384 dimensions, mean pooling, up to 256 tokens  (default)
        SmolLM2-135M-Instruct  language model, up to 8192 tokens  (default)

        """)
    let verified = try emend.run("model", "verify")
    #expect(verified.status == 0)
    #expect(
      verified.text == """
        all-MiniLM-L6-v2: every file is as it was imported
        SmolLM2-135M-Instruct: every file is as it was imported

        """)
    let quiet = try emend.run("model", "verify", "all-MiniLM-L6-v2", "--quiet")
    #expect(quiet.status == 0 && quiet.output.isEmpty)
  }

  /// The header shows the damage, so no package for the conversion is fetched.
  @Test func aTruncatedLanguageModelIsRefused() throws {
    try emend.write("GGUF\u{3}", to: "short.gguf")
    let refused = try emend.run("model", "import", "short.gguf")
    #expect(refused.status == 1)
    #expect(refused.errors.contains("short.gguf: it is cut short"), "\(refused)")
    #expect(refused.errors.contains("Remedy: fetch the file again."))
    let absent = try emend.run("model", "import", "absent.gguf")
    #expect(absent.status == 1)
    #expect(absent.errors.contains("Remedy: give the path of a GGUF file."))
  }

  @Test func nothingIsInstalled() throws {
    let home = emend.path("home")
    try FileManager.default.createDirectory(atPath: home, withIntermediateDirectories: true)
    for arguments in [["run", "data.jsonl", "--outbox", "out"], ["model", "verify"]] {
      let outcome = try emend.start(arguments, home: home).finish()
      #expect(outcome.status == 1)
      #expect(outcome.errors.contains("scripts/quickstart"), "\(outcome)")
    }
    let list = try emend.run("model", "list", home: home)
    #expect(list.status == 0)
    #expect(list.text.contains("No encoder in \(home)/models"))
    #expect(emend.names(in: "out").isEmpty)
  }

  @Test func theLibraryIsMissing() throws {
    let home = try homeWithModel()
    try FileManager.default.removeItem(at: home.appending(path: "openvino"))
    let outcome = try emend.run("run", "data.jsonl", "--outbox", "out", home: home.path)
    #expect(outcome.status == 1)
    #expect(outcome.errors.contains("libopenvino_c.so"))
    #expect(outcome.errors.contains("Remedy: run scripts/"))
  }

  @Test(arguments: ["model.bin", "model.xml", "vocab.txt"])
  func aDamagedModelIsFound(file: String) throws {
    let home = try homeWithModel(toDamage: file)
    let damaged = home.appending(path: "models/all-MiniLM-L6-v2/\(file)")
    var content = try Data(contentsOf: damaged)
    content[content.count / 2] ^= 0x55
    try content.write(to: damaged)
    let outcome = try emend.run("model", "verify", home: home.path)
    #expect(outcome.status == 1)
    #expect(outcome.errors.contains(file))
    #expect(outcome.errors.contains("Remedy: import the model again."))
    // It is not used either.
    let run = try emend.run("run", "data.jsonl", "--outbox", "out", home: home.path)
    #expect(run.status == 1)
    #expect(run.errors.contains("it is not the file that was imported"))
    #expect(emend.names(in: "out").isEmpty)
  }

  @Test(arguments: ["model.bin", "model.xml", "vocab.txt", "emend-model.json"])
  func aTruncatedModelStopsTheRun(file: String) throws {
    let home = try homeWithModel(toDamage: file)
    let damaged = home.appending(path: "models/all-MiniLM-L6-v2/\(file)")
    try Data(try Data(contentsOf: damaged).prefix(100)).write(to: damaged)
    let outcome = try emend.run("run", "data.jsonl", "--outbox", "out", home: home.path)
    #expect(outcome.status == 1, "\(outcome)")
    #expect(outcome.errors.contains("Remedy: "))
    #expect(outcome.errors.contains("all-MiniLM-L6-v2"))
    #expect(emend.names(in: "out").isEmpty)
  }

  @Test func anUnknownEncoder() throws {
    try emend.write("encoder: no-such-model\n", to: "rules/default.yaml")
    let outcome = try emend.run("run", "data.jsonl", "--outbox", "out")
    #expect(outcome.status == 1)
    #expect(outcome.errors.contains("there is no model called no-such-model"))
    #expect(outcome.errors.contains("emend model import DIR"))
    let verify = try emend.run("model", "verify", "no-such-model")
    #expect(verify.status == 1)
  }

  @Test func anImportedModelIsListedVerifiedAndUsed() throws {
    let home = emend.folder.appending(path: "home")
    try FileManager.default.createDirectory(at: home, withIntermediateDirectories: true)
    try FileManager.default.createSymbolicLink(
      at: home.appending(path: "openvino"),
      withDestinationURL: try Emend.home.get().appending(path: "openvino"))
    let source = Emend.package.appending(path: ".emend/sources/all-MiniLM-L6-v2").path
    let imported = try emend.run("model", "import", source, "--name", "mine", home: home.path)
    #expect(imported.status == 0, "\(imported)")
    #expect(imported.text.hasPrefix("mine is ready in "))
    let list = try emend.run("model", "list", home: home.path)
    #expect(list.text == "mine  384 dimensions, mean pooling, up to 256 tokens\n")
    #expect(try emend.run("model", "verify", home: home.path).status == 0)
    try emend.write("encoder: mine\n", to: "rules/default.yaml")
    #expect(try emend.run("run", "data.jsonl", "--outbox", "a", home: home.path).status == 0)
    try emend.write("{}\n", to: "rules/default.yaml")
    #expect(try emend.run("run", "data.jsonl", "--outbox", "b").status == 0)
    // It has the same weights under another name.
    #expect(try emend.read("a/data.jsonl") == emend.read("b/data.jsonl"))
  }

  @Test func importOfAFolderWithoutAModel() throws {
    try emend.write("{}", to: "model/config.json")
    let outcome = try emend.run("model", "import", "model", "--name", "x")
    #expect(outcome.status == 1)
    #expect(outcome.errors.contains("Remedy: "))
    #expect(try !emend.run("model", "list").text.contains("x  "))
  }

  /// A home like the tests' own, in which a test may damage one file of the model. Only that one is
  /// copied, as the weights are 90 MB; the others are links.
  private func homeWithModel(toDamage damaged: String? = nil) throws -> URL {
    let home = emend.folder.appending(path: "home")
    let prepared = try Emend.home.get()
    let name = "models/all-MiniLM-L6-v2"
    try FileManager.default.createDirectory(
      at: home.appending(path: name), withIntermediateDirectories: true)
    try FileManager.default.createSymbolicLink(
      at: home.appending(path: "openvino"),
      withDestinationURL: prepared.appending(path: "openvino"))
    for file in ["model.bin", "model.xml", "vocab.txt", "emend-model.json"] {
      let source = prepared.appending(path: "\(name)/\(file)")
      let target = home.appending(path: "\(name)/\(file)")
      try file == damaged
        ? FileManager.default.copyItem(at: source, to: target)
        : FileManager.default.createSymbolicLink(at: target, withDestinationURL: source)
    }
    return home
  }
}
