import Foundation

/// The environment of the processes that a daemon starts: of the daemon's own variables, those that are
/// known to be needed and to hold no secret. All others stay away from processes that read what anybody
/// has dropped.
package struct ChildEnvironment: Sendable, Equatable {
  /// The variables, each as `NAME=VALUE`, sorted.
  package let assignments: [String]

  private static let names: Set<String> = [
    // Where files are. CREDENTIALS_DIRECTORY is the path of a folder, not what is in it.
    "PATH", "HOME", "USER", "LOGNAME", "TMPDIR", "EMEND_HOME", "CACHE_DIRECTORY", "XDG_CACHE_HOME",
    "CREDENTIALS_DIRECTORY", "LD_LIBRARY_PATH",
    // How dates and texts are written.
    "LANG", "LANGUAGE", "TZ",
    // How a crash of Swift code is reported.
    "SWIFT_BACKTRACE",
  ]
  /// Beginnings of names: of the locale, and of the libraries that share work among processors.
  private static let prefixes = ["LC_", "OMP_", "KMP_", "TBB_", "OV_", "OPENVINO_", "ONEDNN_"]

  package init(_ all: [String: String] = ProcessInfo.processInfo.environment) {
    var chosen = all.filter { name, _ in
      Self.names.contains(name) || Self.prefixes.contains { name.hasPrefix($0) }
    }
    // A backtrace shows values of variables, and so what was in a file. Who wants one can say so.
    if chosen["SWIFT_BACKTRACE"] == nil { chosen["SWIFT_BACKTRACE"] = "enable=no" }
    assignments = chosen.map { "\($0)=\($1)" }.sorted()
  }
}
