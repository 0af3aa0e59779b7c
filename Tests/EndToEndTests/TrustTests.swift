import Foundation
import Testing

/// What the program takes from folders that may be somebody else's, and what it hands on.
@Suite("Trust") struct TrustTests {
  let emend: Emend

  init() throws { emend = try Emend() }

  @Test(
    "folders that are the same, or lie in each other, are refused before anything is made",
    arguments: [
      ["--inbox", "in", "--outbox", "in"], ["--inbox", "in", "--outbox", "alias"],
      ["--inbox", "in", "--outbox", "in/new/deep"], ["--inbox", "out/in", "--outbox", "out"],
      ["--inbox", "in", "--outbox", "out", "--done", "out"],
      ["--inbox", "in", "--outbox", "out", "--failed", "alias/done"],
      ["--inbox", "in", "--outbox", "out", "--done", "in/claimed/x"],
      ["--inbox", "in", "--outbox", "new", "--state", "./new"],
    ])
  func mixedFolders(flags: [String]) throws {
    try emend.write("", to: "in/.keep")
    try FileManager.default.createSymbolicLink(
      atPath: emend.path("alias"), withDestinationPath: "in")
    let outcome = try emend.start(["watch", "--once"] + flags).finish()
    #expect(outcome.status == 64, "\(outcome)")
    #expect(emend.names(in: "") == ["alias", "in"] && emend.names(in: "in") == [".keep"])
  }

  @Test func foldersInTheInboxThatEmendPutsThereAreFine() throws {
    try emend.write(Samples.file(Samples.vectors(60)), to: "inbox/a.jsonl")
    let outcome = try emend.drain("--done", "inbox/old", "--failed", "inbox/bad", "--state", ".")
    #expect(outcome.status == 0, "\(outcome)")
    #expect(emend.names(in: "inbox/old") == ["a.jsonl"])
  }

  @Test(
    "rules that were only found in the current folder send nothing away and read no key",
    arguments: [
      "utility: {server: {address: \"http://192.0.2.1/v1\", model: m, remote: true}}",
      "utility: {server: {address: \"http://127.0.0.1:9/v1\", model: m, key_variable: HOME}}",
      "utility: {server: {address: \"http://127.0.0.1:9/v1\", model: m, key_file: /etc/hostname}}",
      "encoder: ./model", "utility: {prompts: {answer: /etc/hostname}}",
    ])
  func foundRules(rules: String) throws {
    try emend.write(rules, to: "rules/default.yaml")
    try emend.write(Samples.file(Samples.vectors(60)), to: "data.jsonl")
    for arguments in [
      ["run", "data.jsonl"], ["watch", "--once", "--inbox", "inbox", "--outbox", "out"],
    ] {
      let outcome = try emend.start(arguments).finish()
      #expect(outcome.status == 1, "\(outcome)")
      #expect(outcome.errors.contains("--rules rules"), "\(outcome)")
    }
  }

  @Test("a folder .emend in the current folder is not the program's home")
  func foreignHome() throws {
    try emend.write("{}", to: ".emend/models/m/emend-model.json")
    let copy = emend.path("elsewhere/emend")
    try emend.write("", to: "elsewhere/.keep")
    try FileManager.default.copyItem(atPath: try Emend.program.get(), toPath: copy)
    let work = try Emend()
    try work.write("{}", to: ".emend/models/foreign/emend-model.json")
    let outcome = try work.start(["model", "list"], home: "", program: copy).finish()
    #expect(!outcome.text.contains("foreign") && !outcome.errors.contains("foreign"))
    #expect(!outcome.errors.contains(work.folder.path), "\(outcome)")
  }

  @Test("a key in the environment is refused by a daemon, with the remedy")
  func keyVariable() throws {
    try emend.write(
      "utility: {server: {address: \"http://127.0.0.1:9/v1\", model: m, key_variable: MY_KEY}}",
      to: "own/default.yaml")
    let daemon = try emend.watch(["--once", "--rules", "own"], variables: ["MY_KEY": "sk-1"])
    let outcome = try daemon.end()
    #expect(outcome.status == 1 && outcome.errors.contains("key_file"), "\(outcome)")
  }

  @Test("labels and names are escaped on the terminal")
  func escapes() throws {
    let lines = (0..<40).map { index in
      "{\"vector\": [\(index % 2), \(1 - index % 2), \(index)], \"text\": \"\\u001b[2J\\u202e\", "
        + "\"label\": \"\\u001b[31m\\u009b\(index % 7 == 0 ? 1 - index % 2 : index % 2)\"}"
    }
    try emend.write(Samples.file(lines.map { $0 + "\n" }), to: "data\u{1B}[1m.jsonl")
    for flags in [["--mode", "all"], ["--json"]] {
      let outcome = try emend.start(["run", "data\u{1B}[1m.jsonl", "--outbox", "out"] + flags)
        .finish()
      #expect(outcome.status == 0, "\(outcome)")
      let text = outcome.text + outcome.errors
      for mark in ["\u{1B}", "\u{9B}", "\u{202E}"] { #expect(!text.contains(mark), "\(outcome)") }
    }
  }
}
