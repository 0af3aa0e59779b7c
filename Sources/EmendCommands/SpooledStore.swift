import AtomicFiles
import Digests
import Pipeline
import Synchronization
import SystemPackage

/// Keeps a large output in a file without a name, so that it takes no memory.
final class SpooledStore: OutputStore {
  let spooled: SpooledBytes
  private let running = Mutex(RunningDigest())

  /// - Parameter folder: where that file is made.
  init(in folder: FilePath, files: Files = Files()) {
    spooled = SpooledBytes(in: folder, files: files)
  }

  func append(_ piece: [UInt8]) throws {
    running.withLock { $0.update(piece) }
    try spooled.append(piece)
  }

  var digest: String { String(hexadecimal: running.withLock { $0.bytes }) }

  var bytes: [UInt8] {
    get throws {
      var all: [UInt8] = []
      all.reserveCapacity(spooled.count)
      try spooled.forEachPiece { all += $0 }
      return all
    }
  }
}

extension Publication.Part {
  /// A part with the content of an output.
  init(suffix: String, content: any OutputStore) throws {
    if let store = content as? SpooledStore {
      self.init(suffix: suffix, spooled: store.spooled)
    } else {
      self.init(suffix: suffix, bytes: try content.bytes)
    }
  }
}
