import Foundation

/// A collection in BEIR's layout: `corpus.jsonl`, `queries.jsonl` and `qrels/NAME.tsv`, each perhaps compressed.
struct BEIRFolder {
  let corpus: String
  let queries: String
  /// The judgements of the chosen part; nil where the folder has none.
  let qrels: String?
  /// The name of the chosen part, such as `train`.
  let split: String?

  private static let endings = ["", ".gz", ".zst"]

  /// Finds the files of a folder.
  ///
  /// - Parameter split: the part to take; without one `train`, or the only one that there is.
  /// - Throws: `Failure` where a file is missing, or the part is not clear.
  init(_ folder: String, split: String?) throws {
    let files = FileManager.default
    func found(_ name: String) throws -> String {
      let paths = Self.endings.map { "\(folder)/\(name)\($0)" }
      if let path = paths.first(where: Self.isFile) { return path }
      if let path = paths.first(where: { files.fileExists(atPath: $0) }) {
        throw Failure(
          "\(path): this is no regular file; put the file there, or name the files with --corpus and --queries"
        )
      }
      throw Failure(
        "\(folder): the folder has no \(name), which BEIR's layout has; name the files with --corpus and --queries"
      )
    }
    var isFolder: ObjCBool = false
    guard files.fileExists(atPath: folder, isDirectory: &isFolder) else {
      throw Failure(
        "\(folder): cannot be read: there is no such folder; check the spelling of the path")
    }
    guard isFolder.boolValue else {
      throw Failure(
        "\(folder): this is a file; name a folder in BEIR's layout, or the files with --corpus and --queries"
      )
    }
    corpus = try found("corpus.jsonl")
    queries = try found("queries.jsonl")
    let names = ((try? files.contentsOfDirectory(atPath: "\(folder)/qrels")) ?? []).sorted()
    var parts: [String: String] = [:]
    // A plain file comes before a compressed one of the same name.
    for ending in Self.endings {
      for name in names where name.hasSuffix(".tsv\(ending)") && !name.hasPrefix(".") {
        let (part, path) = (
          String(name.dropLast(".tsv\(ending)".count)), "\(folder)/qrels/\(name)"
        )
        if parts[part] == nil, Self.isFile(path) { parts[part] = path }
      }
    }
    let known = parts.keys.sorted().joined(separator: ", ")
    let chosen =
      split ?? (parts["train"] != nil ? "train" : parts.count == 1 ? parts.keys.first : nil)
    if let chosen {
      guard let file = parts[chosen] else {
        throw Failure(
          "\(folder): there is no qrels/\(chosen).tsv"
            + (parts.isEmpty ? "; leave --split out" : "; the folder has \(known)"))
      }
      qrels = file
    } else if parts.isEmpty {
      qrels = nil
    } else {
      throw Failure("\(folder): name the part with --split: \(known)")
    }
    self.split = chosen
  }

  /// Whether there is a regular file, perhaps behind a link. Nothing else is opened: a FIFO would wait for a writer.
  private static func isFile(_ path: String) -> Bool {
    var status = stat()
    return stat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFREG
  }
}
