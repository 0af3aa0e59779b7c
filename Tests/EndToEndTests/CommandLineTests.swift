import Foundation
import TestSupport
import Testing

/// Flags, exit statuses, messages, and the paths of the results.
@Suite("Command line") struct CommandLineTests {
  let emend: Emend
  let input = Samples.file(Samples.vectors(60))

  init() throws {
    emend = try Emend()
    try emend.write(input, to: "data.jsonl")
  }

  func json(_ outcome: Emend.Outcome) throws -> [[String: Any]] {
    try outcome.text.split(whereSeparator: \.isNewline).map {
      try #require(try JSONSerialization.jsonObject(with: Data($0.utf8)) as? [String: Any])
    }
  }

  /// Every command shows how it is called, and by flags that it has.
  @Test(arguments: [
    "run", "watch", "status", "retry", "forget", "check", "revert", "apply", "eval", "diff",
    "report",
    "model list", "model import", "model verify",
  ])
  func helpHasExamples(command: String) throws {
    let help = try emend.start(command.split(separator: " ").map(String.init) + ["--help"]).finish()
    let lines = help.text.split(separator: "\n", omittingEmptySubsequences: false)
    let start = try #require(
      lines.firstIndex { $0.trimmingCharacters(in: .whitespaces) == "Examples:" }, "\(help)")
    let examples = lines[(start + 1)...].prefix { !$0.isEmpty }
    #expect(examples.contains { $0.contains("emend \(command)") })
    let usage = lines.prefix(start).joined() + lines.dropFirst(start + examples.count + 1).joined()
    for example in examples where example.contains("emend \(command)") {
      for word in example.split(separator: " ") where word.hasPrefix("--") {
        #expect(usage.contains(word), "\(example)")
      }
    }
  }

  /// A word that is no command is answered with what was probably meant.
  @Test(arguments: [
    ("rnu", "did you mean run?"), ("stauts", "did you mean status?"),
    ("data.jsonl", "emend run data.jsonl"),
    ("frobnicate", "Remedy: emend --help"),
  ])
  func unknownCommand(word: String, remedy: String) throws {
    let outcome = try emend.start([word, "x.jsonl"]).finish()
    #expect(outcome.status == 64)
    #expect(outcome.errors.contains("there is no command \(word)."))
    #expect(outcome.errors.contains(remedy), "\(outcome.errors)")
  }

  // MARK: - Exit codes

  @Test(arguments: [
    [], ["run"], ["run", "--threads", "0", "data.jsonl"], ["run", "--mode", "some", "data.jsonl"],
    ["run", "-", "-"], ["run", "--no-such-flag", "data.jsonl"], ["check"], ["revert"],
    ["no-such-command"], ["revert", "data.jsonl", "other.jsonl"], ["model", "import"],
  ])
  func misuseIs64(arguments: [String]) throws {
    let outcome = try emend.start(arguments).finish()
    guard !arguments.isEmpty else {
      // Without a command the program prints its help.
      #expect(outcome.status == 0)
      #expect(outcome.text.contains("SUBCOMMANDS:"))
      return
    }
    #expect(outcome.status == 64, "\(outcome)")
    #expect(outcome.errors.contains("Usage:") || outcome.errors.contains("--help"))
    #expect(emend.names(in: "") == ["data.jsonl"])
  }

  @Test func doneIs0() throws {
    #expect(try emend.run("run", "data.jsonl", "--outbox", "out").status == 0)
  }

  @Test func failureIs1() throws {
    let outcome = try emend.run("run", "absent.jsonl")
    #expect(outcome.status == 1)
    #expect(
      outcome.errors
        == "emend: error: absent.jsonl: cannot be read: No such file or directory. "
        + "Check the spelling of the path.\n")
  }

  @Test func rejectsAre3AndArePrinted() throws {
    try emend.write(input + Array("nonsense\n".utf8), to: "data.jsonl")
    let outcome = try emend.run("run", "data.jsonl", "--outbox", "out")
    #expect(outcome.status == 3)
    #expect(outcome.errors.hasPrefix("data.jsonl:61:1: "))
    #expect(outcome.text.contains("60 records, 1 rejected"))
    #expect(outcome.text.contains("out/data.rejected.jsonl"))
  }

  @Test func onlyFirstRejectsArePrinted() throws {
    try emend.write(
      input + Array(String(repeating: "nonsense\n", count: 12).utf8), to: "data.jsonl")
    let outcome = try emend.run("run", "data.jsonl", "--outbox", "out", "--quiet")
    let lines = outcome.errors.split(separator: "\n")
    #expect(lines.count == 6)
    #expect(lines.last == "data.jsonl: 7 more lines cannot be used")
    #expect(try emend.objects("out/data.rejected.jsonl").count == 12)
  }

  @Test func aBadFileDoesNotStopTheNext() throws {
    try emend.write("", to: "empty.jsonl")
    let outcome = try emend.run(
      "run", "absent.jsonl", "empty.jsonl", "data.jsonl", "--outbox", "out")
    #expect(outcome.status == 1)
    #expect(outcome.errors.contains("absent.jsonl: "))
    #expect(outcome.errors.contains("empty.jsonl:1: byte 0: the file is empty"))
    #expect(emend.names(in: "out") == ["data.jsonl", "data.report.html", "data.report.json"])
  }

  @Test(arguments: [SIGINT, SIGTERM, SIGHUP])
  func interruptionsAre130(signal: Int32) throws {
    // The tests may have been started with nohup, which makes all programs ignore the signal.
    let run = try emend.start(
      ["--default-signal", Emend.program.get(), "run", "-"], holdsInputOpen: true,
      program: "/usr/bin/env")
    try emend.until("the signal is handled") { run.handles(signal) || !run.isRunning }
    run.send(signal)
    let outcome = try run.finish()
    #expect(outcome.status == 130, "\(outcome)")
    #expect(outcome.errors.contains("interrupted"))
    #expect(emend.names(in: "") == ["data.jsonl"])
  }

  // MARK: - What is printed

  @Test func versionAndHelp() throws {
    let version = try emend.run("--version")
    #expect(version.status == 0)
    #expect(version.text.hasPrefix("emend 0."))
    for command in [
      ["--help"], ["run", "--help"], ["help", "revert"], ["model", "import", "-h"],
    ] {
      let help = try emend.start(command).finish()
      #expect(help.status == 0)
      #expect(help.text.contains("USAGE: emend"))
      #expect(help.text.split(separator: "\n").allSatisfy { $0.count <= 80 })
    }
  }

  @Test(arguments: ["bash", "zsh", "fish"])
  func completions(shell: String) throws {
    let outcome = try emend.run("--generate-completion-script", shell)
    #expect(outcome.status == 0)
    for word in ["revert", "outbox", "suggest"] { #expect(outcome.text.contains(word)) }
    #expect(!outcome.text.contains("bench"))
    if shell == "bash" {
      try emend.write(outcome.output, to: "completion.bash")
      try emend.tool("bash", "-n", "completion.bash")
    }
  }

  @Test func jsonIsOneObjectAFile() throws {
    try emend.write(input + Array("{}\n".utf8), to: "more.jsonl")
    let outcome = try emend.run("run", "data.jsonl", "more.jsonl", "--outbox", "out", "--json")
    #expect(outcome.status == 3)
    let lines = try json(outcome)
    #expect(lines.count == 2)
    #expect(lines[0]["input"] as? String == "data")
    #expect(lines[0]["records"] as? Int == 60)
    #expect(lines[0]["rejected"] as? Int == 0)
    #expect(
      lines[0]["paths"] as? [String] == [
        "out/data.jsonl", "out/data.report.json", "out/data.report.html",
      ])
    #expect(lines[1]["rejected"] as? Int == 1)
    let counts = try #require(lines[0]["counts"] as? [String: Int])
    #expect(counts.values.reduce(0, +) - (counts["flagged"] ?? 0) == 60)
  }

  @Test func quietIsSilent() throws {
    let outcome = try emend.run("run", "data.jsonl", "--outbox", "out", "--quiet")
    #expect(outcome.status == 0)
    #expect(outcome.output.isEmpty)
    #expect(outcome.errors.isEmpty)
  }

  @Test func outputThatCannotBeWrittenIsAnError() throws {
    for arguments in [
      ["run", "-"], ["run", "data.jsonl", "--outbox", "out"], ["check", "data.jsonl"],
      ["model", "list"],
    ] {
      let outcome = try emend.start(arguments, input: input, output: "/dev/full")
        .finish()
      #expect(outcome.status == 1, "\(arguments): \(outcome)")
      #expect(outcome.errors.contains("standard output: "))
    }
    // The files that were published before the error stay.
    #expect(emend.names(in: "out") == ["data.jsonl", "data.report.html", "data.report.json"])
  }

  @Test func closedPipeIsNoCrash() throws {
    try emend.write(
      "'\(try Emend.program.get())' run - < data.jsonl | true; echo ${PIPESTATUS[0]} > status\n",
      to: "script")
    try emend.tool("bash", "script")
    #expect(["0\n", "1\n"].contains(try emend.text("status")))
  }

  // MARK: - Where files go

  @Test func withoutAnOutboxResultsLieBesideTheInput() throws {
    try emend.write(input, to: "sub/set.jsonl.gz".replacing(".gz", with: ""))
    let outcome = try emend.run("run", "sub/set.jsonl")
    #expect(outcome.status == 0)
    #expect(
      emend.names(in: "sub") == [
        "set.emended.jsonl", "set.emended.report.html", "set.emended.report.json", "set.jsonl",
      ])
  }

  @Test func inAProjectResultsGoToItsOutbox() throws {
    for name in ["inbox", "outbox", "rules"] {
      try emend.write("", to: "\(name)/.gitkeep")
    }
    try emend.write(input, to: "inbox/set.jsonl")
    #expect(try emend.run("run", "inbox/set.jsonl").status == 0)
    #expect(
      emend.names(in: "outbox") == [".gitkeep", "set.jsonl", "set.report.html", "set.report.json"])
    #expect(emend.names(in: "inbox") == [".gitkeep", "set.jsonl"])
  }

  @Test func theSameRunTwiceChangesNothing() throws {
    try emend.write(input + Array("{}\n".utf8), to: "data.jsonl")
    #expect(try emend.run("run", "data.jsonl", "--outbox", "out").status == 3)
    let names = emend.names(in: "out")
    #expect(names == ["data.jsonl", "data.rejected.jsonl", "data.report.html", "data.report.json"])
    let contents = try names.map { try emend.read("out/\($0)") }
    #expect(try emend.run("run", "data.jsonl", "--outbox", "out").status == 3)
    #expect(emend.names(in: "out") == names)
    #expect(try names.map { try emend.read("out/\($0)") } == contents)
  }

  @Test func nothingIsOverwritten() throws {
    try emend.write("mine", to: "out/data.report.json")
    let outcome = try emend.run("run", "data.jsonl", "--outbox", "out")
    #expect(outcome.status == 0)
    #expect(outcome.text.contains("out/data-2.jsonl"))
    #expect(try emend.text("out/data.report.json") == "mine")
    #expect(
      emend.names(in: "out") == [
        "data-2.jsonl", "data-2.report.html", "data-2.report.json", "data.report.json",
      ])
  }

  @Test func olderRejectedFileIsNotUsedForThisRun() throws {
    try emend.write("mine", to: "out/data.rejected.jsonl")
    #expect(try emend.run("run", "data.jsonl", "--outbox", "out").status == 0)
    #expect(try emend.run("revert", "out/data-2.jsonl").output == input)
  }

  @Test func filesWithTheSameNameFromTwoFoldersAreBothPublished() throws {
    try emend.write(input, to: "a/data.jsonl")
    try emend.write(input.dropFirst(input.count / 60 * 10), to: "b/data.jsonl")
    #expect(
      try emend.run("run", "a/data.jsonl", "b/data.jsonl", "--outbox", "out").status != 1)
    #expect(try emend.run("revert", "out/data.jsonl").output == input)
    #expect(
      try emend.run("revert", "out/data-2.jsonl").output
        == Array(input.dropFirst(input.count / 60 * 10)))
  }

  @Test func standardInputWithAnOutbox() throws {
    let outcome = try emend.run("run", "-", "--outbox", "out", input: input)
    #expect(outcome.status == 0)
    #expect(emend.names(in: "out") == ["stdin.report.html", "stdin.report.json"])
    let lines = outcome.text.split(separator: "\n")
    #expect(lines.count == 60)
    #expect(lines.allSatisfy { $0.contains("\"emend\": {") })
  }

  // MARK: - Folders that cannot be used

  @Test func aMissingOutboxIsMade() throws {
    #expect(try emend.run("run", "data.jsonl", "--outbox", "a/b/c").status == 0)
    #expect(emend.exists("a/b/c/data.jsonl"))
  }

  @Test(arguments: ["file", "file/sub", "/proc/emend", "/dev/null"])
  func outboxThatCannotBeMade(outbox: String) throws {
    try emend.write("in the way", to: "file")
    let outcome = try emend.run("run", "data.jsonl", "--outbox", outbox)
    #expect(outcome.status == 1)
    #expect(outcome.errors.hasPrefix("emend: error: \(outbox): "))
    #expect(outcome.errors.contains("--outbox"))
    #expect(emend.names(in: "") == ["data.jsonl", "file"])
    #expect(try emend.text("file") == "in the way")
  }

  @Test func outboxInWhichNoFileCanBeMade() throws {
    // Not even the superuser can make files there.
    let outcome = try emend.run("run", "data.jsonl", "--outbox", "/proc/self")
    #expect(outcome.status == 1)
    #expect(outcome.errors.contains("/proc/self"))
    #expect(outcome.errors.contains("--outbox"))
  }

  /// The limit of a file's size is 8 KB, which simulates a disk that becomes full.
  @Test func outboxThatBecomesFull() throws {
    try emend.write("mine", to: "out/other.jsonl")
    try emend.write(
      "ulimit -f 8\n'\(try Emend.program.get())' run data.jsonl --outbox out 2> errors\n"
        + "echo $? > status\n", to: "script")
    try emend.tool("bash", "script")
    #expect(try emend.text("status") == "1\n")
    let errors = try emend.text("errors")
    #expect(errors.contains("File too large") || errors.contains("No space left"), "\(errors)")
    #expect(errors.contains("nothing was changed"))
    #expect(emend.names(in: "out") == ["other.jsonl"])
  }

  @Test("a name that is too long for its suffixes is cut, and the output can be reverted")
  func nameThatIsTooLong() throws {
    let name = String(repeating: "n", count: 245) + ".jsonl"
    try emend.write(input, to: name)
    let outcome = try emend.run("run", name, "--outbox", "out")
    #expect(outcome.status == 0, "\(outcome)")
    let names = emend.names(in: "out")
    let output = try #require(names.first { !$0.contains(".report.") })
    #expect(names.count == 3)
    #expect(names.allSatisfy { $0.utf8.count <= 255 && $0.hasPrefix("nnnn") })
    #expect(names.contains(output.replacing(".jsonl", with: ".report.json")))
    let reverted = try emend.run("revert", "out/\(output)")
    #expect(reverted.output == input)
  }

  @Test func inputsThatAreNotFiles() throws {
    try emend.write("", to: "folder/file")
    let folder = try emend.run("run", "folder", "--outbox", "out")
    #expect(folder.status == 1)
    #expect(folder.errors.contains("Name the files inside it."))
    let empty = try emend.run("run", "/dev/null", "--outbox", "out")
    #expect(empty.status == 1)
    #expect(empty.errors.contains("the file is empty"))
  }

  // MARK: - check

  @Test func checkRunsAndWritesNothing() throws {
    let outcome = try emend.run("check", "data.jsonl", home: "/nonexistent")
    #expect(outcome.status == 0)
    #expect(outcome.text.contains("data.jsonl: 60 records (60 vector), 2 labels, 0 without one"))
    #expect(emend.names(in: "") == ["data.jsonl"])
  }

  @Test func checkNamesEveryBadLine() throws {
    try emend.write(
      Array("nonsense\n".utf8) + input + Array("{\"label\": \"a\"}\n".utf8), to: "data.jsonl")
    let outcome = try emend.run("check", "data.jsonl", "absent.jsonl", "--quiet")
    #expect(outcome.status == 1)
    let lines = outcome.errors.split(separator: "\n")
    #expect(lines.count == 3)
    #expect(lines[0].hasPrefix("data.jsonl:1:1: "))
    #expect(lines[1].hasPrefix("data.jsonl:62:1: there is no \"text\""))
    #expect(lines[2].hasPrefix("emend: error: absent.jsonl: "))
    #expect(try emend.run("check", "data.jsonl").status == 3)
    #expect(try emend.run("check", "-", input: input).status == 0)
  }

  // MARK: - revert

  @Test func revertToAFile() throws {
    try emend.run("run", "data.jsonl", "--outbox", "out")
    #expect(try emend.run("revert", "out/data.jsonl", "--to", "again.jsonl").status == 0)
    #expect(try emend.read("again.jsonl") == input)
    let second = try emend.run("revert", "out/data.jsonl", "--to", "again.jsonl")
    #expect(second.status == 1)
    #expect(second.errors.contains("there is such a file already"))
    let lost = try emend.run("revert", "out/data.jsonl", "--to", "no/such/folder.jsonl")
    #expect(lost.status == 1)
    #expect(lost.errors.contains("no/such"))
    #expect(emend.names(in: "") == ["again.jsonl", "data.jsonl", "out"])
  }

  @Test func revertNeedsItsRejectedLines() throws {
    let whole = Array("{}\n".utf8) + input + Array("\n[1]\r\n".utf8)
    try emend.write(whole, to: "data.jsonl")
    #expect(try emend.run("run", "data.jsonl", "--outbox", "out").status == 3)
    #expect(try emend.run("revert", "out/data.jsonl").output == whole)
    try emend.tool("mv", "out/data.rejected.jsonl", "elsewhere.jsonl")
    let without = try emend.run("revert", "out/data.jsonl")
    #expect(without.status == 1)
    #expect(without.output.isEmpty)
    #expect(without.errors.contains("2 lines of the input"))
    #expect(without.errors.contains("--rejected"))
    let with = try emend.run("revert", "out/data.jsonl", "--rejected", "elsewhere.jsonl")
    #expect(with.output == whole)
    let piped = try emend.run(
      "revert", "-", "--rejected", "elsewhere.jsonl", input: try emend.read("out/data.jsonl"))
    #expect(piped.output == whole)
  }

  @Test("an input that is called like the rejected lines of another does not become them")
  func reservedNames() throws {
    try emend.write(input, to: "in/data.jsonl")
    // A line of the form of a rejected line; as such it would be inserted into the other file.
    let foreign =
      "{\"line\": 1, \"byte\": 0, \"column\": 1, \"reason\": \"r\", \"remedy\": \"m\", "
      + "\"text\": \"{\\\"evil\\\": 1}\", \"terminator\": \"\\n\", \"vector\": [1, 0], \"label\": \"a\"}\n"
    for ending in ["rejected", "report", "emended", "triplets", "curriculum-2"] {
      try emend.write(foreign, to: "in/data.\(ending).jsonl")
      #expect(try emend.run("run", "in/data.\(ending).jsonl", "--outbox", "out").status == 0)
      #expect(emend.exists("out/data.\(ending)-data.jsonl"))
      #expect(!emend.exists("out/data.\(ending).jsonl"))
    }
    #expect(try emend.run("run", "in/data.jsonl", "--outbox", "out").status == 0)
    #expect(try emend.run("revert", "out/data.jsonl").output == input)
    #expect(try emend.run("revert", "out/data.rejected-data.jsonl").text == foreign)
  }

  @Test func revertRefusesFilesOfAnotherRun() throws {
    try emend.run("run", "data.jsonl", "--outbox", "out")
    try emend.write(input + Array("{}\n".utf8), to: "other.jsonl")
    try emend.run("run", "other.jsonl", "--outbox", "out")
    for file in ["other", "data"] {
      // The rejected lines of the other run, or of one that rejected none.
      try emend.write(
        try emend.read("out/other.rejected.jsonl") + Array("\n".utf8),
        to: "out/\(file).rejected.jsonl")
      let outcome = try emend.run("revert", "out/\(file).jsonl")
      #expect(outcome.status == 1, "\(outcome)")
      #expect(outcome.output.isEmpty)
      #expect(outcome.errors.contains("out/\(file).rejected.jsonl: these are not"))
    }
    try emend.tool("rm", "out/data.rejected.jsonl")
    #expect(try emend.run("revert", "out/data.jsonl").output == input)
    let lines = try emend.text("out/data.jsonl").split(separator: "\n").map(String.init)
    try emend.write(Samples.file([lines[0]] + lines), to: "out/data.jsonl")
    let outcome = try emend.run("revert", "out/data.jsonl")
    #expect(outcome.status == 1)
    #expect(outcome.output.isEmpty)
  }

  @Test("a run removes the hidden files of runs that were killed, and no others")
  func abandonedFiles() throws {
    try emend.write("half", to: "out/.emend-1-1.tmp")
    try emend.write("mine", to: "out/.emend-notes")
    #expect(try emend.run("run", "data.jsonl", "--outbox", "out").status == 0)
    #expect(
      emend.names(in: "out") == [
        ".emend-notes", "data.jsonl", "data.report.html", "data.report.json",
      ])
  }

  @Test func revertOfACompressedOutput() throws {
    let whole = input + Array("{}\n".utf8)
    try emend.write(whole, to: "data.jsonl")
    try emend.run("run", "data.jsonl", "--outbox", "out")
    try emend.tool("gzip", "-q", "out/data.jsonl")
    #expect(try emend.run("revert", "out/data.jsonl.gz").output == whole)
  }

  @Test func revertOfAFileThatEmendDidNotWrite() throws {
    let outcome = try emend.run("revert", "data.jsonl")
    #expect(outcome.status == 1)
    #expect(outcome.output.isEmpty)
    #expect(outcome.errors.contains("data.jsonl:1: byte 0: the line has no member \"emend\""))
  }

  @Test func laterEditOfALabelIsKept() throws {
    try emend.run("run", "data.jsonl", "--outbox", "out", "--mode", "all")
    var lines = try emend.text("out/data.jsonl").split(separator: "\n").map(String.init)
    #expect(lines[9].contains("\"action\": \"corrected\", \"original\": \"c0\", \"label\": \"c1\""))
    lines[9] = lines[9].replacing(
      "\"id\": \"v9\", \"label\": \"c1\"", with: "\"id\": \"v9\", \"label\": \"c7\"")
    try emend.write(Samples.file(lines), to: "out/data.jsonl")
    // It is not the file that the report names, and it is reverted only if that is meant.
    let refused = try emend.run("revert", "out/data.jsonl")
    #expect(refused.status == 1 && refused.output.isEmpty)
    #expect(refused.errors.contains("--edited"))
    let outcome = try emend.run("revert", "out/data.jsonl", "--edited")
    #expect(outcome.status == 0)
    #expect(outcome.errors.contains("line 10"))
    let edited = outcome.text.split(separator: "\n").map(String.init)
    let original = Samples.vectors(60)
    #expect(edited[9] == original[9].replacing("\"c0\"", with: "\"c7\""))
    #expect(edited.enumerated().allSatisfy { $0.offset == 9 || $0.element == original[$0.offset] })
  }

  @Test func whatWasRemovedFromAnEditedOutputIsCounted() throws {
    try emend.run("run", "data.jsonl", "--outbox", "out")
    var lines = try emend.text("out/data.jsonl").split(separator: "\n").map(String.init)
    lines.removeSubrange(4...5)
    try emend.write(Samples.file(lines), to: "out/data.jsonl")
    let outcome = try emend.run("revert", "out/data.jsonl", "--edited")
    #expect(outcome.status == 0)
    #expect(outcome.errors.contains("2 of the input's 60 records are missing"), "\(outcome)")
    try emend.write(Samples.file(lines + lines.suffix(3)), to: "out/data.jsonl")
    let longer = try emend.run("revert", "out/data.jsonl", "--edited")
    #expect(longer.errors.contains("1 record more than the input's 60"), "\(longer)")
  }

  @Test func labelNamesComeFromAnAnswerOfTheDatasetServer() throws {
    let features =
      #"{"name": "x", "type": {"_type": "Value"}}, {"name": "label", "type": {"names": ["c", "d"], "_type": "ClassLabel"}}"#
    try emend.write("{\"features\": [\(features)], \"rows\": []}", to: "answer.json")
    try emend.write("[\(features)]", to: "features.json")
    for file in ["answer.json", "features.json"] {
      let outcome = try emend.run("check", "data.jsonl", "--label-names", file)
      // The labels of the file are c0 and c1, so the numbers that the file names are those of no record.
      #expect(outcome.status == 0 && outcome.text.contains("absent-label"), "\(outcome)")
      #expect(outcome.text.contains("\"0\", \"1\""), "\(outcome)")
    }
  }

  @Test func anEarlierOutputAsInputIsSaidWithTheDigestOfWhatRevertGives() throws {
    try emend.run("run", "data.jsonl", "--outbox", "first")
    let again = try emend.run("run", "first/data.jsonl", "--outbox", "second")
    let report = try emend.object("first/data.report.json")
    let digest = try #require((report["input"] as? [String: Any])?["digest"] as? String)
    #expect(again.text.contains(digest) && again.text.contains("earlier run"), "\(again)")
    #expect(try emend.run("check", "first/data.jsonl").text.contains("earlier-results"))
    #expect(try emend.run("revert", "second/data.jsonl").output == input)
  }

  // MARK: - Interruption

  /// Whenever the signal comes, the outbox holds the whole set or nothing.
  @Test(arguments: Tier.arguments(Array(0..<24), quick: 6)) func interruptedAtAnyInstant(round: Int)
    throws
  {
    let lines = Samples.vectors(3000) + ["{}"]
    try emend.write(Samples.file(lines), to: "data.jsonl")
    var dice = Samples.Dice(state: UInt64(round) &* 7919 &+ 1)
    // Early signals come during the start, late ones during the publication; some runs finish
    // before.
    let delay = dice.unit() * (round.isMultiple(of: 3) ? 0.1 : 0.6)
    let run = try emend.start(["run", "data.jsonl", "--outbox", "out"])
    Thread.sleep(forTimeInterval: delay)
    run.send(SIGINT)
    let outcome = try run.finish()
    #expect([3, 130].contains(outcome.status), "after \(delay) s: \(outcome)")
    let names = emend.names(in: "out")
    #expect(names.allSatisfy { !$0.hasPrefix(".") })
    if outcome.status == 3 { #expect(names.count == 4) }
    if outcome.status == 130 { #expect(outcome.output.isEmpty || names.count == 4) }
    guard !names.isEmpty else { return }
    #expect(names == ["data.jsonl", "data.rejected.jsonl", "data.report.html", "data.report.json"])
    #expect(try emend.run("revert", "out/data.jsonl").output == Samples.file(lines))
  }
}
