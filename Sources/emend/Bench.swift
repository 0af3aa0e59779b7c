import ArgumentParser
import Foundation
import Inference
import Pipeline
import Records
import Rules
import Vectors

/// Measurements of single stages, for the scripts in scripts/bench.
struct Bench: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Measures single stages.", shouldDisplay: false, subcommands: [Embed.self])
}

extension Bench {
  /// The vectors that a run would use, as NumPy's own format.
  struct Embed: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Writes the records' vectors as a float32 .npy file, in record order.")

    @Argument var file: String
    @Option var output: String
    @OptionGroup var rulesOptions: RulesOptions
    @Option var threads: Int = ProcessInfo.processInfo.activeProcessorCount

    func run() throws {
      let models = LocalModels(threads: threads, usesCache: true)
      let stages = DatasetRepair(
        rules: try rulesOptions.load().rules(forFileNamed: file), fields: FieldMapping(),
        mode: nil, threads: threads, encoder: { try models.encoder($0) },
        search: { models.search() })
      let vectors = try stages.embed(try Source.read(file))
      try NumPyFile.write(vectors, to: output)
    }
  }
}

/// NumPy's .npy format, version 1.0.
enum NumPyFile {
  static func write(_ matrix: Matrix, to path: String) throws {
    var header =
      "{'descr': '<f4', 'fortran_order': False, 'shape': (\(matrix.rows), \(matrix.columns)), }"
    // Magic, version and length take ten bytes; the data starts at a multiple of 64.
    let padding = 64 - (10 + header.utf8.count + 1) % 64
    header += String(repeating: " ", count: padding) + "\n"
    var bytes: [UInt8] = [0x93] + Array("NUMPY".utf8) + [1, 0]
    bytes += [UInt8(header.utf8.count & 0xFF), UInt8(header.utf8.count >> 8)]
    bytes += Array(header.utf8)
    var data = Data(bytes)
    matrix.storage.withUnsafeBytes { data.append(contentsOf: $0) }
    try data.write(to: URL(filePath: path))
  }
}
