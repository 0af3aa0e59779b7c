import Foundation

/// The text files of the package, as they are on disk.
struct Tree: Sendable {
  /// Read once for all tests.
  static let shared = Result { try Tree() }

  /// The folders of the package that people write in; what is built, fetched or dropped is elsewhere.
  private static let folders = [
    ".ci", "Sources", "Tests", "docs", "packaging", "rules", "samples", "scripts", "tools",
  ]
  private static let foldersForUsers = ["inbox/README.md", "outbox/README.md"]

  /// Paths of all files from the root of the package, sorted.
  let paths: [String]
  private let root: URL

  private init() throws {
    root = URL(filePath: #filePath).resolvingSymlinksInPath()
      .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
    let files = FileManager.default
    var paths: [String] = Self.foldersForUsers
    for name in try files.contentsOfDirectory(atPath: root.path) where name.contains(".") {
      if !Self.isFolder(root.appending(path: name)) { paths.append(name) }
    }
    for folder in Self.folders {
      let place = root.appending(path: folder)
      for path in try files.subpathsOfDirectory(atPath: place.path)
      where !Self.isFolder(place.appending(path: path)) {
        paths.append("\(folder)/\(path)")
      }
    }
    paths += ["LICENSE", "NOTICE"]
    self.paths = Set(paths).sorted()
  }

  private static func isFolder(_ place: URL) -> Bool {
    var isFolder: ObjCBool = false
    return FileManager.default.fileExists(atPath: place.path, isDirectory: &isFolder)
      && isFolder.boolValue
  }

  /// Whether the package has a file or a folder at this path.
  func has(_ path: String) -> Bool {
    FileManager.default.fileExists(atPath: root.appending(path: path).path)
  }

  func text(_ path: String) throws -> String {
    try String(contentsOf: root.appending(path: path), encoding: .utf8)
  }

  /// The lines of a file, without their ends.
  func lines(_ path: String) throws -> [String] {
    try text(path).utf8.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
      .map { String(Substring($0)) }
  }

  /// Paths of the Swift files in a folder.
  func swiftFiles(in folder: String) -> [String] {
    paths.filter { $0.hasPrefix(folder + "/") && $0.hasSuffix(".swift") }
  }

  /// What people read to use the program or to change it. CHANGELOG.md is not among them: it speaks of
  /// earlier versions, whose files and types have gone.
  var documents: [String] {
    paths.filter {
      $0.hasSuffix(".md") && $0 != "CHANGELOG.md" && !$0.hasPrefix("Tests/")
        || $0 == "packaging/deb/README.Debian" || $0 == "NOTICE"
    }
  }
}
