import ArgumentParser
import Foundation
import ModelInterfaces
import ModelCatalogue
import OpenVINOBackend
import Spool
import AtomicFiles
import SystemPackage

/// Which watched folder is meant.
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
  /// - Parameter orService: whether the service's is meant where there is no other: for those who
  ///   look at it, not for another daemon, which would have other rules.
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

  func statePath() throws -> String {
    if let state { return state }
    // systemd separates several by colons; the first is the one for state.
    let given = ProcessInfo.processInfo.environment["STATE_DIRECTORY"]?.split(separator: ":").first
    if let given { return String(given) }
    if inbox == nil, try inboxPath() == Self.servicePlace + "/inbox" {
      return Self.servicePlace + "/state"
    }
    return FilePath(try inboxPath()).file(".emend").string
  }

  func metricsPath() throws -> String { FilePath(try statePath()).file("emend.prom").string }

  /// Where the Debian package's service has its folders.
  private static let servicePlace = "/var/lib/emend"

  /// A folder of this name here, else in the project that the program was built in.
  static func standard(_ name: String) -> String? {
    if isFolder(name) { return name }
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
