package import Foundation

/// How much memory this process may still take, by what Linux reports.
package enum AvailableMemory {
  /// The memory that is left in bytes: the least of what the machine has left and what each control group
  /// of this process has left. Memory that only holds copies of files counts as left.
  /// - Parameters:
  ///   - proc: the folder of the kernel's process files.
  ///   - groups: the folder of the control groups.
  /// - Returns: nil where Linux reports none of these numbers.
  package static func bytes(
    proc: URL = URL(filePath: "/proc"), groups: URL = URL(filePath: "/sys/fs/cgroup")
  ) -> Int? {
    let machine = text(proc.appending(path: "meminfo")).flatMap { value("MemAvailable:", in: $0) }
      .map { $0 * 1024 }
    return ([machine] + limits(proc: proc, groups: groups)).compactMap(\.self).min()
  }

  /// The least limit of memory of this process's control groups in bytes; nil without a limit.
  package static func limit(
    proc: URL = URL(filePath: "/proc"), groups: URL = URL(filePath: "/sys/fs/cgroup")
  ) -> Int? {
    folders(proc: proc, groups: groups).compactMap { number($0.appending(path: "memory.max")) }
      .min()
  }

  /// What each control group (version 2) of this process has left, from the root down; nil for a group
  /// without a limit.
  private static func limits(proc: URL, groups: URL) -> [Int?] {
    folders(proc: proc, groups: groups).map(left)
  }

  /// The folders of this process's control groups, from the root down.
  private static func folders(proc: URL, groups: URL) -> [URL] {
    let path = text(proc.appending(path: "self/cgroup"))?.split(separator: "\n")
      .first { $0.hasPrefix("0::") }?.dropFirst(3).split(separator: "/").map(String.init)
    guard let path, !path.contains("..") else { return [groups] }
    return (0...path.count).map { depth in
      path.prefix(depth).reduce(groups) { $0.appending(path: $1) }
    }
  }

  private static func left(in group: URL) -> Int? {
    // Without a limit the file holds the word "max".
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

  /// The number that follows a name at the start of a line.
  private static func value(_ name: String, in text: String) -> Int? {
    for line in text.split(separator: "\n") {
      let words = line.split(separator: " ")
      if words.count > 1, words[0] == name { return Int(words[1]) }
    }
    return nil
  }
}
