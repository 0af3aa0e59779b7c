import Vectors
import ArgumentParser
import Foundation

extension Bench {
  /// Times the neighbour search alone.
  struct Search: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Times the exact neighbour search over a float32 .npy file of unit rows.")

    @Argument var file: String
    @Option var neighbours: Int = 50
    @Option(help: "int32 .npy file for the neighbours' indices.") var output: String?
    @Option var threads: Int = ProcessInfo.processInfo.activeProcessorCount

    func run() throws {
      let vectors = try NumPyFile.read(file)
      let search = LocalModels(threads: threads, usesCache: false).search()
      let started = ContinuousClock.now
      let graph = try search.neighbours(of: vectors, k: neighbours)
      let elapsed = started.duration(to: .now).components
      if let output {
        try NumPyFile.write(graph.indices, rows: graph.count, columns: graph.k, to: output)
      }
      let seconds = Double(elapsed.seconds) + Double(elapsed.attoseconds) * 1e-18
      print("{\"rows\": \(graph.count), \"seconds\": \(seconds)}")
    }
  }
}
