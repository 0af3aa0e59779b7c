import AtomicFiles
import Foundation
import SystemPackage

/// Opens an address in the user's browser.
///
/// Other users see the arguments of all programs, so the address, which has a secret in it, is not one: the
/// browser gets a file that nobody else can read and that leads to the address.
final class BrowserOpening: Sendable {
  private let program: String
  private let folder: FilePath

  /// - Returns: nil where there is no screen, or no program that opens browsers.
  static func available(
    environment: [String: String] = ProcessInfo.processInfo.environment
  ) -> BrowserOpening? {
    let hasScreen = ["DISPLAY", "WAYLAND_DISPLAY"].contains { environment[$0]?.isEmpty == false }
    let places = (environment["PATH"] ?? "/usr/bin:/bin").split(separator: ":")
    let programs = places.filter { $0.hasPrefix("/") }.map { "\($0)/xdg-open" }
    guard hasScreen, let program = programs.first(where: { access($0, X_OK) == 0 }) else {
      return nil
    }
    let parents: [String] = ["XDG_RUNTIME_DIR", "TMPDIR"].compactMap { environment[$0] }
    let parent =
      parents.first { $0.hasPrefix("/") && access($0, W_OK | X_OK) == 0 } ?? "/tmp"
    let secret = String(UInt64.random(in: .min ... .max), radix: 36)
    return BrowserOpening(
      program: program, folder: FilePath("\(parent)/emend-review-\(getpid())-\(secret)"))
  }

  private init(program: String, folder: FilePath) {
    self.program = program
    self.folder = folder
  }

  private var file: FilePath { folder.appending("open.html") }

  /// Opens the address. Where that fails, the user has the address on the terminal.
  func open(_ address: String) {
    let files = Files()
    let page = """
      <!DOCTYPE html><meta charset="utf-8"><meta name="referrer" content="no-referrer">\
      <meta http-equiv="refresh" content="0; url=\(address)"><title>emend review</title>

      """
    do {
      try files.makePrivateFolder(folder)
      let descriptor = try files.create(file)
      fchmod(descriptor, 0o600)
      try files.write(Array(page.utf8)[...], to: descriptor, file)
      try files.finish(descriptor, file)
      let process = Process()
      process.executableURL = URL(filePath: program)
      process.arguments = [file.string]
      process.standardInput = FileHandle.nullDevice
      process.standardOutput = FileHandle.nullDevice
      process.standardError = FileHandle.nullDevice
      try process.run()
    } catch {
      close()
    }
  }

  /// Removes the file.
  func close() {
    let files = Files()
    try? files.remove(file)
    try? files.removeFolder(folder)
  }
}
