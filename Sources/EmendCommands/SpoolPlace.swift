import AtomicFiles
import ArgumentParser
import Foundation
import ModelCatalogue
import SystemPackage

/// The flags that name a watched folder, and its paths.
struct SpoolPlace: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "Folder that files are dropped into. Without it, ./inbox, else the project's own.",
      valueName: "dir"),
    completion: .directory)
  var inbox: String?

  @Option(
    help: ArgumentHelp(
      "Folder of the ledger and the metrics. Without it, $STATE_DIRECTORY, else .emend in the inbox.",
      valueName: "dir"),
    completion: .directory)
  var state: String?

  /// The inbox's path.
  ///
  /// - Parameter orService: whether to use the service's inbox if there is no other. Commands that
  ///   look at the folder use it. A second daemon must not, since it would have other rules.
  func inboxPath(orService: Bool = true) throws -> String {
    if let inbox { return inbox }
    let service = "\(Self.servicePlace)/inbox"
    guard
      let found = Self.standard("inbox") ?? (orService && Self.isFolder(service) ? service : nil)
    else {
      throw Failure("there is no inbox here; name one with --inbox", status: .usage)
    }
    return found
  }

  /// The path of the folder with the ledger and the metrics.
  func statePath() throws -> String {
    if let state { return state }
    // systemd puts colons between several folders; emend uses the first.
    let given = ProcessInfo.processInfo.environment["STATE_DIRECTORY"]?.split(separator: ":").first
    if let given { return String(given) }
    if inbox == nil, try inboxPath() == Self.servicePlace + "/inbox" {
      return Self.servicePlace + "/state"
    }
    return FilePath(try inboxPath()).file(".emend").string
  }

  func metricsPath() throws -> String { FilePath(try statePath()).file("emend.prom").string }

  /// The folder in which the Debian package's service has its own.
  private static let servicePlace = "/var/lib/emend"

  /// A folder with this name in the current folder, else in the project that the program was built
  /// in; nil if there is none.
  static func standard(_ name: String) -> String? { isFolder(name) ? name : ownFolder(name) }

  /// The folder with this name in the project that the program was built in; nil if there is none.
  static func ownFolder(_ name: String) -> String? {
    guard let home = try? RuntimeLayout.locate().home, home.lastPathComponent == ".emend" else {
      return nil
    }
    let path = home.deletingLastPathComponent().appending(path: name).path
    return isFolder(path) ? path : nil
  }

  private static func isFolder(_ path: String) -> Bool {
    var isFolder: ObjCBool = false
    return FileManager.default.fileExists(atPath: path, isDirectory: &isFolder)
      && isFolder.boolValue
  }
}
