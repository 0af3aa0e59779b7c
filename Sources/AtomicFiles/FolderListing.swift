package import SystemPackage
import Foundation

/// The names in a folder, read piece by piece, so that a folder with a million of them holds nobody up.
///
/// Not thread-safe.
package final class FolderListing {
  private let folder: FilePath
  private let stream: OpaquePointer
  /// Whether all names have been read.
  package private(set) var isComplete = false

  package init(_ folder: FilePath, files: Files) throws(FileError) {
    let descriptor = try files.open(folder, O_RDONLY | O_DIRECTORY)
    guard let stream = fdopendir(descriptor) else {
      let code = errno
      files.close(descriptor)
      throw FileError(path: folder, operation: "fdopendir", code: code)
    }
    self.folder = folder
    self.stream = stream
  }

  deinit { closedir(stream) }

  /// The next names, without `.` and `..`, in no particular order: `count` of them, or fewer at the end.
  package func next(_ count: Int) throws(FileError) -> [FileName] {
    var names: [FileName] = []
    while names.count < count {
      errno = 0
      guard let entry = readdir(stream) else {
        let code = errno
        if code != 0 { throw FileError(path: folder, operation: "readdir", code: code) }
        isComplete = true
        break
      }
      let name = withUnsafePointer(to: &entry.pointee.d_name) { pointer in
        pointer.withMemoryRebound(to: CChar.self, capacity: 256) { start in
          Array(UnsafeBufferPointer(start: start, count: strlen(start))).map(
            UInt8.init(bitPattern:))
        }
      }
      if name != [UInt8(ascii: ".")], name != Array("..".utf8) {
        names.append(FileName(bytes: name))
      }
    }
    return names
  }
}
