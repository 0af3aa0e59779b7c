package import SystemPackage
import Foundation
import Synchronization

/// Bytes that are written once and then read: in memory while they are few, else in a file that has no name
/// any more, so that nothing is left of it if the process is killed.
package final class SpooledBytes: Sendable {
  /// Up to so many bytes stay in memory.
  package static let memoryLimit = 64 << 20

  private let folder: FilePath
  private let files: Files
  private let memoryLimit: Int

  private struct State {
    var memory: [UInt8] = []
    var descriptor: Int32?
    var path = FilePath()
    var count = 0
  }
  private let state = Mutex(State())

  /// - Parameters:
  ///   - folder: where the file is made; the folder in which the bytes will be published has room for them.
  ///   - memoryLimit: tests have less.
  package init(in folder: FilePath, files: Files, memoryLimit: Int = SpooledBytes.memoryLimit) {
    self.folder = folder
    self.files = files
    self.memoryLimit = memoryLimit
  }

  deinit {
    if let descriptor = state.withLock({ $0.descriptor }) { files.close(descriptor) }
  }

  package var count: Int { state.withLock { $0.count } }

  package func append(_ piece: [UInt8]) throws(FileError) {
    try state.withLock { (state) throws(FileError) in
      state.count += piece.count
      if state.descriptor == nil {
        state.memory += piece
        guard state.count > memoryLimit else { return }
        // A folder that is not there yet has no room for a file; then the bytes stay in memory.
        guard let (descriptor, path) = nameless() else { return }
        state.descriptor = descriptor
        state.path = path
        try files.write(state.memory[...], to: descriptor, path)
        state.memory = []
      } else if let descriptor = state.descriptor {
        try files.write(piece[...], to: descriptor, state.path)
      }
    }
  }

  private func nameless() -> (Int32, FilePath)? {
    guard let hidden = try? HiddenFile(in: folder, files: files) else { return nil }
    return hidden.intoNameless().map { ($0, hidden.path) }
  }

  /// Calls `body` with all bytes in order, some at a time.
  package func forEachPiece(_ body: ([UInt8]) throws(FileError) -> Void) throws(FileError) {
    let (memory, descriptor, path) = state.withLock { ($0.memory, $0.descriptor, $0.path) }
    guard let descriptor else {
      if !memory.isEmpty { try body(memory) }
      return
    }
    try files.rewind(descriptor, path)
    while true {
      let piece = try files.readPiece(descriptor, path)
      if piece.isEmpty { return }
      try body(piece)
    }
  }
}
