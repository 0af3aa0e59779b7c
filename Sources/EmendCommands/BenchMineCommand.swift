import ArgumentParser
import Foundation
import Mining
import ModelInterfaces
import Records
import Vectors

extension Bench {
  /// Times the search for candidates with ready vectors, so that it can be compared with searches that use the same ones.
  struct Mine: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Times emend mine with the vectors of float32 .npy files.")

    @Argument(help: "File with the documents, no text twice.") var corpus: String
    @Argument(help: "File with the queries.") var queries: String
    @Option(help: "Unit rows, one for each document.") var documentVectors: String
    @Option(help: "Unit rows, one for each query.") var queryVectors: String
    @Option var method: CandidateMining.Method = .fusion
    @Option var candidates: Int = CandidateMining.defaultCount
    @Option(help: "File for the mined queries.") var output: String?
    @Option var threads: Int = ProcessInfo.processInfo.activeProcessorCount

    func run() throws {
      let clock = ContinuousClock()
      let started = clock.now
      let reader = CollectionReader()
      var documents = Corpus()
      try reader.read(Source.read(corpus), into: &documents)
      let list = try reader.queries(Source.read(queries))
      let encoder = ReadyVectors(
        documents: try NumPyFile.read(documentVectors), queries: try NumPyFile.read(queryVectors))
      guard list.queries.count != documents.documents.count else {
        throw Failure(
          "there are as many queries as different documents, so nobody can tell whose vectors are asked for; leave one query out"
        )
      }
      let read = clock.now
      let outcome = try CandidateMining(method: method, count: candidates, threads: threads).mine(
        documents, for: list, selected: Array(list.queries.indices), encoder: { encoder })
      let mined = clock.now
      var bytes: [UInt8] = []
      for query in outcome.queries { query.append(to: &bytes, corpus: documents) }
      if let output { try Data(bytes).write(to: URL(filePath: output)) }
      print(
        "{\"read\": \(started.duration(to: read) / .seconds(1)), \"mine\": \(read.duration(to: mined) / .seconds(1)), "
          + "\"write\": \(mined.duration(to: clock.now) / .seconds(1))}")
    }
  }

  /// Gives the rows of two matrices: the first call asks for the queries, the second for the documents.
  private struct ReadyVectors: Encoder {
    let documents: Matrix
    let queries: Matrix

    var dimension: Int { documents.columns }
    var identity: String { "ready" }

    func encode(_ texts: [String], progress: (@Sendable (Int) -> Void)?) throws -> Encoding {
      let rows = texts.count == queries.rows ? queries : documents
      guard rows.rows == texts.count else {
        throw Failure(
          "\(texts.count) texts have \(rows.rows) vectors; make them for the same files")
      }
      return Encoding(
        embeddings: rows, truncated: [Bool](repeating: false, count: rows.rows), encodedCount: 0)
    }
  }
}
