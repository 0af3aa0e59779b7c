package import ModelInterfaces
package import Foundation

/// Where emend keeps what it needs to run: OpenVINO's libraries, the models and the cache.
///
/// ```
/// HOME/openvino/lib/libopenvino_c.so.N    the library, opened at run time
/// HOME/models/NAME/                       one imported model each (see ModelStore)
/// HOME/cache/                             vectors, scores and replies that were computed before
/// ```
package struct RuntimeLayout: Sendable, Equatable {
  package let home: URL

  package init(home: URL) { self.home = home }

  package var libraryDirectory: URL { home.appending(path: "openvino/lib") }
  /// OpenVINO's operations on strings, which only language models need.
  package var tokenizerLibrary: URL {
    libraryDirectory.appending(path: "libopenvino_tokenizers.so")
  }
  package var modelsDirectory: URL { home.appending(path: "models") }
  package var cacheDirectory: URL { home.appending(path: "cache") }

  /// A folder for caches that is this user's alone.
  package struct CacheChoice: Sendable, Equatable {
    /// Nil where there is no folder that can be used.
    package let folder: CacheFolder?
    /// A sentence for each folder that must not be used although this user could write to it.
    package let warnings: [String]
  }

  /// Chooses the folder of the cache: `CACHE_DIRECTORY` where it is set, as systemd does for a service;
  /// else `HOME/cache` where this user can write to it; else `emend` in `XDG_CACHE_HOME` or in the user's
  /// `.cache`. One that belongs to another user, or into which others can write, is left out.
  package func cacheChoice(
    environment: [String: String] = ProcessInfo.processInfo.environment
  ) -> CacheChoice {
    var warnings: [String] = []
    for directory in cacheCandidates(environment) {
      let folder = CacheFolder(directory: directory)
      guard let refusal = folder.refusal else {
        return CacheChoice(folder: folder, warnings: warnings)
      }
      warnings.append(
        "\(directory.path): this cache \(refusal), so it is not used; "
          + "make it yours alone (chown, chmod 700), or remove it")
    }
    return CacheChoice(folder: nil, warnings: warnings)
  }

  private func cacheCandidates(_ environment: [String: String]) -> [URL] {
    // systemd separates several folders by colons.
    if let service = environment["CACHE_DIRECTORY"]?.split(separator: ":").first {
      return [URL(filePath: String(service), directoryHint: .isDirectory)]
    }
    let files = FileManager.default
    let isThere = files.fileExists(atPath: cacheDirectory.path)
    var candidates: [URL] = []
    if files.isWritableFile(atPath: isThere ? cacheDirectory.path : home.path) {
      candidates.append(cacheDirectory)
    }
    if let chosen = environment["XDG_CACHE_HOME"], !chosen.isEmpty {
      candidates.append(
        URL(filePath: chosen, directoryHint: .isDirectory).appending(path: "emend"))
    } else if let user = environment["HOME"], !user.isEmpty {
      candidates.append(
        URL(filePath: user, directoryHint: .isDirectory).appending(path: ".cache/emend"))
    }
    return candidates
  }

  /// Finds the home: `EMEND_HOME` where it is set; else `../lib/emend` beside an installed program; else
  /// `.emend` in the program's folder or the nearest one above it.
  ///
  /// The current folder is never looked at: it may be somebody else's, and libraries in it would run with
  /// this user's rights. For the same reason a folder `.emend` counts only if it belongs to the
  /// superuser, to this user, or to whom the program belongs, and is not writable for everybody.
  /// - Throws: `ModelError` of kind `libraryMissing` where none of these is there.
  package static func locate(
    executable: URL? = runningExecutable,
    environment: [String: String] = ProcessInfo.processInfo.environment
  ) throws(ModelError) -> RuntimeLayout {
    if let chosen = environment["EMEND_HOME"], !chosen.isEmpty {
      return RuntimeLayout(home: URL(filePath: chosen, directoryHint: .isDirectory))
    }
    if let executable {
      let bin = executable.deletingLastPathComponent()
      let installed = bin.deletingLastPathComponent().appending(path: "lib/emend")
      if isTrusted(installed, by: executable) { return RuntimeLayout(home: installed) }
      if let home = nearestHome(above: bin, of: executable) { return RuntimeLayout(home: home) }
    }
    throw ModelError(
      .libraryMissing, at: executable?.path ?? "emend",
      "no .emend folder beside the program or above it, and none in ../lib/emend",
      remedy: "run scripts/quickstart in emend's source folder, or name the folder in EMEND_HOME")
  }

  /// The path of the running program, with symbolic links resolved.
  package static var runningExecutable: URL? {
    (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe"))
      .map { URL(filePath: $0) }
  }

  /// Finds OpenVINO's C library.
  package func library() throws(ModelError) -> URL {
    let names = (try? FileManager.default.contentsOfDirectory(atPath: libraryDirectory.path)) ?? []
    guard let name = names.filter({ $0.hasPrefix("libopenvino_c.so") }).max() else {
      throw ModelError(
        .libraryMissing, at: libraryDirectory.path, "it holds no libopenvino_c.so",
        remedy: "run scripts/setup/prepare in emend's source folder")
    }
    return libraryDirectory.appending(path: name)
  }

  private static func nearestHome(above start: URL, of executable: URL) -> URL? {
    var folder = start.standardizedFileURL
    while true {
      let candidate = folder.appending(path: ".emend")
      if isTrusted(candidate, by: executable) { return candidate }
      let parent = folder.deletingLastPathComponent()
      if parent.path == folder.path { return nil }
      folder = parent
    }
  }

  /// Whether a folder is there and belongs to somebody whom the user trusts with the program itself.
  private static func isTrusted(_ folder: URL, by executable: URL) -> Bool {
    var status = stat()
    guard stat(folder.path, &status) == 0, status.st_mode & S_IFMT == S_IFDIR else { return false }
    var program = stat()
    let owner = stat(executable.path, &program) == 0 ? program.st_uid : 0
    return [0, geteuid(), owner].contains(status.st_uid) && status.st_mode & S_IWOTH == 0
  }
}
