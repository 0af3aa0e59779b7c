import ArgumentParser
import Foundation
import Pipeline
import Records

extension StageCommand {
  struct Search: ParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "search",
      abstract: "Finds the nearest rows of parts of a space, among other parts.",
      discussion: """
        Reads parts of a space from standard input, keeps them in memory, and writes for each row the nearest rows \
        of the parts in --index to standard output. What was found among several indexes is joined by emend stage \
        merge; then nothing is lost, since the search is exact.
        """)

    @Option(
      help: ArgumentHelp(
        "Parts of the same space, of those that emend stage fit wrote.", valueName: "file"),
      completion: .file())
    var index: String
    @OptionGroup var threads: ThreadOptions

    func run() throws {
      var reader = StageFile.standardInput(.space)
      var queries: [SpacePart] = []
      while let part = try reader.next() { queries.append(SpacePart(part)) }
      var search = try SpaceSearch(queries: queries, file: "standard input")
      var indexes = try StageFile.reader(of: index, .space)
      guard
        try search.search(
          all: &indexes, bytesAtOnce: Self.bytesAtOnce, threads: threads.count)
      else {
        throw Failure("\(index): there are no rows in it; name a file that emend stage fit wrote")
      }
      for part in search.lists { try StandardOutput.write(try part.bytes) }
    }

    /// Rows of the index that are in memory, and searched, at once. With fewer, merging lists would take a larger
    /// share of the time.
    private static let bytesAtOnce = 64 << 20
  }

  struct Merge: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Joins the lists of neighbours that were found among several parts of a space.",
      discussion: """
        Reads what several emend stage search wrote, in any order, one behind the other, from standard input.
        """)

    func run() throws {
      let merged = try StoredNeighbours(StageFile.standardInput(.neighbours))
      for part in merged.parts { try StandardOutput.write(try part.bytes) }
    }
  }
}
