package import Foundation

/// How much memory this process may still take, as Linux tells.
package enum AvailableMemory {
  /// The least of what the machine has left and what each control group above this process has left;
  /// nil where nothing says so. Memory that only holds copies of files counts as left.
  package static func bytes(
    proc: URL = URL(filePath: "/proc"), groups: URL = URL(filePath: "/sys/fs/cgroup")
  ) -> Int? {
    let machine = text(proc.appending(path: "meminfo")).flatMap { value("MemAvailable:", in: $0) }
      .map { $0 * 1024 }
    return ([machine] + limits(proc: proc, groups: groups)).compactMap(\.self).min()
  }

  /// What each control group (version 2) has left.
  private static func limits(proc: URL, groups: URL) -> [Int?] {
    let path = text(proc.appending(path: "self/cgroup"))?.split(separator: "\n")
      .first { $0.hasPrefix("0::") }?.dropFirst(3).split(separator: "/").map(String.init)
    guard let path, !path.contains("..") else { return [left(in: groups)] }
    return (0...path.count).map { depth in
      left(in: path.prefix(depth).reduce(groups) { $0.appending(path: $1) })
    }
  }

  private static func left(in group: URL) -> Int? {
    // Where there is no limit the file says "max".
    guard let limit = number(group.appending(path: "memory.max")),
      let current = number(group.appending(path: "memory.current"))
    else { return nil }
    let files = text(group.appending(path: "memory.stat")).flatMap {
      value("inactive_file", in: $0)
    }
    return max(0, limit - current + (files ?? 0))
  }

  private static func text(_ file: URL) -> String? {
    try? String(contentsOf: file, encoding: .utf8)
  }

  private static func number(_ file: URL) -> Int? {
    text(file).flatMap { Int($0.trimmingCharacters(in: .whitespacesAndNewlines)) }
  }

  /// The number after a name at the start of a line.
  private static func value(_ name: String, in text: String) -> Int? {
    for line in text.split(separator: "\n") {
      let words = line.split(separator: " ")
      if words.count > 1, words[0] == name { return Int(words[1]) }
    }
    return nil
  }
}
