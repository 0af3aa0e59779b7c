package import AtomicFiles
import Foundation
package import SystemPackage

/// Where a daemon writes its metrics, so that two daemons with one state folder do not overwrite each
/// other's: the first has `emend.prom`, the next `emend-2.prom`, and so on.
///
/// A place belongs to a daemon for as long as it holds the lock of the file `.emend.prom.lock` beside it.
package struct MetricsPlace: Sendable {
  package let path: FilePath
  /// Counted from 1.
  private let number: Int

  /// As many daemons as may share a state folder.
  private static let most = 256

  /// Takes the first place that no living daemon has. The lock is held until the process ends. Where no
  /// lock can be had, the first place is taken.
  package init(_ path: FilePath, files: Files) {
    for number in 1...Self.most {
      let place = Self.path(path, number)
      let lock = place.removingLastComponent().file(".\(place.lastComponent?.string ?? "").lock")
      let descriptor = lock.withPlatformString {
        Foundation.open($0, O_RDWR | O_CREAT | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC, 0o600)
      }
      guard descriptor >= 0 else { break }
      if flock(descriptor, LOCK_EX | LOCK_NB) == 0 {
        self.path = place
        self.number = number
        return
      }
      close(descriptor)
    }
    self.path = path
    number = 1
  }

  /// The text with a label that tells this daemon's values from those of the first.
  package func labelled(_ text: String) -> String {
    guard number > 1 else { return text }
    return text.split(separator: "\n", omittingEmptySubsequences: false).map { line in
      guard !line.hasPrefix("#"), let end = line.firstIndex(where: { $0 == " " || $0 == "{" })
      else {
        return String(line)
      }
      let label = "daemon=\"\(number)\""
      return line[end] == "{"
        ? "\(line[..<end]){\(label),\(line[line.index(after: end)...])"
        : "\(line[..<end]){\(label)}\(line[end...])"
    }.joined(separator: "\n")
  }

  /// The files that daemons may have written.
  static func existing(_ path: FilePath, files: Files) -> [FilePath] {
    (1...most).map { Self.path(path, $0) }.filter { ((try? files.stamp($0)) ?? nil) != nil }
  }

  private static func path(_ base: FilePath, _ number: Int) -> FilePath {
    guard number > 1, let name = base.lastComponent else { return base }
    let suffix = name.extension.map { ".\($0)" } ?? ""
    return base.removingLastComponent().file("\(name.stem)-\(number)\(suffix)")
  }
}
