import Foundation

/// Another process that has a ledger open: Python's SQLite, not emend's.
struct Holder {
  private static let python = "/usr/bin/python3"
  /// Whether Python is installed.
  static var isPossible: Bool { FileManager.default.isExecutableFile(atPath: python) }

  private let process = Process()
  private let input = Pipe()

  /// Returns once the process has executed `statement`.
  init(_ path: String, _ statement: String) throws {
    process.executableURL = URL(fileURLWithPath: Self.python)
    process.arguments = [
      "-c",
      """
      import sqlite3, sys
      ledger = sqlite3.connect(sys.argv[1], isolation_level=None)
      ledger.execute(sys.argv[2]).fetchall()
      print("held", flush=True)
      sys.stdin.read()
      """, path, statement,
    ]
    let output = Pipe()
    process.standardInput = input
    process.standardOutput = output
    try process.run()
    _ = output.fileHandleForReading.availableData
  }

  /// Ends the process, which closes the ledger.
  func letGo() throws {
    try input.fileHandleForWriting.close()
    process.waitUntilExit()
  }
}
