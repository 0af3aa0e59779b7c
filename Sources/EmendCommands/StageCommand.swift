import ArgumentParser
import Foundation
import Pipeline
import Records

/// The stages of `emend run`, for programs that spread the work over many machines.
struct StageCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "stage",
    abstract: "Runs one stage of a repair, so that many machines can share it.",
    discussion: """
      Each stage reads files or standard input and writes a file or standard output, and nothing else. Encoding \
      and search, which take most of the time, work on parts of any size; the others see the whole dataset. The \
      result is that of emend run, up to 50000 records byte for byte. docs/SCALE.md says what is in the files.

      Examples:
        emend stage texts data.jsonl > texts
        emend stage encode < texts > vectors
        emend stage fit data.jsonl --vectors vectors --spaces spaces
        emend stage search --index spaces/1.space < spaces/1.space > 1.lists
        emend stage merge < 1.lists > 1.neighbours
        emend stage score data.jsonl --vectors vectors --neighbours 1.neighbours --neighbours 2.neighbours --neighbours 3.neighbours
      """,
    subcommands: [Texts.self, Encode.self, Fit.self, Search.self, Merge.self, Score.self])
}

/// The files that stages exchange.
enum StageFile {
  /// Reads the parts of standard input.
  static func standardInput(_ kind: StagePart.Kind) -> StageReader {
    reader(of: .standardInput, named: "standard input", kind)
  }

  /// Reads the parts of a file.
  ///
  /// - Throws: `Failure` where it cannot be opened.
  static func reader(of path: String, _ kind: StagePart.Kind) throws -> StageReader {
    guard let handle = FileHandle(forReadingAtPath: path) else { throw unreadable(path) }
    return reader(of: handle, named: path, kind)
  }

  private static func reader(
    of handle: FileHandle, named name: String, _ kind: StagePart.Kind
  ) -> StageReader {
    StageReader(file: name, kind: kind) { count in
      do { return try handle.read(upToCount: count) ?? Data() } catch { throw unreadable(name) }
    }
  }

  /// The vectors of a file, which stays on disk.
  static func encoder(_ path: String) throws -> StoredEncoder {
    guard let content = try? Data(contentsOf: URL(filePath: path), options: .alwaysMapped) else {
      throw unreadable(path)
    }
    return try StoredEncoder(file: path, content: content)
  }

  private static func unreadable(_ name: String) -> Failure {
    Failure("\(name): cannot be read; check the path and that you may read it")
  }
}

/// The flags of stages that read a dataset.
struct StagedDataset: ParsableArguments {
  @Argument(help: "The dataset.", completion: .file()) var file: String
  @OptionGroup var rulesOptions: RulesOptions
  @OptionGroup(title: "Fields") var fields: FieldOptions

  /// The dataset, and the stages under the rules and flags.
  func opened(
    threads: Int, models: any ModelSource
  ) throws -> (source: Source, stages: DatasetRepair) {
    let rules = try fields.rules(try rulesOptions.load(), for: file)
    return (
      try Source.read(file),
      DatasetRepair(
        rules: rules, fields: fields.mapping, mode: nil, threads: threads, models: models,
        preset: try fields.chosenPreset())
    )
  }
}

/// The flag for the number of threads.
struct ThreadOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "Processor threads; without it, one for each processor. Changes the time, never a byte.",
      valueName: "n"))
  var threads: Int?

  /// One for each processor at most, since more would only wait for each other.
  var count: Int { min(threads ?? .max, ProcessInfo.processInfo.activeProcessorCount) }

  func validate() throws {
    guard threads ?? 1 >= 1 else { throw ValidationError("--threads must be at least 1.") }
  }
}
