import ArgumentParser
import Foundation
import Pipeline
import Records

extension StageCommand {
  struct Encode: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Turns texts into vectors.",
      discussion: """
        Reads lines of emend stage texts from standard input, and writes a vector for each to standard output, in \
        single precision. The outputs for several parts of the lines are joined by writing one behind the other.
        """)

    @OptionGroup var threads: ThreadOptions
    @Flag(help: "Encode anew, without the cache of embeddings.") var noCache = false

    /// So that only so many vectors are in memory.
    private static let textsPerPart = 8_192

    func run() throws {
      let lines: Data
      do { lines = try FileHandle.standardInput.readToEnd() ?? Data() } catch {
        throw Failure("standard input: cannot be read; give the lines of emend stage texts")
      }
      let list = try TextList(lines: Array(lines), file: "standard input")
      let encoder = try LocalModels(threads: threads.count, usesCache: !noCache)
        .encoder(list.rules)
      for start in stride(from: 0, to: max(list.texts.count, 1), by: Self.textsPerPart) {
        let texts = list.texts[start..<min(start + Self.textsPerPart, list.texts.count)]
        try StandardOutput.write(try StoredEncoder.part(Array(texts), by: encoder).bytes)
      }
    }
  }
}
